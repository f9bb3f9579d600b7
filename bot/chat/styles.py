"""`/studio style`: a guild's moderators keep its named styles. Discord lets nobody else see the command."""

import asyncio
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from itertools import accumulate
from typing import Any

import discord
import structlog
from discord import app_commands, ui

from bot.chat import options
from bot.chat.intake import attachment_of, check_declared
from bot.chat.layout import DONE, FAILED, WORKING, card, plain_line, quoted, row
from bot.chat.localization import localized
from bot.chat.panels import PanelItem, Show, panel_change, private_answer
from bot.chat.permissions import asker_of
from bot.chat.studio import Interaction, Studio
from bot.chat.words import styles as words
from bot.chat.words.options import background_chosen, count_words, format_words, quality_chosen, ratio_words
from bot.domain.errors import StoreUnavailable, StyleOutsideGuild
from bot.domain.options import Options
from bot.domain.style import LONGEST_NAME, LONGEST_SUFFIX, Style, matching

_log = structlog.get_logger(__name__)

_MOST_LISTED = 3_500
"""Characters of a list: a message has 4,000 for all its text."""

SUGGESTIONS = 25
"""Discord's limit."""

SUGGESTION_SECONDS = 2.0
"""Discord waits for 3 s, and no suggestions are better than an error."""

_Name = app_commands.Range[str, 1, LONGEST_NAME]
_Suffix = app_commands.Range[str, 1, LONGEST_SUFFIX]


async def suggest_styles(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """The names that what was typed so far may come to; none where they can't be had."""
    try:
        async with asyncio.timeout(SUGGESTION_SECONDS):
            styles = await interaction.client.studio.styles.all(interaction.guild_id)
    except (StoreUnavailable, TimeoutError):
        return []
    names = matching(typed, [style.name for style in styles], SUGGESTIONS)
    return [app_commands.Choice(name=name, value=name) for name in names]


def style_group(studio: Studio, today: date) -> app_commands.Group:
    """The commands below `/studio style`, with the options of the deployment's models."""
    group = app_commands.Group(name="style", description=localized(words.about_style))
    named = app_commands.describe(name=localized(words.name_option))
    renamed = app_commands.describe(name=localized(words.name_option), new_name=localized(words.new_name_option))
    for command in (
        _save_command(studio, today),
        app_commands.Command[Any, ..., None](
            name="show", description=localized(words.about_show), callback=named(_show)
        ),
        app_commands.Command[Any, ..., None](name="list", description=localized(words.about_list), callback=_list),
        app_commands.Command[Any, ..., None](
            name="rename", description=localized(words.about_rename), callback=renamed(_rename)
        ),
        app_commands.Command[Any, ..., None](
            name="remove", description=localized(words.about_remove), callback=named(_remove)
        ),
    ):
        group.add_command(command)
    return group


def _save_command(studio: Studio, today: date) -> app_commands.Command[Any, ..., None]:
    models = studio.models
    offered: dict[str, list[app_commands.Choice[Any]]] = {
        "quality": [*options.quality_choices(models, today, studio.operator.account.billing)],
        "aspect_ratio": [*options.ratio_choices(models)],
        "background": [*options.background_choices(models)],
        "count": [*options.count_choices(models)],
        "format": [*options.format_choices(models)],
    }

    @app_commands.describe(
        name=localized(words.name_option),
        suffix=localized(words.suffix_option),
        **dict.fromkeys(("image", "image_2", "image_3", "image_4"), localized(words.picture_option)),
        **dict.fromkeys(offered, localized(words.choice_option)),
    )
    @app_commands.choices(**offered)
    @app_commands.autocomplete(name=suggest_styles)
    async def save(
        interaction: Interaction,
        *,
        name: _Name,
        suffix: _Suffix | None = None,
        image: discord.Attachment | None = None,
        image_2: discord.Attachment | None = None,
        image_3: discord.Attachment | None = None,
        image_4: discord.Attachment | None = None,
        quality: str | None = None,
        aspect_ratio: str | None = None,
        background: str | None = None,
        count: int | None = None,
        format: str | None = None,  # noqa: A002 # the option's name in Discord
    ) -> None:
        async with private_answer(interaction) as show:
            style = Style(
                name,
                suffix or "",
                options=Options(
                    quality=quality,
                    aspect_ratio=aspect_ratio,
                    background=background,
                    count=count,
                    output_format=format,
                ),
            )
            references = tuple(attachment_of(each) for each in (image, image_2, image_3, image_4) if each)
            check_declared(references, studio.attachment_limit)
            await studio.gate.check_style(style, asker_of(interaction))
            saved = await studio.styles.save(_guild(interaction), style, references, interaction.user.id)
            _log.info("style saved", guild=interaction.guild_id, by=interaction.user.id, replaced=saved.replaced)
            await _show_style(interaction, show, saved.style, words.saved(replaced=saved.replaced))

    return app_commands.Command(name="save", description=localized(words.about_save), callback=save)


@app_commands.autocomplete(name=suggest_styles)
async def _show(interaction: Interaction, name: _Name) -> None:
    async with private_answer(interaction) as show:
        style = await interaction.client.studio.styles.find(interaction.guild_id, name)
        await _show_style(interaction, show, style)


async def _list(interaction: Interaction) -> None:
    async with private_answer(interaction) as show:
        styles = await interaction.client.studio.styles.all(interaction.guild_id)
        await show(list_card(styles))


@app_commands.autocomplete(name=suggest_styles)
async def _rename(interaction: Interaction, name: _Name, new_name: _Name) -> None:
    async with private_answer(interaction) as show:
        styles, by = interaction.client.studio.styles, interaction.user.id
        await interaction.client.studio.gate.check_style(Style(new_name, ""), asker_of(interaction))
        style = await styles.rename(_guild(interaction), name, new_name, by)
        _log.info("style renamed", guild=interaction.guild_id, by=interaction.user.id)
        await show(card(DONE, words.renamed(name), *_about(style)))


@app_commands.autocomplete(name=suggest_styles)
async def _remove(interaction: Interaction, name: _Name) -> None:
    async with private_answer(interaction) as show:
        style = await interaction.client.studio.styles.find(interaction.guild_id, name)
        await show(remove_card(style))


class RemoveStyleButton(PanelItem, template=r"easel:style-remove:(?P<name>.+)"):
    """Removes the style, once it is sure that this is meant. Only who was asked sees it."""

    what = "the button that removes a style"

    def __init__(self, name: str) -> None:
        super().__init__(
            ui.Button(
                label=words.remove_label(), style=discord.ButtonStyle.danger, custom_id=f"easel:style-remove:{name}"
            )
        )
        self.name = name

    async def act(self, interaction: Interaction) -> None:
        async with panel_change(interaction, what=self.what) as show:
            styles, by = interaction.client.studio.styles, interaction.user.id
            removed = await styles.remove(_guild(interaction), self.name, by)
            _log.info("style removed", guild=interaction.guild_id, by=interaction.user.id)
            await show(card(DONE, words.removed(removed.name)))


def list_card(styles: Sequence[Style]) -> ui.LayoutView:
    """All styles, a line each."""
    if not styles:
        return card(WORKING, words.no_styles())
    lines = [" · ".join((f"**{plain_line(style.name, LONGEST_NAME)}**", *_facts(style))) for style in styles]
    ends = accumulate(len(line) + 1 for line in lines)
    shown = [line for line, end in zip(lines, ends, strict=True) if end <= _MOST_LISTED]
    if len(shown) < len(lines):
        shown.append(f"-# {words.more_styles(len(lines) - len(shown))}")
    return card(WORKING, f"### {words.list_title()}", "\n".join(shown))


def remove_card(style: Style) -> ui.LayoutView:
    """The question before a style is removed."""
    return card(FAILED, words.remove_question(style.name), *_about(style), row(RemoveStyleButton(style.name)))


async def _show_style(interaction: Interaction, show: Show, style: Style, *said: str) -> None:
    """Show all of a style in the place of the answer, with as many of its pictures as a message takes."""
    gallery: ui.MediaGallery[Any] = ui.MediaGallery()
    files: list[discord.File] = []
    notes: list[str] = []
    left = min(interaction.filesize_limit, _MOST_BYTES)
    for number, image in enumerate(style.pictures, start=1):
        data = await interaction.client.studio.styles.picture(image) if image.size <= left else None
        if data is None:
            notes.append(f"-# {words.not_shown(image.filename)}")
            continue
        left -= image.size
        filename = f"reference-{number}.{image.media_type.removeprefix('image/')}"
        files.append(discord.File(BytesIO(data), filename))
        gallery.add_item(media=f"attachment://{filename}", description=words.reference_alt_text(number, style.name))
    shown: list[ui.Item[Any]] = [gallery] if files else []
    view = card(DONE, *said, *_about(style), *shown, *notes)
    await show(view, files)


_MOST_BYTES = 20 * 1024 * 1024
"""Of all files of a message; Discord takes 25 MiB with what else is in the request."""


def _about(style: Style) -> list[str]:
    parts = [f"### {plain_line(style.name, LONGEST_NAME)}"]
    if style.suffix:
        parts.append(f"{words.suffix_title()}\n{quoted(style.suffix)}")
    if facts := _facts(style):
        parts.append(f"-# {' · '.join(facts)}")
    return parts


def _facts(style: Style) -> list[str]:
    facts = choices_words(style.options)
    if style.pictures:
        facts.append(words.reference_count(len(style.pictures)))
    return facts


def choices_words(chosen: Options) -> list[str]:
    """What was chosen, in words; nothing of what was left open."""
    said = (
        chosen.quality and quality_chosen(chosen.quality),
        chosen.aspect_ratio and ratio_words(chosen.aspect_ratio),
        chosen.background and background_chosen(chosen.background),
        chosen.count and count_words(chosen.count),
        chosen.output_format and format_words(chosen.output_format),
    )
    return [each for each in said if each]


def _guild(interaction: Interaction) -> int:
    if interaction.guild_id is None:
        raise StyleOutsideGuild
    return interaction.guild_id
