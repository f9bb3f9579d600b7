"""What the operator is told, as cards in their channel, in English."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby

import discord
from discord import ui

from bot.chat.layout import DONE, FAILED, card
from bot.chat.posting import post as send
from bot.chat.trail_lines import fitting
from bot.domain.incident import IncidentKind
from bot.service.ports import Notice, NoticePost

SHOWN = 3
"""Notices of one kind on a card. The log has them all."""

LONGEST_WORDS, LONGEST_CARD = 500, 3_800
"""Characters of one notice, for what a database says of itself may be long, and of all that a card shows."""

TITLES = {
    IncidentKind.REPLICATE_TOKEN: "Replicate refuses the token",
    IncidentKind.OPENAI_KEY: "OpenAI bills nothing to your key",
    IncidentKind.NO_CREDIT: "Replicate's account is out of credit",
    IncidentKind.DATABASE: "The database was in trouble",
    IncidentKind.BLOBS: "Pictures can't be kept",
    IncidentKind.DISK: "A disk is nearly full",
    IncidentKind.WEBHOOKS: "No webhooks arrive",
    IncidentKind.MISTAKE: "Requests were given up over a mistake of Easel's",
    IncidentKind.SESSION_STARTS: "Few starts of a session with Discord are left",
    IncidentKind.SPENDING: "A ceiling on spending is near",
    IncidentKind.DEAD_PROCESS: "A process was taken for dead",
    IncidentKind.QUEUE: "Requests wait for long",
}


class DiscordOperatorChannel:
    """The port `OperatorChannel` over a logged-in client. It needs no gateway."""

    def __init__(self, client: discord.Client, channel_id: int) -> None:
        self._client = client
        self._channel_id = channel_id

    async def post(self, post: NoticePost) -> None:
        await send(self._client, self._channel_id, notices_card(post.notices), nonce=post.id)


def notices_card(notices: Iterable[Notice]) -> ui.LayoutView:
    """What has begun, kind by kind, and then what is over."""
    ordered = sorted(notices, key=lambda each: (each.over, each.kind))
    parts = [
        (_over if over else _begun)(kind, list(group))
        for (over, kind), group in groupby(ordered, key=lambda each: (each.over, each.kind))
    ]
    shown = fitting(parts, LONGEST_CARD)
    more = ["-# There is more in the log."] if shown < len(parts) else []
    return card(DONE if ordered[0].over else FAILED, *parts[:shown], *more)


def _begun(kind: IncidentKind, notices: list[Notice]) -> str:
    shown = [f"{_shortened(each.words)}\n-# {discord.utils.format_dt(each.at)}" for each in notices[:SHOWN]]
    if more := len(notices) - len(shown):
        shown.append(f"-# {more} more are in the log.")
    return "\n".join([f"**{TITLES[kind]}**", *shown])


def _over(kind: IncidentKind, notices: list[Notice]) -> str:
    lines = [f"-# {_subject(each)}after {_length(each.at - each.began_at)}" for each in notices[:SHOWN]]
    if more := len(notices) - len(lines):
        lines.append(f"-# {more} more are in the log.")
    return "\n".join([f"**Over: {TITLES[kind]}**", *lines])


def _subject(notice: Notice) -> str:
    return f"{notice.subject}, " if notice.subject else ""


def _length(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.0f} h"  # two hours


def _shortened(words: str) -> str:
    return words if len(words) <= LONGEST_WORDS else f"{words[: LONGEST_WORDS - 1].rstrip()}…"
