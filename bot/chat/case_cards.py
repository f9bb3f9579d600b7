"""The moderators' card of a reported result, with the buttons that decide on it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import discord
import structlog
from discord import ui

from bot.chat.controls import JOB_ID
from bot.chat.filling import Content
from bot.chat.layout import DONE, FAILED, card, options_line, plain_line, quoted, row
from bot.chat.panels import PanelItem, private_answer
from bot.chat.permissions import moderates
from bot.chat.replies import whisper
from bot.chat.studio import Interaction, guild_of
from bot.chat.words import buttons
from bot.chat.words import reports as words
from bot.domain.job import Job
from bot.domain.report import Case, Decision, Report
from bot.domain.review import may_decide
from bot.service.ports import Dossier

_log = structlog.get_logger(__name__)

SHOWN_REPORTS = 5

_SAID = 150  # characters of a reporter's own words


class CaseAct(StrEnum):
    """What a button of a case does."""

    KEEP = "keep"
    REMOVE = "remove"
    WARN = "warn"  # and remove
    LOOK = "look"  # shows the card to who presses it


_DECISIONS = {CaseAct.KEEP: Decision.KEPT, CaseAct.REMOVE: Decision.REMOVED, CaseAct.WARN: Decision.WARNED}


_DESTROY = (CaseAct.REMOVE, CaseAct.WARN)


def case_content(dossier: Dossier, *, closed: bool = False) -> Content:
    """The card with the pictures behind spoilers, whatever place they were in; `closed`, for a channel that everybody
    can see, it has none of them."""
    if closed:
        return Content(lambda _: closed_case_card(dossier))
    return Content(lambda names: case_card(dossier, names), dossier.pictures, veiled=True)


def case_card(dossier: Dossier, filenames: Sequence[str]) -> ui.LayoutView:
    """With those of the pictures that are attached under these names."""
    case, job = dossier.case, dossier.job
    parts: list[str | ui.Item[Any]] = [
        _heading(job),
        *([] if job.erased else [quoted(job.request.prompt)]),
        f"-# {options_line(job.request)} · {words.job(job.id)}",
    ]
    if filenames:
        parts.append(
            ui.MediaGallery(*(discord.MediaGalleryItem(f"attachment://{name}", spoiler=True) for name in filenames))
        )
    if not filenames and case.decision is None:
        parts.append(f"-# {words.no_pictures()}")
    elif len(filenames) < (job.pictures or 0) and case.decision is None:
        parts.append(f"-# {words.pictures_missing(len(filenames), job.pictures or 0)}")
    parts.append("\n".join([f"**{words.reported_by(len(case.reports))}**", *_report_lines(case)]))
    if dossier.history is not None:
        parts.append(words.history(dossier.history))
    if case.decision is None:
        acts = _DECISIONS if case.guild_id is not None else (CaseAct.KEEP, CaseAct.REMOVE)  # no guild, no warning
        decide = row(*(CaseButton(each, job.id) for each in acts))
        return card(FAILED, *parts, words.stands(case), decide)
    return card(DONE, *parts, _decided(case))


def closed_case_card(dossier: Dossier) -> ui.LayoutView:
    """For a channel that everybody can see: whose result it is, and the button that shows more to moderators."""
    case = dossier.case
    said = [_heading(dossier.job), words.moderators_see_more()]
    look = row(CaseButton(CaseAct.LOOK, case.job_id))
    if case.decision is None:
        return card(FAILED, *said, words.stands(case), look)
    return card(DONE, *said, _decided(case), look)


def _heading(job: Job) -> str:
    member = f"<@{job.member_id}>" if job.member_id else words.somebody_erased()
    channel = f"<#{job.message_channel_id or job.channel_id}>"
    return f"### {words.title()}\n{words.linked(message_url(job), member, channel)}"


def _decided(case: Case) -> str:
    at = int(case.decided_at.timestamp()) if case.decided_at else 0
    return words.decided(case, moderator_of(case), at)


def moderator_of(case: Case) -> str:
    """Who decided, as a mention."""
    return words.somebody_erased() if case.decided_by is None else f"<@{case.decided_by}>"


def message_url(job: Job) -> str:
    """Where the result is."""
    place = job.guild_id if job.guild_id is not None and job.message_channel_id is None else "@me"
    return f"https://discord.com/channels/{place}/{job.message_channel_id or job.channel_id}/{job.message_id}"


def _report_lines(case: Case) -> list[str]:
    lines = [_report_line(each) for each in case.reports[:SHOWN_REPORTS]]
    if more := len(case.reports) - SHOWN_REPORTS:
        return [*lines, words.more(more)] if more > 0 else lines
    return lines


def _report_line(report: Report) -> str:
    reporter = words.somebody_erased() if report.reporter_id is None else f"<@{report.reporter_id}>"
    line = f"- {words.report_line(reporter, words.reason(report.reason))}"
    return f"{line}\n  {plain_line(report.text, _SAID)}" if report.text else line


class CaseButton(PanelItem, template=rf"easel:case:(?P<act>{'|'.join(CaseAct)}):(?P<job_id>{JOB_ID})"):
    """A button of the card, or of the list of `/moderate reports`."""

    what = "a button of a report"

    def __init__(self, act: str, job_id: str) -> None:
        self._act, self._job_id = CaseAct(act), job_id
        labels = {
            CaseAct.KEEP: words.keep_label,
            CaseAct.REMOVE: words.remove_label,
            CaseAct.WARN: words.warn_label,
            CaseAct.LOOK: words.look_label,
        }
        style = discord.ButtonStyle.danger if self._act in _DESTROY else discord.ButtonStyle.secondary
        super().__init__(
            ui.Button(label=labels[self._act](), style=style, custom_id=f"easel:case:{self._act.value}:{job_id}")
        )

    async def act(self, interaction: Interaction) -> None:
        policy = await interaction.client.studio.preferences.policy(guild_of(interaction))
        message = interaction.message
        assert message is not None  # noqa: S101 # a button is in a message
        # What their own command has shown to them alone needs no check: Discord's settings may let others use it.
        if not (message.flags.ephemeral or moderates(interaction, policy)):
            await whisper(interaction, words.moderators_only())
        elif self._act is CaseAct.LOOK:
            await _look(interaction, self._job_id)
        else:
            await _decide(interaction, self._job_id, _DECISIONS[self._act])


async def _look(interaction: Interaction, job_id: str) -> None:
    async with private_answer(interaction) as show:
        dossier = await interaction.client.studio.cases.dossier(job_id)
        if dossier is None:
            await show(card(FAILED, buttons.no_longer_known()))
            return
        content = case_content(dossier)
        with content.files(content.batches()[0]) as files:  # what one request takes
            await show(content.view([each.filename for each in files]), files)


async def _decide(interaction: Interaction, job_id: str, decision: Decision) -> None:
    studio, message = interaction.client.studio, interaction.message
    assert message is not None  # noqa: S101 # a button is in a message
    cases, job = studio.cases, await studio.moderation.job(job_id)
    owner = interaction.guild is not None and interaction.guild.owner_id == interaction.user.id
    if job is not None and not may_decide(job.member_id, interaction.user.id, owner=owner):
        await whisper(interaction, words.your_own())
        return
    try:
        case, first = await cases.decide(job_id, decision, interaction.user.id)
    except LookupError:
        await whisper(interaction, buttons.no_longer_known())
        return
    dossier = await cases.dossier(job_id, read=False)
    if dossier is not None:
        view = case_card(dossier, [each.filename for each in message.attachments])
        await interaction.response.edit_message(view=view, attachments=message.attachments)
    if not first:
        await whisper(interaction, words.decided_before(case, moderator_of(case)))
    await cases.carry_out()
