"""`/moderate log`: what was decided in a guild, and by whom, for all of its moderators.

What a page is filtered by is in the `custom_id`s of its buttons. Pages are told by the entry that they begin below:
what is entered meanwhile moves none.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Self

import discord
import structlog
from discord import app_commands, ui

from bot.chat.csv_files import csv_file
from bot.chat.entries import read_begin
from bot.chat.layout import DONE, WORKING, card, row
from bot.chat.localization import localized
from bot.chat.panels import PanelItem, Show, panel_change, private_answer
from bot.chat.studio import Interaction, guild_of
from bot.chat.trail_lines import entry_lines, fitting
from bot.chat.words import trail as words
from bot.domain.trail import Action, TrailEntry
from bot.service.csv_table import csv_table
from bot.service.ports import Trail
from bot.service.trail_csv import COLUMNS
from bot.service.zones import zone_of

_log = structlog.get_logger(__name__)

KINDS: Mapping[str, Sequence[Action]] = {
    "settings": (Action.POLICY, Action.LIMITS, Action.GRANT, Action.REVOKE, Action.KEY, Action.STYLE, Action.WORDS),
    "reviews": (Action.APPROVE, Action.REJECT, Action.EXPIRE, Action.TRUST, Action.DISTRUST),
    "sanctions": (Action.WARN, Action.BLOCK, Action.LOWER, Action.LIFT, Action.APPEAL),
    "pictures": (Action.REPORT, Action.HIDE, Action.RESTORE, Action.DELETE, Action.PURGE, Action.CANCEL),
    "data": (Action.EXPORT, Action.WHOIS),
}
"""What is looked for together, by names that stay as they are. Every action is of one kind."""

_ON_A_PAGE = 10
_LONGEST_PAGE = 3_600
"""Characters, of the 4,000 of a message."""

_READ_AT_ONCE = 500
"""Entries, for a file."""

_SUGGESTED_DAYS = (1, 7, 30)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries are shown; None and "" let all through."""

    member_id: int | None = None
    by: int | None = None
    kind: str = ""
    since: datetime | None = None

    def pack(self) -> str:
        """For a `custom_id`: at most 56 characters."""
        since = None if self.since is None else int(self.since.timestamp())
        numbers = (f"{each:x}" if each is not None else "" for each in (self.member_id, self.by, since))
        return ":".join((*numbers, self.kind))

    @classmethod
    def unpack(cls, packed: str) -> Self:
        *numbers, kind = packed.split(":")
        member_id, by, since = (int(each, 16) if each else None for each in numbers)
        return cls(member_id, by, kind, None if since is None else datetime.fromtimestamp(since, UTC))

    def said(self) -> str:
        """In words; "" where everything is shown."""
        parts = [
            words.of_member(f"<@{self.member_id}>") if self.member_id is not None else "",
            words.done_by(f"<@{self.by}>") if self.by is not None else "",
            words.kind(self.kind) if self.kind else "",
            words.since(int(self.since.timestamp())) if self.since is not None else "",
        ]
        return " · ".join(each for each in parts if each)

    async def entries(self, trail: Trail, guild_id: int, most: int, before_id: int | None) -> Sequence[TrailEntry]:
        return await trail.entries(
            guild_id,
            most,
            before_id=before_id,
            subject_id=self.member_id,
            actor_id=self.by,
            actions=KINDS.get(self.kind, ()),
            since=self.since,
        )


def log_command() -> app_commands.Command[Any, ..., None]:
    @app_commands.describe(
        member=localized(words.member_option),
        by=localized(words.by_option),
        what=localized(words.what_option),
        since=localized(words.since_option),
    )
    @app_commands.choices(what=[_choice(name) for name in KINDS])
    @app_commands.autocomplete(since=_suggest_begins)
    async def log(
        interaction: Interaction,
        member: discord.User | None = None,
        by: discord.User | None = None,
        what: str = "",
        since: app_commands.Range[str, 1, 40] | None = None,
    ) -> None:
        studio, guild_id = interaction.client.studio, guild_of(interaction)
        async with private_answer(interaction) as show:
            filters = Filters(member.id if member else None, by.id if by else None, what)
            if since is not None:
                zone = zone_of((await studio.preferences.policy(guild_id)).time_zone)
                filters = replace(filters, since=read_begin(since, studio.clock.now(), zone))
            await show(await _page(interaction, filters))

    return app_commands.Command(name="log", description=localized(words.about_log), callback=log)


def _choice(name: str) -> app_commands.Choice[str]:
    return app_commands.Choice(name=localized(lambda: words.kind(name)), value=name)


async def _suggest_begins(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    suggested = [(words.since_days(days), f"{days}d") for days in _SUGGESTED_DAYS]
    wanted = typed.strip().casefold()
    return [
        app_commands.Choice(name=said, value=entry)
        for said, entry in suggested
        if wanted in said.casefold() or wanted in entry
    ]


async def _page(interaction: Interaction, filters: Filters, before_id: int | None = None) -> ui.LayoutView:
    """The latest entries below that one, as many as fit, with buttons that lead on."""
    trail, guild_id = interaction.client.studio.trail, guild_of(interaction)
    entries = await filters.entries(trail, guild_id, _ON_A_PAGE + 1, before_id)
    lines = [entry_lines(each) for each in entries[:_ON_A_PAGE]]
    shown = max(1, fitting(lines, _LONGEST_PAGE))
    said = filters.said()
    title = f"### {words.title()}" + (f"\n-# {words.filters(said)}" if said else "")
    if not entries:
        return card(WORKING, title, words.nothing(filtered=bool(said)))
    buttons: list[ui.DynamicItem[Any]] = []
    if before_id is not None:
        buttons.append(LogButton("newest", filters.pack()))
    if shown < len(entries):
        last = entries[shown - 1].id
        buttons.append(LogButton("older", filters.pack(), f"{last or 0:x}"))
    buttons.append(LogButton("export", filters.pack()))
    return card(WORKING, title, *lines[:shown], row(*buttons))


class LogButton(
    PanelItem,
    template=r"easel:log:(?P<act>newest|older|export):(?P<before>[0-9a-f]*):(?P<filters>[0-9a-f:]*[a-z]*)",
):
    """Leads to another page, or makes a file of all. Only who was let in to the log sees it."""

    what = "the log of a server"

    def __init__(self, act: str, filters: str, before: str = "") -> None:
        label = {"newest": words.newest_label, "older": words.older_label, "export": words.export_label}[act]
        super().__init__(ui.Button(label=label(), custom_id=f"easel:log:{act}:{before}:{filters}"))
        self.kind, self.filters, self.before = act, Filters.unpack(filters), before

    async def act(self, interaction: Interaction) -> None:
        async with panel_change(interaction, what=self.what) as show:
            if self.kind == "export":
                await _export(interaction, show, self.filters)
            else:
                await show(await _page(interaction, self.filters, int(self.before, 16) if self.before else None))


async def _export(interaction: Interaction, show: Show, filters: Filters) -> None:
    """All that the filters let through, as a file in the page's place. That it was made is entered, too."""
    studio, guild_id, by = interaction.client.studio, guild_of(interaction), interaction.user.id
    async with aclosing(csv_table(COLUMNS, _all(studio.trail, guild_id, filters))) as lines:
        file = await csv_file(lines, interaction.filesize_limit)
    await studio.trail.enter(TrailEntry(guild_id, Action.EXPORT, by, studio.clock.now()))
    _log.info("the trail was exported", guild=guild_id, by=by, entries=file.rows)
    name = f"log-{studio.clock.now():%Y-%m-%d}.csv"
    parts = [words.exported(file.rows)] + ([] if file.whole else [words.cut_short(interaction.filesize_limit)])
    view = card(DONE, *parts, ui.File[Any](f"attachment://{name}"), row(LogButton("newest", filters.pack())))
    await show(view, [discord.File(BytesIO(file.data), name)])


async def _all(trail: Trail, guild_id: int, filters: Filters) -> AsyncIterator[TrailEntry]:
    """Newest first, read on as it is iterated."""
    before_id = None
    while entries := await filters.entries(trail, guild_id, _READ_AT_ONCE, before_id):
        for each in entries:
            yield each
        before_id = entries[-1].id
