"""Delivery: the job's own message is edited to what came of it, by whichever way still reaches it.

The ladder, from the first rung to the last:
1. the interaction's token, for 15 minutes;
2. the bot, as the author of the message (never for a private one, which a bot can't see);
3. a new message in the channel, where that one is gone, with a nonce, so that a repeated send makes no second;
4. a direct message to the member.
"""

from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Protocol

import aiohttp
import discord
import structlog
from discord import ui

from bot.chat.cards import failure_card, refit_note, refusal_card, result_card, working_card
from bot.domain.errors import EaselError
from bot.domain.job import Job
from bot.service.ports import Clock, OutputPicture, Place, TryLater, Undeliverable

_log = structlog.get_logger(__name__)

REQUEST_LIMIT = 24 * 1024 * 1024
"""Bytes of files in one request. Discord takes 25 MiB for all of it (error 40005 beyond)."""

_TOKEN_MARGIN = timedelta(seconds=10)

_UNKNOWN_MESSAGE = 10008
"""Discord's JSON error code (reference: opcodes and status codes) for a message that is no longer there."""


class _NextRung(Exception):
    """This way doesn't reach the message. `gone`: the message itself no longer exists."""

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone


@dataclass(frozen=True, slots=True)
class _Content:
    """What a message is to show. Files are made anew for each try, since sending uses them up."""

    view: Callable[[Sequence[str]], ui.LayoutView]  # from the names of the files that are there
    pictures: Sequence[OutputPicture] = field(default=(), repr=False)

    def batches(self) -> list[list[OutputPicture]]:
        """The pictures in groups that each fit into one request; one empty group where there are none."""
        groups: list[list[OutputPicture]] = [[]]
        for picture in self.pictures:
            if groups[-1] and sum(len(each.data) for each in groups[-1]) + len(picture.data) > REQUEST_LIMIT:
                groups.append([])
            groups[-1].append(picture)
        return groups


class _Edit(Protocol):
    def __call__(
        self, *, view: ui.LayoutView, attachments: Sequence[discord.Attachment | discord.File]
    ) -> Awaitable[discord.Message]: ...


class DiscordAnnouncer:
    """The port `Announcer` over a logged-in client, which needs no gateway for it."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def show_progress(self, job: Job, expected_end: datetime) -> None:
        content = _Content(lambda _: working_card(job, expected_end))
        try:
            if self._token_lives(job):
                await self._by_token(job, content)
        except (_NextRung, TryLater) as error:
            _log.info("progress could not be shown", job=job.id, error=str(error))

    async def deliver(self, job: Job, pictures: Sequence[OutputPicture]) -> Place:
        notes = [
            refit_note(index, picture.refitted_from)
            for index, picture in enumerate(pictures, start=1)
            if picture.refitted_from
        ]
        return await self._climb(job, _Content(lambda names: result_card(job, names, notes=notes), pictures))

    async def show_waiting(self, job: Job, because: EaselError | None) -> None:
        pass

    async def announce_failure(self, job: Job, failure: EaselError) -> Place:
        return await self._climb(job, _Content(lambda _: failure_card(job, failure)))

    async def withdraw(self, job: Job, refusal: EaselError) -> None:
        view = refusal_card(refusal)
        try:
            if not self._token_lives(job):
                raise _NextRung("the token has expired")
            webhook = self._webhook(job)
            with _rung("token"):
                if job.answer.private:  # it is the member's alone already
                    await webhook.edit_message(_original(job), view=view, attachments=[])
                    return
            with _unless_gone(), _rung("token"):
                await webhook.delete_message(_original(job))
            with _rung("token"):
                await webhook.send(view=view, ephemeral=True)
        except _NextRung as error:
            _log.info("a refusal can't follow up on its interaction", job=job.id, error=str(error))
            await self._take_down(job)
            await self._by_direct_message(job, _Content(lambda _: view))

    async def _climb(self, job: Job, content: _Content) -> Place:
        rungs: list[Callable[[Job, _Content], Awaitable[Place]]] = []
        if self._token_lives(job):
            rungs.append(self._by_token)
        if not job.answer.private:
            if job.message_id is not None:
                rungs.append(self._as_author)
            rungs.append(self._as_new_message)
        rungs.append(self._by_direct_message)
        for rung in rungs:
            try:
                return await rung(job, content)
            except _NextRung as error:
                _log.info("the next way of delivery is tried", job=job.id, after=str(error))
        raise Undeliverable

    def _token_lives(self, job: Job) -> bool:
        return self._clock.now() < job.answer.expires_at - _TOKEN_MARGIN

    def _webhook(self, job: Job) -> discord.Webhook:
        webhook = discord.Webhook.partial(job.answer.application_id, job.answer.token, client=self._client)
        webhook.type = discord.WebhookType.application  # an interaction's: it alone may send ephemeral messages
        return webhook

    async def _by_token(self, job: Job, content: _Content) -> Place:
        with _rung("token"):
            return _place(await _fill(_editor(partial(self._webhook(job).edit_message, _original(job))), content))

    async def _as_author(self, job: Job, content: _Content) -> Place:
        assert job.message_id is not None  # noqa: S101 # the rung is only offered where it is known
        message = self._client.get_partial_messageable(job.channel_id).get_partial_message(job.message_id)
        with _rung("author"):
            return _place(await _fill(_editor(message.edit), content))

    async def _as_new_message(self, job: Job, content: _Content) -> Place:
        return await self._send(job, content, self._client.get_partial_messageable(job.channel_id), nonce=job.id)

    async def _by_direct_message(self, job: Job, content: _Content) -> Place:
        try:
            with _rung("direct message"):
                channel = await self._client.create_dm(discord.Object(job.member_id))
            return await self._send(job, content, channel, nonce=f"dm-{job.id}")
        except _NextRung as error:
            raise Undeliverable from error

    async def _send(self, job: Job, content: _Content, channel: discord.abc.Messageable, *, nonce: str) -> Place:
        first, *more = content.batches()
        with _rung("new message"):
            message = await channel.send(
                view=content.view([each.filename for each in first]),
                files=[_file(each) for each in first],
                nonce=nonce,
                allowed_mentions=discord.AllowedMentions.none(),
            )
            if more:
                message = await _fill(_editor(message.edit), content, there=message.attachments, batches=more)
        _log.info("delivered in a new message", job=job.id)
        return _place(message)

    async def _take_down(self, job: Job) -> None:
        """Delete the card as its author, where it is public and can be reached."""
        if job.answer.private or job.message_id is None:
            return
        channel = self._client.get_partial_messageable(job.channel_id)
        try:
            with _rung("author"):
                await channel.get_partial_message(job.message_id).delete()
        except _NextRung as error:
            _log.info("a withdrawn card could not be deleted", job=job.id, error=str(error))


def _place(message: discord.Message) -> Place:
    return Place(message.channel.id, message.id)


def _original(job: Job) -> int:
    """The message to edit by token: Discord takes `@original` for an id where the id isn't known yet."""
    return job.message_id if job.message_id is not None else "@original"  # pyright: ignore[reportReturnType] # the library formats it into the path as it is


@contextmanager
def _rung(name: str) -> Generator[None]:
    """Turn a refusal that no repetition would change into the next rung, and any other trouble into `TryLater`."""
    try:
        yield
    except discord.HTTPException as error:
        if error.status >= 500 or error.status == 429:
            raise TryLater from error
        raise _NextRung(f"{name}: {error}", gone=error.code == _UNKNOWN_MESSAGE) from error
    except (aiohttp.ClientError, OSError) as error:  # discord.py passes these on as they are
        raise TryLater from error


@contextmanager
def _unless_gone() -> Generator[None]:
    """Pass over a message that is gone already, where it was to be taken away."""
    try:
        yield
    except _NextRung as error:
        if not error.gone:
            raise


def _editor(edit: Callable[..., Awaitable[discord.Message]]) -> _Edit:
    return partial(edit, allowed_mentions=discord.AllowedMentions.none())


def _file(picture: OutputPicture) -> discord.File:
    return discord.File(BytesIO(picture.data), filename=picture.filename)


async def _fill(
    edit: _Edit,
    content: _Content,
    *,
    there: Sequence[discord.Attachment] = (),
    batches: Sequence[Sequence[OutputPicture]] | None = None,
) -> discord.Message:
    """Fill a message by successive edits, each below the request limit and keeping what the ones before put there.

    The first edit names all attachments that are to stay, none, so a fill that is repeated after a crash starts anew.
    """
    message: discord.Message | None = None
    for batch in content.batches() if batches is None else batches:
        files = [_file(picture) for picture in batch]
        view = content.view([*(each.filename for each in there), *(picture.filename for picture in batch)])
        message = await edit(view=view, attachments=[*there, *files])
        there = message.attachments
    assert message is not None  # noqa: S101 # there is always a batch
    return message
