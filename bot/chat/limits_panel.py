"""The panel of `/studio limits`: what holds, what is used of it, and the form in which one sheet is changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

import discord
from discord import ui

from bot.chat.entries import LONGEST_ENTRY
from bot.chat.parties import MEMBER, SERVER, SHEETS, Entry, Party, Sheet, sheet_label
from bot.chat.words import limits_panel as words
from bot.domain.ledger import Committed
from bot.domain.quota import (
    UNLIMITED,
    Ceiling,
    GuildLimits,
    Period,
    Quota,
    Scope,
    Span,
    Unit,
    UsageLimits,
    span,
)
from bot.service.ports import Terms
from bot.service.zones import zone_of

_MOST_LISTED = 2_400
"""Characters of the roles' limits: a message has 4,000 for all its text."""

_ENTRIES = [*dict.fromkeys(entry for sheet in SHEETS.values() for entry in sheet)]


@dataclass(frozen=True, slots=True)
class InForce:
    """What bounds the use of a guild, and what is used."""

    terms: Terms
    operator_member: UsageLimits  # what holds for members where the guild leaves it open
    operator_guild: UsageLimits  # what the guild's own budget can't exceed
    deployment: UsageLimits
    role_names: Mapping[int, str]  # of all that the guild has
    spans: Mapping[Period, Span]
    used: Mapping[Period, Committed]  # by all members of the guild together

    @property
    def limits(self) -> GuildLimits:
        return self.terms.limits

    def inherited(self, party: Party) -> tuple[UsageLimits, str]:
        """What holds where the party's own limits leave it open, and where it comes from, in words: the nearest."""
        if party == SERVER:
            return self.operator_guild, words.as_operator()
        if party == MEMBER:
            return self.operator_member, words.as_operator()
        return self.limits.member.over(self.operator_member), words.as_each_member()

    def effective(self, party: Party) -> UsageLimits:
        """What holds for the party after all."""
        own, (inherited, _) = party.limits(self.limits), self.inherited(party)
        return own.within(inherited) if party == SERVER else own.over(inherited)

    def name(self, party: Party) -> str:
        """As plain text, which menus and titles show."""
        if party.role_id is None:
            return words.server() if party == SERVER else words.member()
        return self.role_names.get(party.role_id) or words.deleted_role(party.role_id)

    def mention(self, party: Party) -> str:
        """As messages show it."""
        return f"<@&{party.role_id}>" if party.role_id in self.role_names else self.name(party)


def guild_quota(spans: Mapping[Period, Span]) -> Quota:
    """Sums up what a guild uses in each period, whether there is a limit or not."""
    return Quota(
        tuple(Ceiling(Scope.GUILD, period, Unit.PICTURES, UNLIMITED, within) for period, within in spans.items())
    )


def spans_now(terms: Terms, now: datetime) -> dict[Period, Span]:
    return {period: span(period, now, zone_of(terms.time_zone)) for period in Period}


def overview(shown: InForce) -> list[str]:
    """All that holds, part by part."""
    parts = [f"### {words.title()}\n{words.calendar(shown.terms.time_zone)}", _used(shown)]
    if limits := _limits(shown, SERVER):
        parts.append(f"**{words.server()}**\n" + "\n".join(limits))
    parts.append(f"**{words.member()}**\n" + ("\n".join(_limits(shown, MEMBER)) or words.no_limits()))
    roles = [_role_line(shown, Party(str(role_id))) for role_id in shown.limits.roles]
    ends = accumulate(len(line) + 1 for line in roles)
    listed = [line for line, end in zip(roles, ends, strict=True) if end <= _MOST_LISTED]
    if len(listed) < len(roles):
        listed.append(f"-# {words.more_roles(len(roles) - len(listed))}")
    parts += ["\n".join(listed)] if listed else []
    if shown.terms.account is not None:
        parts.append(f"-# {words.own_account()}")
    elif ceilings := [*_set(shown.deployment)]:
        parts.append(f"-# {words.operator_ceiling(' · '.join(ceilings))}")
    return parts


def about_party(shown: InForce, party: Party) -> list[str]:
    """What holds for one, and what the limits of such a one mean."""
    explained = {SERVER: words.server_explained, MEMBER: words.member_explained}.get(party, words.role_explained)
    title = f"### {words.party_title(shown.mention(party))}\n{explained()}"
    parts = [title, "\n".join(_limits(shown, party)) or words.no_limits()]
    return [*parts, _used(shown)] if party == SERVER else parts


def sheet_parts(
    shown: InForce, party: Party, sheet: Sheet, texts: Sequence[str]
) -> list[ui.Label[Any] | ui.TextDisplay[Any]]:
    """The parts of the form, with these texts in its fields."""
    inherited, source = shown.inherited(party)
    fields = [
        ui.Label[Any](
            text=words.field_label(entry.kind, entry.part),
            component=ui.TextInput(
                custom_id=f"{entry.kind}-{entry.part}",
                required=False,
                max_length=LONGEST_ENTRY,
                default=text or None,
                placeholder=_placeholder(entry, inherited, source)[:100],
            ),
        )
        for entry, text in zip(SHEETS[sheet], texts, strict=True)
    ]
    return [ui.TextDisplay(words.form_hint()), *fields]


def sheet_title(shown: InForce, party: Party, sheet: Sheet) -> str:
    return words.form_title(sheet_label(sheet), shown.name(party))[:45]


def party_options(shown: InForce) -> list[discord.SelectOption]:
    """Whose limits there are to change: all together, each member, and the roles that have some."""
    parties = [SERVER, MEMBER, *(Party(str(role_id)) for role_id in shown.limits.roles)]
    return [discord.SelectOption(label=shown.name(each)[:100], value=each.key) for each in parties]


def _used(shown: InForce) -> str:
    lines = [f"**{words.used_title()}**"]
    for period in Period:
        used, limits = shown.used.get(period, Committed()), shown.effective(SERVER).in_period(period)
        said = words.used(period, used.pictures, limits.of(Unit.PICTURES), used.amount, limits.of(Unit.AMOUNT))
        lines.append(f"- {said} ({words.ends(int(shown.spans[period].end.timestamp()))})")
    return "\n".join(lines)


def _limits(shown: InForce, party: Party) -> list[str]:
    """A line for each limit that holds for the party; those that aren't its own say whose they are."""
    own, effective, (_, source) = party.limits(shown.limits), shown.effective(party), shown.inherited(party)
    lines: list[str] = []
    for entry in _ENTRIES:
        if (value := entry.of(effective)) is not None:
            limit = words.limit(entry.kind, entry.part, value)
            lines.append(f"- {limit if value == entry.of(own) else words.field_inherited(limit, source)}")
    return lines


def _role_line(shown: InForce, party: Party) -> str:
    return f"**{shown.mention(party)}**: " + " · ".join(_set(party.limits(shown.limits)))


def _set(limits: UsageLimits) -> Iterator[str]:
    """Those that are set, in words."""
    for entry in _ENTRIES:
        if (value := entry.of(limits)) is not None:
            yield words.limit(entry.kind, entry.part, value)


def _placeholder(entry: Entry, inherited: UsageLimits, source: str) -> str:
    value = entry.of(inherited)
    if value is None:
        return words.field_example(entry.kind)
    return words.field_inherited(words.limit(entry.kind, entry.part, value), source)
