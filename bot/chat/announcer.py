"""Delivery: the job's own message is edited to what came of it, by whichever way still reaches it.

The ladder, from the first rung to the last:
1. the interaction's token, for 15 minutes;
2. the bot, as the author of the message (never for a private one, which a bot can't see);
3. a new message in the channel, where that one is gone, with a nonce, so that a repeated send makes no second;
4. a direct message to the member.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias, TypeVar

import discord
import structlog

from bot.chat.cards import failure_card, refusal_card, result_card, waiting_card, withheld_card, working_card
from bot.chat.codes import ErrorCode
from bot.chat.filling import REQUEST_LIMIT, Content, Edit, check_sizes, fill
from bot.chat.language import speaking
from bot.chat.notes import picture_notes
from bot.chat.sources import attached_pictures
from bot.chat.studio import StudioClient
from bot.chat.trouble import NO_ANSWER, passes
from bot.domain.catalog import MicroDollars
from bot.domain.errors import EaselError
from bot.domain.job import Job
from bot.domain.request import Attachment
from bot.service.ports import Clock, FilesTooLarge, OutputPicture, Place, TryLater, Undeliverable

_T = TypeVar("_T")
_W = TypeVar("_W")

_log = structlog.get_logger(__name__)

CALL_SECONDS = 30.0
"""How long one call may take, beside the time for its files. discord.py's own repetitions after a 5xx take 25 s."""

BYTES_PER_SECOND = 100_000
"""The slowest line that files are sent over."""

PROGRESS_SECONDS = 5.0
"""How long a job is held up, at most, for a card to say how it stands."""

BOTS_FILE_LIMIT = 10 * 1024 * 1024
"""Bytes a file that a bot may send anywhere; a boosted guild takes more."""

_SMALLEST_REFIT = 64 * 1024
"""Bytes of a picture that nothing is too small for: where Discord refuses it for its size, it means something else."""

_TOKEN_MARGIN = timedelta(seconds=10)

_NOTHING = Content(lambda _: discord.ui.LayoutView())


class _NextRung(Exception):
    """This way doesn't reach the message, for the error of this code."""

    def __init__(self, rung: str, error: discord.HTTPException | str) -> None:
        super().__init__(f"{rung}: {error}")
        self.code = error.code if isinstance(error, discord.HTTPException) else None


_EditCall: TypeAlias = Callable[..., Awaitable[discord.Message]]
_Show: TypeAlias = Callable[[Job], Content]
"""What to show of a job, which depends on where its message is."""
_Rung: TypeAlias = Callable[[Job, _Show], Awaitable[discord.Message]]


class DiscordAnnouncer:
    """The port `Announcer` over a logged-in client, which needs no gateway for it.

    `call_seconds` bounds each call, files aside.
    """

    def __init__(self, client: StudioClient, clock: Clock, *, call_seconds: float = CALL_SECONDS) -> None:
        self._client = client
        self._clock = clock
        self._call_seconds = call_seconds

    async def show_progress(self, job: Job, expected_end: datetime, expected_cost: MicroDollars) -> None:
        with speaking(job.answer.locale):
            await self._show(job, lambda job: Content(lambda _: working_card(job, expected_end, expected_cost)))

    async def show_waiting(self, job: Job, because: EaselError | None) -> None:
        with speaking(job.answer.locale):
            await self._show(job, lambda job: Content(lambda _: waiting_card(job, because)))

    async def deliver(self, job: Job, pictures: Sequence[OutputPicture]) -> Place:
        def content(job: Job) -> Content:
            return Content(lambda names: result_card(job, names, notes=notes), pictures, veiled=job.veiled)

        with speaking(job.answer.locale):
            notes = picture_notes(job, pictures)
            return await self._climb(job, content)

    async def announce_failure(self, job: Job, failure: EaselError) -> Place:
        with speaking(job.answer.locale):
            return await self._climb(job, lambda job: Content(lambda _: failure_card(job, failure)))

    async def withdraw(self, job: Job, refusal: EaselError) -> None:
        with speaking(job.answer.locale):
            view = refusal_card(refusal, job.guild_id, job.created_at)

        def content(_: Job) -> Content:
            return Content(lambda _: view)

        try:
            if not self._token_lives(job):
                raise _NextRung("token", "it has expired")
            if job.answer.private:  # it is the member's alone already
                await self._by_token(job, content)
                return
            webhook = self._webhook(job)
            with _unless_gone():
                await self._call("token", webhook.delete_message(_original(job)))
            await self._call("token", webhook.send(view=view, ephemeral=True))
        except _NextRung as error:
            _log.info("a refusal can't follow up on its interaction", job=job.id, error=str(error))
            await self._take_down(job)
            try:
                await self._by_direct_message(job, content)
            except _NextRung as last:
                raise Undeliverable from last

    async def attached(self, job: Job) -> Mapping[int, Attachment]:
        async def by_token() -> discord.Message:
            return await self._call("token", self._webhook(job).fetch_message(_original(job)))

        async def as_author() -> discord.Message:
            assert job.message_id is not None  # noqa: S101 # the rung is only offered where it is known
            return await self._call("author", self._channel(job).fetch_message(job.message_id))

        with _unless_gone():
            message = await self._first_of(self._ways(job, by_token, as_author))
            return {each.number: each.attachment for each in attached_pictures(message)}
        return {}

    async def withhold(self, job: Job, *, removed: bool) -> None:
        with speaking(job.answer.locale):
            view = withheld_card(job, removed=removed)
            await self._edit(job, lambda _: Content(lambda _: view))

    async def restore(self, job: Job, pictures: Sequence[OutputPicture]) -> Place:
        with speaking(job.answer.locale):
            content = Content(lambda names: result_card(job, names), pictures, veiled=job.veiled)
            message = await self._edit(job, lambda _: content)
        return Place(message.channel.id, message.id)

    async def delete(self, job: Job) -> None:
        async def by_token() -> None:
            await self._call("token", self._webhook(job).delete_message(_original(job)))

        async def as_author() -> None:
            assert job.message_id is not None  # noqa: S101 # the rung is only offered where it is known
            await self._call("author", self._channel(job).get_partial_message(job.message_id).delete())

        with _unless_gone():
            await self._first_of(self._ways(job, by_token, as_author))

    async def _show(self, job: Job, content: _Show) -> None:
        """Edit the message where it is. It isn't worth a second try, let alone a new message."""
        try:
            async with asyncio.timeout(PROGRESS_SECONDS):
                for rung in self._edits(job):
                    try:
                        await rung(job, content)
                        return
                    except _NextRung as error:
                        _log.info("a card is out of reach", job=job.id, after=str(error))
        except (TryLater, TimeoutError) as error:
            _log.info("a card could not be changed", job=job.id, error=repr(error.__cause__ or error))

    async def _edit(self, job: Job, content: _Show) -> discord.Message:
        """Edit the message where it is. Raises `Undeliverable` where that can't be done."""
        with _unless_gone():
            return await self._first_of([partial(rung, job, content) for rung in self._edits(job)])
        raise Undeliverable

    async def _first_of(self, ways: Sequence[Callable[[], Awaitable[_T]]]) -> _T:
        """What the first way that leads to the message answers. Raises `Undeliverable` where none does, and `_NextRung`
        where the message is gone."""
        failed: _NextRung | None = None
        for way in ways:
            try:
                return await way()
            except _NextRung as error:
                failed = error
        if failed is not None and failed.code == ErrorCode.UNKNOWN_MESSAGE:
            raise failed
        raise Undeliverable from failed

    async def _climb(self, job: Job, content: _Show) -> Place:
        rungs = self._edits(job)
        if not job.answer.private:
            rungs.append(self._as_new_message)
        rungs.append(self._by_direct_message)
        stale = False
        for rung in rungs:
            try:
                message = await rung(job, content)
            except _NextRung as error:
                stale = stale or error.code == ErrorCode.TOO_MANY_OLD_EDITS
                _log.info("the next way of delivery is tried", job=job.id, after=str(error))
            else:
                if stale and message.id != job.message_id:  # it can't be edited any more, yet it can be deleted
                    with suppress(TryLater):
                        await self._take_down(job)
                return Place(message.channel.id, message.id)
        raise Undeliverable

    # ------------------------------------------------------------------------------------------------ the rungs

    def _edits(self, job: Job) -> list[_Rung]:
        """The ways to edit the message where it is."""
        return self._ways(job, self._by_token, self._as_author)

    def _ways(self, job: Job, by_token: _W, as_author: _W) -> list[_W]:
        """Those of both that may reach the message where it is."""
        ways = [by_token] if self._token_lives(job) else []
        reachable = job.message_id is not None and (job.message_channel_id is not None or not job.answer.private)
        return [*ways, as_author] if reachable else ways

    def _token_lives(self, job: Job) -> bool:
        return self._clock.now() < job.answer.expires_at - _TOKEN_MARGIN

    def _webhook(self, job: Job) -> discord.Webhook:
        webhook = discord.Webhook.partial(job.answer.application_id, job.answer.token, client=self._client)
        webhook.type = discord.WebhookType.application  # an interaction's: it alone may send ephemeral messages
        return webhook

    async def _by_token(self, job: Job, content: _Show) -> discord.Message:
        edit = partial(self._webhook(job).edit_message, _original(job))
        return await self._fill(job, "token", edit, content(job), job.answer.file_limit)

    async def _as_author(self, job: Job, content: _Show) -> discord.Message:
        assert job.message_id is not None  # noqa: S101 # the rung is only offered where it is known
        shown = content(job)
        limit = await self._guild_limit(job, shown) if job.message_channel_id is None else BOTS_FILE_LIMIT
        edit = self._channel(job).get_partial_message(job.message_id).edit
        return await self._fill(job, "author", edit, shown, limit)

    async def _as_new_message(self, job: Job, content: _Show) -> discord.Message:
        channel = self._client.get_partial_messageable(job.channel_id)
        shown = content(job)
        return await self._send("new message", channel, shown, await self._guild_limit(job, shown), nonce=job.id)

    async def _by_direct_message(self, job: Job, content: _Show) -> discord.Message:
        channel = await self._call("direct message", self._client.create_dm(discord.Object(job.member_id)))
        there = replace(job, message_channel_id=channel.id)
        return await self._send("direct message", channel, content(there), BOTS_FILE_LIMIT, nonce=f"dm-{job.id}")

    def _channel(self, job: Job) -> discord.PartialMessageable:
        """Where its message is."""
        return self._client.get_partial_messageable(job.message_channel_id or job.channel_id)

    async def _guild_limit(self, job: Job, content: Content) -> int:
        """Bytes a file from the bot itself; an interaction's own limit may count what its member has by Nitro."""
        if job.guild_id is None or content.largest <= BOTS_FILE_LIMIT:  # which every guild takes
            return BOTS_FILE_LIMIT
        guild = await self._client.known.guild(job.guild_id)
        return guild.filesize_limit if guild is not None else BOTS_FILE_LIMIT

    async def _fill(self, job: Job, rung: str, edit: _EditCall, content: Content, limit: int) -> discord.Message:
        check_sizes(content, limit)
        try:
            return await fill(self._editor(rung, edit, content), content)
        except _NextRung as error:
            if error.code != ErrorCode.THREAD_ARCHIVED:
                raise
        await self._reopen_thread(job)
        return await fill(self._editor(rung, edit, content), content)

    async def _reopen_thread(self, job: Job) -> None:
        """Raises `_NextRung` where the bot may not: a moderator has locked the thread."""
        thread = await self._call("thread", self._client.fetch_channel(job.channel_id))
        if isinstance(thread, discord.Thread):
            await self._call("thread", thread.edit(archived=False))

    async def _send(
        self, rung: str, channel: discord.abc.Messageable, content: Content, limit: int, *, nonce: str
    ) -> discord.Message:
        check_sizes(content, limit)
        first, *more = content.batches()
        with content.files(first) as files:
            names = [each.filename for each in files]
            sent = channel.send(
                view=content.view(names),
                files=files,
                nonce=nonce,
                allowed_mentions=discord.AllowedMentions.none(),
            )
            message = await self._call(rung, sent, content)
        if more:
            # Of a send that is repeated, Discord answers the first message, which may have been filled meanwhile.
            there = [each for each in message.attachments if each.filename in names]
            message = await fill(self._editor(rung, message.edit, content), content, there=there, batches=more)
        return message

    async def _take_down(self, job: Job) -> None:
        """Delete the card as its author, where it is public and can be reached."""
        if job.answer.private or job.message_id is None or job.message_channel_id is not None:
            return
        message = self._client.get_partial_messageable(job.channel_id).get_partial_message(job.message_id)
        try:
            await self._call("author", message.delete())
        except _NextRung as error:
            _log.info("a card could not be deleted", job=job.id, error=str(error))

    # ------------------------------------------------------------------------------------------------ the calls

    def _editor(self, rung: str, edit: _EditCall, content: Content) -> Edit:
        async def bounded(**changes: Any) -> discord.Message:
            return await self._call(rung, edit(**changes, allowed_mentions=discord.AllowedMentions.none()), content)

        return bounded

    async def _call(self, rung: str, call: Awaitable[_T], content: Content | None = None) -> _T:
        """One call's answer. A refusal that no repetition would change raises `_NextRung`, one for the files' size
        `FilesTooLarge`, and any other trouble `TryLater`."""
        content = content or _NOTHING
        try:
            async with asyncio.timeout(self._call_seconds + min(content.size, REQUEST_LIMIT) / BYTES_PER_SECOND):
                return await call
        except discord.HTTPException as error:
            if error.code == ErrorCode.TOO_LARGE and content.largest > _SMALLEST_REFIT:
                limit = BOTS_FILE_LIMIT if content.largest > BOTS_FILE_LIMIT else content.largest // 2
                raise FilesTooLarge(limit) from error
            if passes(error):
                raise TryLater from error
            raise _NextRung(rung, error) from error
        except NO_ANSWER as error:
            raise TryLater from error


def _original(job: Job) -> int:
    """The message to edit by token: Discord takes `@original` for an id where the id isn't known yet."""
    return job.message_id if job.message_id is not None else "@original"  # pyright: ignore[reportReturnType] # the library formats it into the path as it is


@contextmanager
def _unless_gone() -> Generator[None]:
    """Pass over a message that is gone already, where it was to be taken away."""
    try:
        yield
    except _NextRung as error:
        if error.code != ErrorCode.UNKNOWN_MESSAGE:
            raise
