"""The reviewers' channel: a card for all that waits, and what became of it."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

import discord
import structlog

from bot.chat.announcer import BOTS_FILE_LIMIT, BYTES_PER_SECOND, CALL_SECONDS
from bot.chat.codes import ErrorCode
from bot.chat.filling import REQUEST_LIMIT, Content, check_sizes, fill
from bot.chat.language import speaking
from bot.chat.places import open_to_all
from bot.chat.reports import language_of
from bot.chat.review_cards import closed_review_card, decided_card, review_content
from bot.chat.studio import StudioClient
from bot.chat.trouble import NO_ANSWER, passes
from bot.domain.job import Job
from bot.domain.review import ReviewRecord
from bot.service.ports import FilesTooLarge, OutputPicture, Place, TryLater, Undeliverable

_T = TypeVar("_T")

_log = structlog.get_logger(__name__)


class DiscordReviewDesk:
    """The port `ReviewDesk` over a logged-in client. In a channel that everybody can see, a card shows neither prompt
    nor pictures, but a button for those who may."""

    def __init__(self, client: StudioClient) -> None:
        self._client = client

    async def post(self, review: ReviewRecord, job: Job, pictures: Sequence[OutputPicture], channel_id: int) -> Place:
        with speaking(await language_of(self._client, channel_id)):
            if await open_to_all(self._client, channel_id):
                card = closed_review_card(review, job)
                content = Content(lambda _: card)
            else:
                content = review_content(review, job, pictures)
            check_sizes(content, await self._file_limit(review.guild_id))
            message = await self._send(channel_id, content, nonce=f"{review.stage.value[:3]}-{job.id}")
        return Place(message.channel.id, message.id)

    async def close(self, review: ReviewRecord, job: Job) -> None:
        if review.channel_id is None or review.message_id is None:
            return
        with speaking(await language_of(self._client, review.channel_id)):
            view = decided_card(review, job)
        message = self._client.get_partial_messageable(review.channel_id).get_partial_message(review.message_id)
        try:
            await self._call(message.edit(view=view, attachments=[], allowed_mentions=_NOBODY))
        except Undeliverable as error:
            _log.info("a reviewers' card is gone", job=job.id, error=repr(error.__cause__))

    async def _file_limit(self, guild_id: int) -> int:
        guild = await self._client.known.guild(guild_id)
        return guild.filesize_limit if guild is not None else BOTS_FILE_LIMIT

    async def _send(self, channel_id: int, content: Content, *, nonce: str) -> discord.Message:
        first, *more = content.batches()
        channel = self._client.get_partial_messageable(channel_id)
        with content.files(first) as files:
            names = [each.filename for each in files]
            sent = channel.send(view=content.view(names), files=files, nonce=nonce, allowed_mentions=_NOBODY)
            message = await self._call(sent, content)
        if not more:
            return message

        async def edit(**changes: Any) -> discord.Message:
            return await self._call(message.edit(**changes, allowed_mentions=_NOBODY), content)

        there = [each for each in message.attachments if each.filename in names]
        return await fill(edit, content, there=there, batches=more)

    async def _call(self, call: Awaitable[_T], content: Content | None = None) -> _T:
        """One call's answer. Raises `Undeliverable`, `TryLater`, and `FilesTooLarge` where smaller files would do."""
        size = min(content.size, REQUEST_LIMIT) if content else 0
        try:
            async with asyncio.timeout(CALL_SECONDS + size / BYTES_PER_SECOND):
                return await call
        except discord.HTTPException as error:
            if error.code == ErrorCode.TOO_LARGE and content is not None and content.largest > BOTS_FILE_LIMIT:
                raise FilesTooLarge(BOTS_FILE_LIMIT) from error
            raise (TryLater if passes(error) else Undeliverable) from error
        except NO_ANSWER as error:
            raise TryLater from error


_NOBODY = discord.AllowedMentions.none()
