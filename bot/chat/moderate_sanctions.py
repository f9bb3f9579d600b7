"""`/moderate warn`, `block`, `lower` and `lift`: what moderators impose on a member, and take back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.chat.entries import read_until, until_suggestions
from bot.chat.hierarchy import check_reach
from bot.chat.layout import DONE, WORKING, card
from bot.chat.localization import localized
from bot.chat.lookup import in_time
from bot.chat.panels import private_answer
from bot.chat.sanction_notes import tell_imposed, tell_lifted
from bot.chat.studio import Interaction, guild_of
from bot.chat.styles import SUGGESTIONS
from bot.chat.words import sanctions as words
from bot.domain.errors import StoreUnavailable
from bot.domain.quota import Allowance, Period, UsageLimits
from bot.domain.sanction import LONGEST_REASON, Sanction, SanctionKind
from bot.service.zones import zone_of

_log = structlog.get_logger(__name__)

MOST_STRIKES = 10
MOST_PICTURES = 10_000

_Member = discord.Member | discord.User
_Reason = app_commands.Range[str, 1, LONGEST_REASON]
_Strikes = app_commands.Range[int, 1, MOST_STRIKES]
_Pictures = app_commands.Range[int, 0, MOST_PICTURES]


@dataclass(frozen=True, slots=True)
class Draft:
    """A sanction as it is entered. `until` is as `read_until` reads it; None of a warning, which has no end."""

    kind: SanctionKind
    reason: str
    until: str | None = None
    strikes: int = 0
    limits: UsageLimits | None = None


def lowered(pictures: int, period: Period) -> UsageLimits:
    return replace(UsageLimits(), **{period.value: Allowance(pictures=pictures)})


def sanction_commands() -> Sequence[app_commands.Command[Any, ..., None]]:
    """All that impose and lift, to be put below `/moderate`."""
    return (_warn_command(), _block_command(), _lower_command(), _lift_command())


def _warn_command() -> app_commands.Command[Any, ..., None]:
    @app_commands.describe(
        member=localized(words.member_option),
        reason=localized(words.reason_option),
        strikes=localized(words.strikes_option),
    )
    async def warn(interaction: Interaction, member: _Member, reason: _Reason, strikes: _Strikes = 1) -> None:
        async with private_answer(interaction) as show:
            draft = Draft(SanctionKind.WARN, reason, strikes=strikes)
            await show(card(DONE, *await impose(interaction, member, draft)))

    return app_commands.Command(name="warn", description=localized(words.about_warn), callback=warn)


def _block_command() -> app_commands.Command[Any, ..., None]:
    @app_commands.describe(
        member=localized(words.member_option),
        until=localized(words.until_option),
        reason=localized(words.reason_option),
    )
    @app_commands.autocomplete(until=_suggest_ends)
    async def block(interaction: Interaction, member: _Member, until: str, reason: _Reason) -> None:
        async with private_answer(interaction) as show:
            draft = Draft(SanctionKind.BLOCK, reason, until)
            await show(card(DONE, *await impose(interaction, member, draft)))

    return app_commands.Command(name="block", description=localized(words.about_block), callback=block)


def _lower_command() -> app_commands.Command[Any, ..., None]:
    periods = [
        app_commands.Choice(name=localized(partial(words.per_period, each)), value=each.value) for each in Period
    ]

    @app_commands.describe(
        member=localized(words.member_option),
        pictures=localized(words.pictures_option),
        until=localized(words.until_option),
        reason=localized(words.reason_option),
        period=localized(words.period_option),
    )
    @app_commands.choices(period=periods)
    @app_commands.autocomplete(until=_suggest_ends)
    async def lower(
        interaction: Interaction,
        *,
        member: _Member,
        pictures: _Pictures,
        until: str,
        reason: _Reason,
        period: str = Period.DAY.value,
    ) -> None:
        async with private_answer(interaction) as show:
            draft = Draft(SanctionKind.LOWER, reason, until, limits=lowered(pictures, Period(period)))
            await show(card(DONE, *await impose(interaction, member, draft)))

    return app_commands.Command(name="lower", description=localized(words.about_lower), callback=lower)


def _lift_command() -> app_commands.Command[Any, ..., None]:
    @app_commands.describe(member=localized(words.member_option), reason=localized(words.lift_reason_option))
    async def lift(interaction: Interaction, member: _Member, reason: _Reason) -> None:
        async with private_answer(interaction) as show:
            check_reach(interaction, member)
            studio = interaction.client.studio
            in_force = await studio.sanctions.in_force(member.id, guild_of(interaction), studio.clock.now())
            lifted = await lift_all(interaction, [each.id for each in in_force if each.id is not None], reason)
            if lifted:
                await show(card(DONE, words.lifted(member.id, len(lifted))))
            else:
                await show(card(WORKING, words.nothing_to_lift(member.id)))

    return app_commands.Command(name="lift", description=localized(words.about_lift), callback=lift)


async def impose(interaction: Interaction, target: discord.Member | discord.User, draft: Draft) -> Sequence[str]:
    """Impose what was entered, once for the interaction, and tell the member. Answers what the moderator reads of it.

    Raises the `EntryRefused` that keeps it from being done, and `StoreUnavailable`."""
    studio, guild_id = interaction.client.studio, guild_of(interaction)
    check_reach(interaction, target)
    now = studio.clock.now()
    ends_at = None
    if draft.until is not None:
        ends_at = read_until(draft.until, now, zone_of((await studio.budgets.terms(guild_id)).time_zone))
    sanction = Sanction(
        kind=draft.kind,
        guild_id=guild_id,
        member_id=target.id,
        reason=draft.reason.strip(),
        made_by=interaction.user.id,
        made_at=now,
        ends_at=ends_at,
        strikes=draft.strikes,
        limits=draft.limits,
    )
    outcome = await studio.sanctioning.impose(sanction, reference=str(interaction.id), by=interaction.user.id)
    made = outcome.imposed
    said = [words.imposed(made.sanction)]
    if made.by_ladder is not None:
        said.append(words.led_to(made.by_ladder))
    if draft.kind is SanctionKind.WARN:
        ladder = (await studio.preferences.policy(guild_id)).ladder
        said.append(words.strikes(made.strikes, ladder.days))
    if outcome.canceled:
        said.append(words.canceled(outcome.canceled))
    if made.repeated:  # by this interaction, told to another process, too, which tells the member
        return said
    told = await tell_imposed(interaction, [each for each in (made.sanction, made.by_ladder) if each is not None])
    return [*said, f"-# {words.heard(told=told)}"]


async def lift_all(interaction: Interaction, sanction_ids: Sequence[int], reason: str) -> Sequence[Sanction]:
    """Lift these of the guild's, and what the ladder made of them, and tell their member. Answers what was lifted."""
    studio, guild_id = interaction.client.studio, guild_of(interaction)
    now, by = studio.clock.now(), interaction.user.id
    lifted: list[Sanction] = []
    for each in sanction_ids:
        lifted += await studio.sanctions.lift(guild_id, each, by, now, reason.strip())
    if lifted:
        _log.info("sanctions lifted", guild=guild_id, by=by, sanctions=[each.id for each in lifted])
        await tell_lifted(interaction, lifted)
    return lifted


async def _suggest_ends(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Durations and days that what was typed so far may come to, by the guild's calendar."""
    studio = interaction.client.studio
    try:
        terms = await in_time(studio.budgets.terms(interaction.guild_id))
    except StoreUnavailable:
        return []
    suggested = until_suggestions(typed, studio.clock.now(), zone_of(terms.time_zone))
    return [app_commands.Choice(name=said, value=entry) for said, entry in suggested[:SUGGESTIONS]]
