"""Who hears of a case at Discord: `CaseNotices` of `bot.service.ports`."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import discord
from discord import ui

from bot.chat.announcer import BYTES_PER_SECOND, CALL_SECONDS
from bot.chat.case_cards import case_card, case_content, closed_case_card, message_url
from bot.chat.codes import ErrorCode
from bot.chat.controls import appeal_control
from bot.chat.filling import REQUEST_LIMIT, fill
from bot.chat.language import speaking
from bot.chat.layout import DONE, FAILED, card, quoted
from bot.chat.places import open_to_all
from bot.chat.reports import language_of
from bot.chat.sanction_notes import server_name
from bot.chat.studio import StudioClient
from bot.chat.trouble import NO_ANSWER, passes
from bot.chat.words import reports as words
from bot.chat.words import sanctions as sanction_words
from bot.domain.appeal import Matter, MatterKind
from bot.domain.job import Job
from bot.domain.moderation import Policy
from bot.domain.report import Case, Report
from bot.domain.sanction import Sanction
from bot.service.ports import Dossier, Place, TryLater, Undeliverable

_TOKEN_LIFE = timedelta(minutes=14)  # Discord's 15, with a margin


class DiscordCaseNotices:
    """The port `CaseNotices` over a logged-in client."""

    def __init__(self, client: StudioClient) -> None:
        self._client = client

    async def show_case(self, dossier: Dossier) -> Place | None:
        studio, case = self._client.studio, dossier.case
        policy = await studio.preferences.policy(case.guild_id) if case.guild_id is not None else Policy()
        channel_id = case.channel_id or policy.log_channel_id or studio.log_channel_id
        if channel_id is None:
            return None
        with speaking(policy.language or await language_of(self._client, channel_id)):
            if case.message_id is not None:
                return await self._change(dossier, Place(channel_id, case.message_id))
            return await self._post(dossier, channel_id)

    async def tell_reporter(self, case: Case, report: Report, job: Job) -> None:
        assert case.decision is not None  # noqa: S101 # there is nothing to tell before
        with speaking(report.locale):
            view = card(DONE, words.outcome(case.decision, message_url(job)))
        if report.token is not None and self._client.studio.clock.now() < report.reported_at + _TOKEN_LIFE:
            application_id = self._client.application_id or 0
            webhook = discord.Webhook.partial(application_id, report.token, client=self._client)
            webhook.type = discord.WebhookType.application  # it alone may send ephemeral messages
            try:
                async with _troubles_told():
                    await webhook.send(view=view, ephemeral=True)
            except Undeliverable:
                pass
            else:
                return
        await self._write(report.reporter_id or 0, view, nonce=f"told-{job.id}")

    async def tell_member(self, job: Job, warned: Sequence[Sanction]) -> None:
        with speaking(job.answer.locale):
            removed = words.removed(message_url(job))
            appeal = ui.ActionRow[Any](appeal_control(Matter(MatterKind.JOB, job.id)))
            parts: list[str | ui.Item[Any]] = [removed, quoted(job.request.prompt, 200), appeal]
            server = server_name(await self._client.known.guild(job.guild_id or 0))
            for each in warned:
                against = ui.ActionRow[Any](appeal_control(Matter(MatterKind.SANCTION, str(each.id))))
                parts += [sanction_words.told(each, server), against]
            view = card(FAILED, *parts)
        await self._write(job.member_id, view, nonce=f"gone-{job.id}")

    async def _post(self, dossier: Dossier, channel_id: int) -> Place:
        content = case_content(dossier, closed=await open_to_all(self._client, channel_id))
        first, *more = content.batches()
        channel = self._client.get_partial_messageable(channel_id)
        async with _troubles_told(content.size):
            with content.files(first) as files:
                names = [each.filename for each in files]
                message = await channel.send(view=content.view(names), files=files, nonce=f"case-{dossier.job.id}")
            if more:
                there = [each for each in message.attachments if each.filename in names]
                message = await fill(message.edit, content, there=there, batches=more)
        return Place(channel_id, message.id)

    async def _change(self, dossier: Dossier, place: Place) -> Place:
        """The card says what there is to say now, beside the pictures that it has."""
        channel = self._client.get_partial_messageable(place.channel_id)
        try:
            async with _troubles_told():
                if await open_to_all(self._client, place.channel_id):
                    closed = closed_case_card(dossier)
                    await channel.get_partial_message(place.message_id).edit(view=closed, attachments=[])
                    return place
                message = await channel.fetch_message(place.message_id)
                view = case_card(dossier, [each.filename for each in message.attachments])
                await message.edit(view=view, attachments=message.attachments)
        except Undeliverable as error:
            gone = isinstance(error.__cause__, discord.NotFound) and error.__cause__.code == ErrorCode.UNKNOWN_MESSAGE
            if gone and dossier.case.decision is None:
                return await self._post(dossier, place.channel_id)
            raise
        return place

    async def _write(self, person_id: int, view: ui.LayoutView, *, nonce: str) -> None:
        async with _troubles_told():
            channel = await self._client.create_dm(discord.Object(person_id))
            await channel.send(view=view, nonce=nonce)


@asynccontextmanager
async def _troubles_told(size: int = 0) -> AsyncGenerator[None]:
    """Calls that send so many bytes. Raises `TryLater` and `Undeliverable`."""
    try:
        async with asyncio.timeout(CALL_SECONDS + min(size, REQUEST_LIMIT) / BYTES_PER_SECOND):
            yield
    except discord.HTTPException as error:
        raise (TryLater if passes(error) else Undeliverable) from error
    except NO_ANSWER as error:
        raise TryLater from error
