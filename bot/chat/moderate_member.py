"""`/moderate member`: how a member stands in a guild, with buttons that impose and lift."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import discord
from discord import app_commands, ui

from bot.chat.entries import read_pictures
from bot.chat.hierarchy import check_reach, member_of
from bot.chat.jobs import job_title
from bot.chat.layout import DONE, FAILED, WORKING, card, plain_line, row
from bot.chat.localization import localized
from bot.chat.lookup import in_time
from bot.chat.modals import Filled, show_modal
from bot.chat.moderate_sanctions import MOST_PICTURES, Draft, impose, lift_all, lowered
from bot.chat.panels import PanelItem, panel_change, private_answer
from bot.chat.permissions import moderates
from bot.chat.replies import whisper
from bot.chat.studio import Interaction, guild_of
from bot.chat.usage_text import amount
from bot.chat.words import moderate_member as words
from bot.chat.words import sanctions
from bot.chat.words.outcomes import sentence
from bot.domain.errors import BadEntry, EntryRefused
from bot.domain.job import Job
from bot.domain.quota import Period
from bot.domain.sanction import LONGEST_REASON, Ladder, Sanction, SanctionKind
from bot.service.ports import Record, Usage

SANCTION_FORM = "sanction"

REASON, UNTIL, PICTURES = "reason", "until", "pictures"

_LAST = 5
"""Requests that are shown."""

_MOST = 5
"""Sanctions that are shown as in force, and as earlier: a message has 40 components and 4,000 characters."""

_SHORT_REASON = 120

_LIFT = "lift"


def member_command() -> app_commands.Command[Any, ..., None]:
    @app_commands.describe(member=localized(sanctions.member_option))
    async def member(interaction: Interaction, member: discord.Member | discord.User) -> None:
        async with private_answer(interaction) as show:
            await show(await _member_card(interaction, member.id))

    return app_commands.Command(name="member", description=localized(words.about_member), callback=member)


@dataclass(frozen=True, slots=True)
class _Shown:
    """All that the card tells."""

    member_id: int
    record: Record
    ladder: Ladder
    today: Usage


async def _member_card(
    interaction: Interaction, member_id: int, *said: str, colour: discord.Colour = WORKING
) -> ui.LayoutView:
    studio, guild_id = interaction.client.studio, guild_of(interaction)
    now = studio.clock.now()
    record = await studio.sanctions.record(member_id, guild_id, now, _LAST)
    policy = await studio.preferences.policy(guild_id)
    today = (await studio.usage.of_member(member_id, guild_id)).today
    shown = _Shown(member_id, record, policy.ladder, today)
    in_force = [each for each in record.history if each.in_force(now)]
    warnings = [each for each in record.history if each.kind is SanctionKind.WARN and each.lifted_at is None]
    parts: list[str | ui.Item[Any]] = [f"### {words.title(f'<@{member_id}>')}", *said, _summary(shown)]
    liftable = [*in_force, *warnings][:_MOST]
    if not liftable:
        parts.append(words.none_in_force())
    parts.extend(ui.Section[Any](_line(each, now), accessory=SanctionButton(_LIFT, str(each.id))) for each in liftable)
    earlier = [each for each in record.history if each not in liftable]
    if earlier:
        parts.append("\n".join([f"**{words.earlier()}**", *(f"-# {_line(each, now)}" for each in earlier[:_MOST])]))
    parts.append(_requests(record.last))
    kinds = [each.value for each in SanctionKind]
    return card(colour, *parts, row(*(SanctionButton(each, str(member_id)) for each in kinds)))


def _summary(shown: _Shown) -> str:
    record, ladder = shown.record, shown.ladder
    ahead = [each for each in ladder.rungs if each.strikes > record.strikes]
    lines = [words.standing(record.strikes, ladder.days, min(ahead, key=lambda each: each.strikes, default=None))]
    lines.append(words.reported(record.reported, record.reports))
    lines.append(words.used_today(amount(shown.today)))
    if record.trusted:
        lines.append(words.is_trusted())
    return "\n".join(lines)


def _line(imposed: Sanction, now: datetime) -> str:
    facts = [
        sanctions.sanction(imposed),
        sanctions.made_by(imposed.made_by),
        f"<t:{int(imposed.made_at.timestamp())}:d>",
    ]
    if imposed.lifted_at is not None:
        facts.append(words.was_lifted(imposed.lifted_by))
    elif imposed.ends_at is not None and imposed.ends_at <= now:
        facts.append(words.ended())
    return f"{' · '.join(facts)}: {plain_line(imposed.reason, _SHORT_REASON)}"


def _requests(last: Sequence[Job]) -> str:
    if not last:
        return words.no_requests()
    lines = (f"- {_title(job)} <t:{int(job.created_at.timestamp())}:R>" for job in last)
    return "\n".join([f"**{words.last_requests()}**", *lines])


def _title(job: Job) -> str:
    """What was asked for privately is veiled, though the card is the moderator's alone: others may look over."""
    return f"||{plain_line(job.request.prompt, 40)}||" if job.answer.private else job_title(job)


class SanctionButton(PanelItem, template=r"easel:sanction:(?P<act>warn|block|lower|lift):(?P<subject>\d+)"):
    """Opens the form that imposes on a member, or that lifts a sanction: the subject is the id of either."""

    what = "the button of a sanction"

    def __init__(self, act: str, subject: str) -> None:
        label = _FORMS[act].label
        super().__init__(
            ui.Button(
                label=label(),
                style=discord.ButtonStyle.danger if act == SanctionKind.BLOCK else discord.ButtonStyle.secondary,
                custom_id=f"easel:sanction:{act}:{subject}",
            )
        )
        self.act_of, self.subject = act, subject

    async def act(self, interaction: Interaction) -> None:
        if not await _allowed(interaction):
            return
        form = _FORMS[self.act_of]
        parts = [each() for each in form.parts]
        await show_modal(interaction, SANCTION_FORM, form.title(), *parts, subject=f"{self.act_of}:{self.subject}")


async def _allowed(interaction: Interaction) -> bool:
    policy = await in_time(interaction.client.studio.preferences.policy(guild_of(interaction)))
    if moderates(interaction, policy):
        return True
    await whisper(interaction, sanctions.not_for_you())
    return False


def _text(custom_id: str, label: str, hint: str, *, longest: int = 40) -> ui.Label[Any]:
    style = discord.TextStyle.paragraph if longest > 100 else discord.TextStyle.short
    field: ui.TextInput[Any] = ui.TextInput(custom_id=custom_id, max_length=longest, style=style)
    return ui.Label(text=label, description=hint, component=field)


def _reason_part() -> ui.Label[Any]:
    return _text(REASON, sanctions.reason_label(), sanctions.reason_hint(), longest=LONGEST_REASON)


def _until_part() -> ui.Label[Any]:
    return _text(UNTIL, sanctions.until_label(), sanctions.until_hint())


def _pictures_part() -> ui.Label[Any]:
    return _text(PICTURES, sanctions.pictures_label(), sanctions.pictures_option(), longest=5)


def _lift_part() -> ui.Label[Any]:
    return _text(REASON, sanctions.reason_label(), sanctions.lift_reason_hint(), longest=LONGEST_REASON)


@dataclass(frozen=True, slots=True)
class _Form:
    label: Callable[[], str]  # of the button that opens it
    title: Callable[[], str]
    parts: Sequence[Callable[[], ui.Label[Any]]]


_FORMS: Mapping[str, _Form] = {
    "warn": _Form(words.warn_label, sanctions.warn_title, [_reason_part]),
    "block": _Form(words.block_label, sanctions.block_title, [_until_part, _reason_part]),
    "lower": _Form(words.lower_label, sanctions.lower_title, [_pictures_part, _until_part, _reason_part]),
    _LIFT: _Form(words.lift_label, sanctions.lift_title, [_lift_part]),
}


async def submit_sanction(interaction: Interaction, subject: str, filled: Filled) -> None:
    """Impose or lift, and show the member's card with what came of it."""
    act, _, key = subject.partition(":")
    if not await _allowed(interaction):
        return
    async with panel_change(interaction, what="the form of a sanction") as show:
        if act == _LIFT:
            await show(await _lift(interaction, int(key), filled.one(REASON) or ""))
            return
        try:
            target = await member_of(interaction, int(key))
            said = await impose(interaction, target, _draft(SanctionKind(act), filled))
        except EntryRefused as refusal:
            await show(await _member_card(interaction, int(key), sentence(refusal), colour=FAILED))
        else:
            await show(await _member_card(interaction, int(key), "\n".join(said), colour=DONE))


def _draft(kind: SanctionKind, filled: Filled) -> Draft:
    """Raises `BadEntry`."""
    reason, until = filled.one(REASON) or "", filled.one(UNTIL) or ""
    match kind:
        case SanctionKind.WARN:
            return Draft(kind, reason, strikes=1)
        case SanctionKind.BLOCK:
            return Draft(kind, reason, until)
        case SanctionKind.LOWER:
            entered = filled.one(PICTURES) or ""
            pictures = read_pictures(entered)
            if pictures is None or pictures > MOST_PICTURES:
                raise BadEntry("pictures", entered)
            return Draft(kind, reason, until, limits=lowered(pictures, Period.DAY))


async def _lift(interaction: Interaction, sanction_id: int, reason: str) -> ui.LayoutView:
    studio = interaction.client.studio
    held = await studio.sanctions.sanction(sanction_id)
    if held is None or held.guild_id != guild_of(interaction):
        return card(FAILED, sanctions.lifted_before())
    try:
        check_reach(interaction, await member_of(interaction, held.member_id))
    except EntryRefused as refusal:
        return await _member_card(interaction, held.member_id, sentence(refusal), colour=FAILED)
    lifted = await lift_all(interaction, [sanction_id], reason)
    said = sanctions.lifted(held.member_id, len(lifted)) if lifted else sanctions.lifted_before()
    return await _member_card(interaction, held.member_id, said, colour=DONE if lifted else WORKING)
