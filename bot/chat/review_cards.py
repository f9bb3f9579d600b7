"""The reviewers' cards: what is to be decided on, what was decided, and the buttons that decide."""

from collections.abc import Sequence
from typing import Any

import discord
import structlog
from discord import ui

from bot.chat.controls import JOB_ID
from bot.chat.details import LONGEST_SHOWN, PROMPT_FILE
from bot.chat.filling import Content, check_sizes, fill
from bot.chat.language import speaking
from bot.chat.layout import DONE, FAILED, WORKING, card, options_line, quoted, row
from bot.chat.lookup import in_time
from bot.chat.modals import Filled, show_modal
from bot.chat.panels import PanelItem
from bot.chat.permissions import moderates
from bot.chat.replies import whisper
from bot.chat.reports import language_of
from bot.chat.studio import Interaction
from bot.chat.words import reviews as words
from bot.domain.job import Job
from bot.domain.moderation import ReviewStage
from bot.domain.review import Decision, ReviewRecord, may_decide
from bot.service.ports import OutputPicture, Undeliverable

_log = structlog.get_logger(__name__)

REJECT_FORM = "review-reject"
REASON = "reason"

MOST_FILES = 10
"""Discord's limit for a message."""

_COLOURS = {Decision.APPROVED: DONE, None: WORKING}


def review_content(review: ReviewRecord, job: Job, pictures: Sequence[OutputPicture]) -> Content:
    """All that a reviewer needs to see: the prompt whole, and the pictures veiled."""
    prompt = job.request.prompt
    files = [OutputPicture(0, PROMPT_FILE, prompt.encode())] if len(prompt) > LONGEST_SHOWN else []
    room = MOST_FILES - len(files)
    left_out = max(len(pictures) - room, 0)
    return Content(
        lambda names: _review_card(review, job, names, left_out=left_out), [*files, *pictures[:room]], veiled=True
    )


def closed_review_card(review: ReviewRecord, job: Job) -> ui.LayoutView:
    """For a channel that everybody can see: who asks, and the button that shows what."""
    return card(
        WORKING,
        _heading(review, job),
        words.hidden(),
        f"-# {words.lapses(review.expires_at)}",
        row(ReviewButton("look", review.stage, job.id)),
    )


def decided_card(review: ReviewRecord, job: Job) -> ui.LayoutView:
    """What became of it. What a member has asked for in private is not repeated."""
    prompt = [] if job.answer.private else [quoted(job.request.prompt)]
    return card(_COLOURS.get(review.decision, FAILED), _heading(review, job), *prompt, words.decided(review))


def _review_card(review: ReviewRecord, job: Job, names: Sequence[str], *, left_out: int) -> ui.LayoutView:
    stage = review.stage
    parts: list[str | ui.Item[Any]] = [_heading(review, job), _prompt(job), f"-# {options_line(job.request)}"]
    parts += [ui.File[Any](f"attachment://{name}", spoiler=True) for name in names if name.endswith(".txt")]
    shown = [name for name in names if not name.endswith(".txt")]
    if shown:
        parts.append(
            ui.MediaGallery[Any](*(discord.MediaGalleryItem(f"attachment://{name}", spoiler=True) for name in shown))
        )
    if left_out:
        parts.append(f"-# {words.more_pictures(left_out)}")
    price = job.hold if job.cost is None else job.cost
    parts += [words.money(stage, price), f"-# {words.lapses(review.expires_at)}"]
    return card(WORKING, *parts, row(*(ReviewButton(verb, stage, job.id) for verb in ("approve", "trust", "reject"))))


def _heading(review: ReviewRecord, job: Job) -> str:
    who = words.asked(f"<@{job.member_id}>", f"<#{job.channel_id}>", private=job.answer.private)
    return f"### {words.title(review.stage)}\n{who}"


def _prompt(job: Job) -> str:
    lines = quoted(job.request.prompt, LONGEST_SHOWN)
    if not job.answer.private:
        return lines
    return "\n".join(f"> ||{line.removeprefix('> ')}||" for line in lines.splitlines())


# ------------------------------------------------------------------------------------------------ the buttons

_STYLES = {"approve": discord.ButtonStyle.success, "reject": discord.ButtonStyle.danger}


class ReviewButton(
    PanelItem, template=rf"easel:review:(?P<verb>approve|trust|reject|look):(?P<stage>[a-z]+):(?P<job_id>{JOB_ID})"
):
    """Decides on a review, or shows to its presser alone what there is to decide on."""

    what = "a button of a review"

    def __init__(self, verb: str, stage: str, job_id: str) -> None:
        super().__init__(
            ui.Button(
                label=words.button(verb),
                style=_STYLES.get(verb, discord.ButtonStyle.secondary),
                custom_id=f"easel:review:{verb}:{stage}:{job_id}",
            )
        )
        self.verb, self.stage, self.job_id = verb, ReviewStage(stage), job_id

    async def act(self, interaction: Interaction) -> None:
        found = await _review_behind(interaction, self.stage, self.job_id)
        if found is None:
            return
        review, job = found
        if self.verb == "look":
            await _look(interaction, review, job)
        elif review.decision is not None:
            await interaction.response.defer()
            await _show_decision(interaction, review, job, ours=False)
        elif self.verb == "reject":
            await show_modal(
                interaction, REJECT_FORM, words.reject_title(), _reason(), subject=f"{self.stage.value}:{self.job_id}"
            )
        else:
            await interaction.response.defer()
            ours = await interaction.client.studio.reviews.approve(
                self.job_id, self.stage, interaction.user.id, trust=self.verb == "trust"
            )
            await _show_decision(interaction, review, job, ours=ours)


async def submit_reject(interaction: Interaction, subject: str, filled: Filled) -> None:
    stage, _, job_id = subject.partition(":")
    found = await _review_behind(interaction, ReviewStage(stage), job_id)
    if found is None:
        return
    review, job = found
    await interaction.response.defer()
    reason = (filled.one(REASON) or "").strip()
    ours = await interaction.client.studio.reviews.reject(job_id, review.stage, interaction.user.id, reason)
    await _show_decision(interaction, review, job, ours=ours)


def _reason() -> ui.Label[Any]:
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=REASON, style=discord.TextStyle.paragraph, max_length=words.LONGEST_REASON
    )
    return ui.Label(text=words.reason_label(), description=words.reason_hint(), component=field)


async def _review_behind(interaction: Interaction, stage: ReviewStage, job_id: str) -> tuple[ReviewRecord, Job] | None:
    """The review, if this person may decide on it; else they are told why not."""
    studio = interaction.client.studio
    found = await in_time(studio.reviews.review(job_id, stage))
    if found is None or found[0].guild_id != interaction.guild_id:
        await whisper(interaction, words.unknown())
        return None
    policy = await in_time(studio.preferences.policy(found[0].guild_id))
    if not moderates(interaction, policy):
        await whisper(interaction, words.not_a_reviewer())
        return None
    owner = interaction.guild is not None and interaction.guild.owner_id == interaction.user.id
    if not may_decide(found[1].member_id, interaction.user.id, owner=owner):
        await whisper(interaction, words.your_own())
        return None
    return found


async def _look(interaction: Interaction, review: ReviewRecord, job: Job) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    if review.decision is not None:
        await interaction.edit_original_response(view=decided_card(review, job))
        return

    async def send(pictures: Sequence[OutputPicture]) -> discord.Message:
        content = review_content(review, job, pictures)
        check_sizes(content, interaction.filesize_limit)
        return await fill(interaction.edit_original_response, content)

    try:
        await interaction.client.studio.reviewing.show(review, job, send)
    except (Undeliverable, discord.HTTPException) as error:
        _log.warning("the pictures of a review could not be shown", job=job.id, error=repr(error.__cause__ or error))
        await whisper(interaction, words.not_shown())


async def _show_decision(interaction: Interaction, review: ReviewRecord, job: Job, *, ours: bool) -> None:
    """Put what was decided, by whoever it was, in the place of the card that was pressed."""
    reviews = interaction.client.studio.reviews
    review, job = await reviews.review(review.job_id, review.stage) or (review, job)
    on_card = interaction.message is not None and interaction.message.id == review.message_id
    if on_card and review.channel_id is not None:
        with speaking(await language_of(interaction.client, review.channel_id)):
            view = decided_card(review, job)
    else:
        view = decided_card(review, job)
    await interaction.edit_original_response(view=view, attachments=[])
    if on_card:
        await reviews.closed(review)
    else:
        reviews.tend()
    if not ours:
        await whisper(interaction, words.decided_before(review))
