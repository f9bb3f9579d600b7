"""What the cards are made of: one container, colours, and member text that can do no harm."""

from typing import Any

import discord
from discord import ui

from bot.chat.words.options import (
    background_chosen,
    count_words,
    format_words,
    made_from,
    moderation_chosen,
    quality_chosen,
    ratio_words,
    style_chosen,
    variation_chosen,
)
from bot.domain.request import ImageRequest

SHOWN_PROMPT = 700
"""Characters of a prompt on a card. A message has 4,000 for all its text, and escaping can double these."""

WORKING, DONE, FAILED = discord.Colour.blurple(), discord.Colour.green(), discord.Colour.orange()


def quoted(text: str, limit: int = SHOWN_PROMPT) -> str:
    """Member text as a block quote in which no markdown and no mention of theirs has any effect."""
    short = text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
    escaped = discord.utils.escape_mentions(discord.utils.escape_markdown(short, ignore_links=False))
    lines = [line for line in escaped.replace("<", "\\<").splitlines() if line.strip()]
    return "\n".join(f"> {line}" for line in lines)


def plain_line(text: str, limit: int) -> str:
    """Member text shortened to one line, without effect as markdown, and safe inside a link."""
    line = " ".join(text.split())
    short = line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
    escaped = discord.utils.escape_markdown(short, ignore_links=False).replace("<", "\\<")
    return discord.utils.escape_mentions(escaped).replace("[", "(").replace("]", ")")


def options_line(request: ImageRequest) -> str:
    """The options chosen, in words."""
    parts = [
        quality_chosen(request.quality),
        ratio_words(request.aspect_ratio),
        count_words(request.count),
        format_words(request.output_format),
    ]
    if request.background != "auto":
        parts.append(background_chosen(request.background))
    if request.moderation != "auto":
        parts.append(moderation_chosen(request.moderation))
    if request.style:
        parts.append(style_chosen(plain_line(request.style.name, 40)))
    if request.variation:
        parts.append(variation_chosen())
    elif request.picture_count:
        parts.append(made_from(request.picture_count))
    return " · ".join(parts)


def row(*items: ui.DynamicItem[Any]) -> ui.ActionRow[Any]:
    row = ui.ActionRow[Any]()
    for item in items:
        row.add_item(item)
    return row


def card(colour: discord.Colour, *parts: str | ui.Item[Any]) -> ui.LayoutView:
    """A message of one container: text as markdown, other items as they are."""
    view = ui.LayoutView(timeout=None)
    items: list[ui.Item[Any]] = [ui.TextDisplay(part) if isinstance(part, str) else part for part in parts]
    view.add_item(ui.Container(*items, accent_colour=colour))
    # Our buttons are found by their custom_id. A stopped view isn't kept in memory for every message ever sent.
    view.stop()
    return view
