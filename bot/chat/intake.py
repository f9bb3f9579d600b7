"""From an interaction to a job: what the interaction shows is checked, the card is the answer, the job begins."""

import asyncio
from collections.abc import Awaitable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import PurePath
from typing import Any

import discord
import structlog

from bot.chat.cards import checking_card, refusal_card, waiting_card, working_card
from bot.chat.codes import ErrorCode
from bot.chat.language import speaking
from bot.chat.permissions import asker_of, role_ids
from bot.chat.places import age_restricted, check_moderation, check_place
from bot.chat.sanction_notes import note_heard, tell_unheard
from bot.chat.studio import Interaction, Studio
from bot.chat.wishes import Wish, choose, request_of
from bot.domain.errors import (
    AwaitsReview,
    EaselError,
    MemberBlocked,
    NotAPicture,
    PictureTooHeavy,
    StoreUnavailable,
    UnsupportedPicture,
)
from bot.domain.job import Answer, Job
from bot.domain.moderation import Policy, ReviewStage
from bot.domain.request import ACCEPTED_FORMATS, Attachment, ImageRequest
from bot.service.admission import Admitted
from bot.service.gate import Passed
from bot.service.ports import AlreadyAdmitted, Terms

_log = structlog.get_logger(__name__)

ADMISSION_SECONDS = 1.5
"""How long admission may take before a card says that it is being checked. Discord waits for 3 s in all."""

CROWD = 20
"""Of so many that wait for an answer at once, whoever comes next is told at once that it is being checked, and is
admitted when all of them are answered: admissions take longer than answers."""

CROWD_SECONDS = 3.0
"""For how long an admission lets a crowd's answers go first: Discord waits no longer for them."""

LINE_SECONDS = 0.5
"""How long the answer waits for the place in line, on top of that."""

_NOT_TAKEN = {".heic": "HEIC", ".heif": "HEIF", ".avif": "AVIF"}


def attachment_of(attachment: discord.Attachment) -> Attachment:
    return Attachment(
        id=attachment.id,
        filename=attachment.filename,
        url=attachment.url,
        size=attachment.size,
        media_type=attachment.content_type,
    )


async def take(interaction: Interaction, wish: Wish) -> None:
    """Answer the interaction with a refusal that its member alone sees, or with the card of an admitted job.

    The interaction may be a command, a button or a modal: the card is a new message, and the job its user's.
    """
    studio = interaction.client.studio
    with ExitStack() as waiting:
        waiting.enter_context(studio.answering.one())
        job = await _take(interaction, wish, waiting)
    if job is not None:
        studio.wake()
        with structlog.contextvars.bound_contextvars(job=job.id):
            studio.admission.log(job)
        await tell_unheard(interaction)


async def _take(interaction: Interaction, wish: Wish, waiting: ExitStack) -> Job | None:
    """The job that was admitted; None after a refusal. Closes `waiting` once it has answered one of a crowd."""
    studio = interaction.client.studio
    deadline = asyncio.get_running_loop().time() + ADMISSION_SECONDS
    answered, ours = False, True  # so far by nobody, as far as is known
    try:
        check_place(interaction)
        check_declared(wish.attachments, studio.attachment_limit)
        choice = asyncio.ensure_future(choose(studio, wish, asker_of(interaction)))
        if not await _done(choice, deadline):
            # Whether its member wants all answers to be private isn't known, and what is public can't become private.
            ours = await _say_checking(interaction, None, private=wish.options.private is not False)
            answered = True
        chosen = await choice
        private = wish.options.private is not False if answered else bool(chosen.options.private)
        request = request_of(studio, wish, chosen)
        request.check(chosen.model, studio.models)
        check_moderation(interaction, request)
        context = chosen.context
        if not answered and studio.answering.waiting > CROWD:
            with speaking(_language(interaction, context.policy, private=private)):
                ours = await _say_checking(interaction, None, private=private)
            answered = True
            waiting.close()
            await studio.answering.none(within=CROWD_SECONDS)
        gate = asyncio.ensure_future(studio.gate.check(request, asker_of(interaction), context))
        admission = asyncio.ensure_future(_admit(interaction, request, context.terms, gate, private=private))
        if not answered and not await _done(admission, deadline):
            with speaking(_language(interaction, context.policy, private=private)):
                # Before it has passed, its words may be none that others are to see.
                shown = request if gate.done() and not gate.exception() else None
                ours = await _say_checking(interaction, shown, private=private)
            answered = True
        admitted = await admission
    except AlreadyAdmitted:
        return None  # the process that admitted it answers
    except EaselError as refusal:
        if isinstance(refusal, StoreUnavailable) and not ours:
            # The other process may have admitted it, and the pictures be in its card by now.
            _log.warning("a request that another process has answered could not be admitted here")
            return None
        studio.meter.refused(refusal)
        await _refuse(interaction, refusal, answered=answered)
        if isinstance(refusal, MemberBlocked):
            await note_heard(interaction, refusal.sanction_id)
        return None
    with speaking(admitted.job.answer.locale), structlog.contextvars.bound_contextvars(job=admitted.job.id):
        await _show(interaction, admitted, answered=answered)
    return admitted.job


def check_declared(attachments: tuple[Attachment, ...], limit: int) -> None:
    """Raise what the declared sizes, names and types already tell; the bytes have the last word later."""
    for attachment in attachments:
        if attachment.size > limit:
            raise PictureTooHeavy(attachment.filename, attachment.size, limit)
        suffix = PurePath(attachment.filename).suffix.lower()
        if suffix in _NOT_TAKEN:
            raise UnsupportedPicture(attachment.filename, _NOT_TAKEN[suffix], ACCEPTED_FORMATS)
        if attachment.media_type and not attachment.media_type.startswith("image/"):
            raise NotAPicture(attachment.filename)


async def _done(work: asyncio.Future[Any], deadline: float) -> bool:
    """Whether it is done by then, in the time of the loop."""
    await asyncio.wait({work}, timeout=deadline - asyncio.get_running_loop().time())
    return work.done()


async def _say_checking(interaction: Interaction, request: ImageRequest | None, *, private: bool) -> bool:
    """Answer, unless another process has: what stands there then says more than this. False where one has."""
    view = checking_card(request, interaction.user.id)
    try:
        await interaction.response.send_message(view=view, ephemeral=private)
    except discord.HTTPException as error:
        if error.code != ErrorCode.ALREADY_ACKNOWLEDGED:
            raise
        return False
    return True


async def _answer(
    interaction: Interaction, view: discord.ui.LayoutView, *, private: bool, answered: bool
) -> int | None:
    if not answered:
        try:
            return (await interaction.response.send_message(view=view, ephemeral=private)).message_id
        except discord.HTTPException as error:
            if error.code != ErrorCode.ALREADY_ACKNOWLEDGED:
                raise
    # It has been answered, by this process or another that was told of it, too.
    return (await interaction.edit_original_response(view=view)).id


async def _admit(
    interaction: Interaction, request: ImageRequest, terms: Terms, gate: Awaitable[Passed], *, private: bool
) -> Admitted:
    studio = interaction.client.studio
    passed = await gate
    restricted = age_restricted(interaction) is not False
    answer = Answer(
        application_id=interaction.application_id,
        token=interaction.token,
        expires_at=interaction.expires_at,
        channel_id=interaction.channel_id or 0,
        private=private,
        file_limit=interaction.filesize_limit,
        locale=_language(interaction, passed.policy, private=private),
        spoiler=passed.rules.spoiler(age_restricted=restricted),
        age_restricted=restricted,
    )
    admitted = await studio.admission.admit(
        request,
        terms,
        interaction_id=interaction.id,
        member_id=interaction.user.id,
        guild_id=interaction.guild_id,
        answer=answer,
        role_ids=role_ids(interaction),
        oversight=passed.oversight,
    )
    if ReviewStage.REQUEST not in passed.oversight.review:
        return admitted
    until = int((admitted.job.created_at + passed.policy.review_lasts).timestamp())
    return replace(admitted, waits_for=AwaitsReview(ReviewStage.REQUEST.value, until))


def _language(interaction: Interaction, policy: Policy, *, private: bool) -> str:
    """What its member reads alone is in the member's own language, what all see in the guild's, if it has set one."""
    own = interaction.locale.value
    return own if private else policy.language or own


async def _refuse(interaction: Interaction, refusal: EaselError, *, answered: bool) -> None:
    view = refusal_card(refusal, interaction.guild_id, interaction.created_at)
    if not answered:
        await interaction.response.send_message(view=view, ephemeral=True)
        return
    # What is public can't become private: the card goes, and the word follows to its member alone.
    try:
        await interaction.delete_original_response()
    except discord.NotFound:
        return  # another process was told of the interaction, too, and its word follows
    await interaction.followup.send(view=view, ephemeral=True)


async def _show(interaction: Interaction, admitted: Admitted, *, answered: bool) -> None:
    """Show the job's card and remember where it is. A failure here doesn't end the job: its pictures find their way."""
    studio, job = interaction.client.studio, admitted.job
    try:
        if admitted.waits_for is None:
            job = replace(job, told_ahead=await _ahead(studio, job))
        if admitted.waits_for is not None or job.told_ahead is not None:
            view = waiting_card(job, admitted.waits_for)
        else:
            seconds = await studio.estimates.run_seconds(job.request)
            view = working_card(job, studio.clock.now() + timedelta(seconds=seconds), await studio.estimates.cost(job))
        message_id = await _answer(interaction, view, private=job.answer.private, answered=answered)
        if message_id is not None:
            because = await studio.store.answered(job.id, message_id, told_ahead=job.told_ahead)
            if because is not None and admitted.waits_for is None:  # since the admission
                await _answer(interaction, waiting_card(job, because), private=job.answer.private, answered=True)
    except StoreUnavailable:
        _log.warning("where the card of a job is could not be noted", job=job.id)
    except (discord.HTTPException, OSError) as error:
        _log.warning("the card of a job could not be shown", job=job.id, error=repr(error))
    except Exception:  # noqa: BLE001 # the member is answered by the pictures then, not by an apology
        _log.exception("the card of a job could not be shown or noted", job=job.id)


async def _ahead(studio: Studio, job: Job) -> int | None:
    """How many requests the card says to be ahead, if that is known soon enough."""
    try:
        async with asyncio.timeout(LINE_SECONDS):
            return await studio.line.ahead(job.id)
    except (StoreUnavailable, TimeoutError):
        return None
