"""`/studio grant` and `/studio grants`: pictures beyond the limits. Discord lets moderators alone see the commands."""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Self

import discord
import structlog
from discord import app_commands, ui

from bot.chat.entries import day_suggestions, read_end
from bot.chat.layout import DONE, FAILED, WORKING, card, plain_line, row
from bot.chat.localization import localized
from bot.chat.lookup import in_time
from bot.chat.panels import panel_change, private_answer
from bot.chat.studio import Interaction, StudioClient, guild_of
from bot.chat.styles import SUGGESTIONS
from bot.chat.words import grants as words
from bot.domain.errors import NotAMember, StoreUnavailable
from bot.domain.ledger import Grant
from bot.service.ports import GrantMade
from bot.service.zones import zone_of

_log = structlog.get_logger(__name__)

MOST_GRANTED = 10_000
"""Pictures, at a time."""

LONGEST_REASON = 100
"""Characters."""

_ON_A_PAGE = 10
"""Grants: a message has 40 components and 4,000 characters, and each takes three and some 250."""

_Pictures = app_commands.Range[int, 1, MOST_GRANTED]
_Reason = app_commands.Range[str, 1, LONGEST_REASON]


def grant_command() -> app_commands.Command[Any, ..., None]:
    @app_commands.describe(
        to=localized(words.to_option),
        pictures=localized(words.pictures_option),
        until=localized(words.until_option),
        reason=localized(words.reason_option),
    )
    @app_commands.autocomplete(until=_suggest_ends)
    async def grant(
        interaction: Interaction,
        to: discord.Member | discord.User | discord.Role,
        pictures: _Pictures,
        until: str,
        reason: _Reason = "",
    ) -> None:
        async with private_answer(interaction) as show:
            await show(await _make(interaction, to, pictures, until, reason))

    return app_commands.Command(name="grant", description=localized(words.about_grant), callback=grant)


def grants_command() -> app_commands.Command[Any, ..., None]:
    async def grants(interaction: Interaction) -> None:
        async with private_answer(interaction) as show:
            await show(await _list(interaction))

    return app_commands.Command(name="grants", description=localized(words.about_grants), callback=grants)


async def _make(
    interaction: Interaction,
    to: discord.Member | discord.User | discord.Role,
    pictures: int,
    until: str,
    reason: str,
) -> ui.LayoutView:
    studio, guild_id = interaction.client.studio, guild_of(interaction)
    if isinstance(to, discord.User) or (isinstance(to, discord.Member) and to.bot):
        raise NotAMember(to.id)
    now = studio.clock.now()
    terms = await studio.budgets.terms(guild_id)
    of_role = isinstance(to, discord.Role)
    grant = Grant(
        guild_id=guild_id,
        pictures=pictures,
        ends_at=read_end(until, now, zone_of(terms.time_zone)),
        granted_by=interaction.user.id,
        member_id=None if of_role else to.id,
        role_id=to.id if of_role else None,
        reason=reason.strip(),
    )
    # One that this interaction has made before is shown just the same.
    made = await studio.budgets.grant(grant, reference=str(interaction.id), now=now)
    _log.info("granted", guild=guild_id, by=interaction.user.id, grant=made, pictures=pictures)
    said = words.made(pictures, _whom(grant), int(grant.ends_at.timestamp()), each=of_role)
    return card(DONE, said, f"-# {words.made_hint()}")


async def _suggest_ends(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Days and durations that what was typed so far may come to, by the guild's calendar."""
    studio = interaction.client.studio
    try:
        terms = await in_time(studio.budgets.terms(interaction.guild_id))
    except StoreUnavailable:
        return []
    suggested = day_suggestions(typed, studio.clock.now(), zone_of(terms.time_zone))
    return [app_commands.Choice(name=said, value=entry) for said, entry in suggested[:SUGGESTIONS]]


async def _list(interaction: Interaction, page: int = 0, *said: str) -> ui.LayoutView:
    """A page of the grants, each with a button that revokes it."""
    studio = interaction.client.studio
    grants = await studio.budgets.grants(guild_of(interaction), studio.clock.now())
    if not grants:
        return card(WORKING, *said, words.none())
    page = min(page, (len(grants) - 1) // _ON_A_PAGE)
    shown = grants[page * _ON_A_PAGE : (page + 1) * _ON_A_PAGE]
    turns: list[ui.DynamicItem[Any]] = []
    if page:
        turns.append(GrantButton(Act.SHOW, 0, page - 1, words.earlier_label()))
    if len(grants) > (page + 1) * _ON_A_PAGE:
        turns.append(GrantButton(Act.SHOW, 0, page + 1, words.later_label()))
    parts: Sequence[str | ui.Item[Any]] = [_part(each, page) for each in shown]
    return card(WORKING, *said, f"### {words.title()}", *parts, *([row(*turns)] if turns else []))


def _part(made: GrantMade, page: int) -> str | ui.Item[Any]:
    if made.revoked_at is not None:
        return _about(made)
    return ui.Section[Any](_about(made), accessory=GrantButton(Act.REVOKE, made.id, page))


def _about(made: GrantMade) -> str:
    grant = made.grant
    each = grant.role_id is not None
    facts = [words.granted_by(f"<@{grant.granted_by}>")] if grant.granted_by else []
    if made.revoked_at is not None:
        facts.append(f"**{words.revoked(int(made.revoked_at.timestamp()))}**")
    if grant.reason:
        facts.insert(0, plain_line(grant.reason, LONGEST_REASON))
    line = words.line(grant.pictures, made.used, _whom(grant), int(grant.ends_at.timestamp()), each=each)
    return line + (f"\n-# {' · '.join(facts)}" if facts else "")


def _whom(grant: Grant) -> str:
    if grant.role_id is not None:
        return "@everyone" if grant.role_id == grant.guild_id else f"<@&{grant.role_id}>"
    return words.somebody_erased() if grant.member_id is None else f"<@{grant.member_id}>"


class Act(StrEnum):
    """What a button of the list does."""

    REVOKE = "revoke"  # asks whether that is meant
    REVOKE_NOW = "revoke-now"
    SHOW = "show"  # a page


_LABELS: Mapping[Act, Callable[[], str]] = {
    Act.REVOKE: words.revoke_label,
    Act.REVOKE_NOW: words.revoke_label,
    Act.SHOW: words.keep_label,
}


class GrantButton(
    ui.DynamicItem[ui.Button[Any]], template=r"easel:grant:(?P<act>[a-z-]+):(?P<grant>\d+):(?P<page>\d+)"
):
    """A button of the list, about one grant (0: about none) on a page. Only who was let in to the list sees it."""

    def __init__(self, act: Act, grant_id: int, page: int, label: str = "") -> None:
        super().__init__(
            ui.Button(
                label=label or _LABELS[act](),
                style=discord.ButtonStyle.danger if act is Act.REVOKE_NOW else discord.ButtonStyle.secondary,
                custom_id=f"easel:grant:{act}:{grant_id}:{page}",
            )
        )
        self.act, self.grant_id, self.page = act, grant_id, page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(Act(match["act"]), int(match["grant"]), int(match["page"]))

    async def callback(self, interaction: discord.Interaction[StudioClient]) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] # our client is the only one
        async with panel_change(interaction, what="the list of grants") as show:
            match self.act:
                case Act.REVOKE:
                    await show(await _ask(interaction, self.grant_id, self.page))
                case Act.REVOKE_NOW:
                    await show(await _revoke(interaction, self.grant_id, self.page))
                case Act.SHOW:
                    await show(await _list(interaction, self.page))


async def _ask(interaction: Interaction, grant_id: int, page: int) -> ui.LayoutView:
    """The question before a grant is revoked."""
    studio = interaction.client.studio
    grants = await studio.budgets.grants(guild_of(interaction), studio.clock.now())
    asked = next((each for each in grants if each.id == grant_id and each.revoked_at is None), None)
    if asked is None:
        return await _list(interaction, page, words.no_longer_there())
    buttons = row(GrantButton(Act.REVOKE_NOW, grant_id, page), GrantButton(Act.SHOW, 0, page))
    return card(FAILED, words.revoke_question(), _about(asked), buttons)


async def _revoke(interaction: Interaction, grant_id: int, page: int) -> ui.LayoutView:
    studio, guild_id = interaction.client.studio, guild_of(interaction)
    revoked = await studio.budgets.revoke(guild_id, grant_id, interaction.user.id, studio.clock.now())
    if revoked:
        _log.info("grant revoked", guild=guild_id, by=interaction.user.id, grant=grant_id)
    return await _list(interaction, page, words.was_revoked() if revoked else words.no_longer_there())
