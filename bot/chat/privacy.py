"""`/privacy`: what is kept about a member, as a file, and gone where the member wants that. Nobody else sees it."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import discord
from discord import app_commands, ui

from bot.chat.filling import REQUEST_LIMIT
from bot.chat.layout import DONE, FAILED, WORKING, card, row
from bot.chat.localization import localized
from bot.chat.panels import PanelItem, panel_change, private_answer
from bot.chat.studio import Interaction
from bot.chat.words import privacy as words
from bot.service.ports import Erasure, Held
from bot.service.privacy import PrivacyTerms


def privacy_command(*, user_install: bool) -> app_commands.Command[Any, ..., None]:
    """For direct messages, too, where no request may be made there: who has left all guilds has no other place."""

    async def privacy(interaction: Interaction) -> None:
        async with private_answer(interaction) as show:
            await show(await _overview(interaction))

    return app_commands.Command(
        name="privacy",
        description=localized(words.about_privacy),
        callback=privacy,
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=user_install),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=user_install),
    )


async def _overview(interaction: Interaction) -> ui.LayoutView:
    own = interaction.client.studio.privacy
    held = await own.held(interaction.user.id)
    days = await own.retention_days(interaction.guild_id)
    return privacy_card(held, own.terms, days)


def privacy_card(held: Held, terms: PrivacyTerms, days: int) -> ui.LayoutView:
    """`days` is how long requests made here are kept."""
    parts: list[str | ui.Item[Any]] = [
        "\n".join([f"### {words.title()}", *(f"- {each}" for each in words.kept(held, terms, days))]),
        f"**{words.who_gets_what_title()}**\n{words.who_gets_what()}",
        f"**{words.who_runs_this_title()}**\n{words.who_runs_this(terms.contact, terms.policy_url)}",
        row(ExportButton(), EraseButton()),
    ]
    return card(WORKING, *parts)


def confirmation_card(held: Held) -> ui.LayoutView:
    """What an erasure takes, and what it leaves."""
    return card(
        FAILED,
        f"### {words.erase_title()}",
        "\n".join([words.goes_title(), *(f"- {each}" for each in words.goes(held))]),
        "\n".join([words.stays_title(), *(f"- {each}" for each in words.stays())]),
        row(ConfirmButton(), ExportButton(), KeepButton()),
    )


def erased_card(erasure: Erasure) -> ui.LayoutView:
    until = erasure.traced_until
    traced = words.traced(discord.utils.format_dt(until, "D") if until else None, sanctioned=erasure.sanctioned)
    said = [words.erased(erasure.requests), words.ends_soon(erasure.under_way), traced, words.in_discord()]
    return card(DONE, "\n".join(each for each in said if each))


class ExportButton(PanelItem, template=r"easel:privacy:export"):
    """Hands out all that is kept about who pressed it, in as many files as Discord's limits ask for."""

    what = "the export of a member's data"

    def __init__(self) -> None:
        super().__init__(ui.Button(label=words.export_label(), custom_id="easel:privacy:export"))

    async def act(self, interaction: Interaction) -> None:
        studio, user = interaction.client.studio, interaction.user
        await interaction.response.defer(ephemeral=True, thinking=True)
        limit = min(interaction.filesize_limit, REQUEST_LIMIT)
        number, latest = 0, b""
        async for part in studio.privacy.export(user.id, limit, explain):
            if latest:
                number += 1
                await _hand_over(interaction, latest, words.exported_part(number), number)
            latest = part
        if number == 0:
            await _hand_over(interaction, latest, words.exported())
        else:
            await _hand_over(interaction, latest, words.exported_last(number + 1), number + 1)


async def _hand_over(interaction: Interaction, part: bytes, said: str, number: int | None = None) -> None:
    """The first in the place of the answer that was promised, the others after it."""
    name = "easel-data.zip" if number is None else f"easel-data-{number}.zip"
    view = card(DONE, said, ui.File[Any](f"attachment://{name}"))
    file = discord.File(BytesIO(part), name)
    if number in (None, 1):
        await interaction.edit_original_response(view=view, attachments=[file])
    else:
        await interaction.followup.send(view=view, file=file, ephemeral=True)


def explain(at: datetime, left_out: Sequence[str]) -> str:
    """What an export made at that time says of itself; `left_out` are the names of files that are too large."""
    return words.readme(f"{at:%Y-%m-%d %H:%M}", left_out)


class EraseButton(PanelItem, template=r"easel:privacy:erase"):
    """Asks again, with what an erasure takes and leaves."""

    what = "the button to erase a member's data"

    def __init__(self) -> None:
        super().__init__(
            ui.Button(label=words.erase_label(), style=discord.ButtonStyle.danger, custom_id="easel:privacy:erase")
        )

    async def act(self, interaction: Interaction) -> None:
        async with panel_change(interaction, what=self.what) as show:
            await show(confirmation_card(await interaction.client.studio.privacy.held(interaction.user.id)))


class ConfirmButton(PanelItem, template=r"easel:privacy:erase-now"):
    """Erases what is kept about who pressed it."""

    what = "the erasure of a member's data"

    def __init__(self) -> None:
        super().__init__(
            ui.Button(
                label=words.confirm_label(), style=discord.ButtonStyle.danger, custom_id="easel:privacy:erase-now"
            )
        )

    async def act(self, interaction: Interaction) -> None:
        async with panel_change(interaction, what=self.what) as show:
            studio = interaction.client.studio
            erasure = await studio.privacy.erase(interaction.user.id)
            studio.wake()  # there may be jobs to cancel
            await show(erased_card(erasure))


class KeepButton(PanelItem, template=r"easel:privacy:keep"):
    """Goes back to what is kept."""

    what = "the button to keep a member's data"

    def __init__(self) -> None:
        super().__init__(ui.Button(label=words.keep_label(), custom_id="easel:privacy:keep"))

    async def act(self, interaction: Interaction) -> None:
        async with panel_change(interaction, what=self.what) as show:
            await show(await _overview(interaction))


PRIVACY_ITEMS = (ExportButton, EraseButton, ConfirmButton, KeepButton)
"""What hangs on the cards, for the client to answer to."""
