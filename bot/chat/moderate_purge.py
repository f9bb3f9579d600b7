"""`/moderate purge`: a form asks whether that is meant, and its submit removes a member's results."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord import app_commands, ui

from bot.chat.layout import DONE, WORKING, card
from bot.chat.localization import localized
from bot.chat.lookup import in_time
from bot.chat.modals import Filled, show_modal
from bot.chat.panels import private_answer
from bot.chat.replies import whisper
from bot.chat.studio import Interaction, guild_of
from bot.chat.words import purge as words
from bot.service.ports import Purge

PURGE_FORM = "purge"

REASON = "reason"

LONGEST_REASON = 100
"""Characters."""

_SINCE = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
_ALL = "all"

_Reason = app_commands.Range[str, 1, LONGEST_REASON]


def purge_command() -> app_commands.Command[Any, ..., None]:
    @app_commands.describe(
        member=localized(words.member_option),
        since=localized(words.since_option),
        reason=localized(words.reason_option),
    )
    @app_commands.choices(
        since=[
            app_commands.Choice(name=localized(lambda each=each: words.since(each)), value=each)
            for each in (*_SINCE, _ALL)
        ]
    )
    async def purge(interaction: Interaction, member: discord.User, since: str = "1d", reason: _Reason = "") -> None:
        studio, guild_id = interaction.client.studio, guild_of(interaction)
        start = studio.clock.now() - _SINCE[since] if since in _SINCE else None
        count = await in_time(studio.purging.count(guild_id, member.id, start))
        if not count:
            await whisper(interaction, words.nothing(member.mention))
            return
        unix = int(start.timestamp()) if start else 0
        text: ui.TextDisplay[Any] = ui.TextDisplay(words.confirm(count, member.mention, unix or None))
        why: ui.Label[Any] = ui.Label(
            text=words.reason_label(),
            component=ui.TextInput(custom_id=REASON, required=False, default=reason or None, max_length=LONGEST_REASON),
        )
        await show_modal(interaction, PURGE_FORM, words.form_title(), text, why, subject=f"{member.id}:{unix}")

    return app_commands.Command(name="purge", description=localized(words.about_purge), callback=purge)


async def submit_purge(interaction: Interaction, subject: str, filled: Filled) -> None:
    purging = interaction.client.studio.purging
    member_id, unix = (int(each) for each in subject.split(":"))
    member = f"<@{member_id}>"
    since = datetime.fromtimestamp(unix, UTC) if unix else None
    async with private_answer(interaction) as show:

        async def tell(purge: Purge) -> None:
            with suppress(discord.HTTPException):  # after 15 minutes nothing can be told here; the trail has it
                await show(card(WORKING, words.progress(purge, member)))

        reason = filled.one(REASON) or ""
        begun = await purging.begin(
            guild_of(interaction), member_id, by=interaction.user.id, since=since, reason=reason.strip()
        )
        if begun.id is None:
            await show(card(DONE, words.nothing(member)))
            return
        await tell(begun)
        done = await purging.carry_out(begun, tell)
        with suppress(discord.HTTPException):
            await show(card(DONE, "\n".join(words.summary(done, member))))
