"""Edit, under a result or a failure: the form, prefilled from its job, and the new job that comes of it."""

from collections.abc import Mapping

from bot.chat.edit_form import Offered, edit_parts, edited_from
from bot.chat.intake import take
from bot.chat.lookup import job_behind
from bot.chat.modals import LONGEST_TEXT, Filled, show_modal
from bot.chat.repeats import edited
from bot.chat.replies import whisper
from bot.chat.sources import attached_pictures
from bot.chat.studio import Interaction
from bot.chat.wishes import chosen_model
from bot.chat.words import buttons, forms
from bot.domain.job import Job
from bot.domain.options import options_of
from bot.domain.request import Attachment, InputImage

EDIT_FORM = "edit"


async def open_edit(interaction: Interaction, job: Job) -> None:
    studio = interaction.client.studio
    if len(job.request.prompt) > LONGEST_TEXT:
        await whisper(interaction, forms.prompt_too_long_for_form(len(job.request.prompt)))
        return
    options = options_of(job.request)
    parts = edit_parts(
        [chosen_model(studio, options)],
        studio.clock.now().date(),
        _offered(interaction, job),
        billing=studio.operator.account.billing,
        prompt=job.request.prompt,
        chosen=options,
    )
    await show_modal(interaction, EDIT_FORM, forms.edit_title(), *parts, subject=job.id)


async def submit_edit(interaction: Interaction, job_id: str, filled: Filled) -> None:
    studio = interaction.client.studio
    job = await job_behind(interaction, job_id)
    if job is None:
        await whisper(interaction, buttons.no_longer_known())
        return
    form = edited_from(filled)
    pictures = _pictures(interaction, job)
    if not pictures.keys() >= set(form.pictures):
        await whisper(interaction, forms.pictures_changed())
        return
    chosen = [pictures[each] for each in form.pictures]
    wish = edited(
        studio,
        job,
        form.prompt,
        attachments=[*(each for each in chosen if isinstance(each, Attachment)), *form.more],
        kept=[each for each in chosen if isinstance(each, InputImage)],
        changes=form.options,
    )
    await take(interaction, wish)


def _offered(interaction: Interaction, job: Job) -> list[Offered]:
    """The pictures of the message, the first of them chosen; where it has none, those that the job was made from."""
    sources = attached_pictures(interaction.message)
    if sources:
        return [Offered(each.key, forms.numbered(each.number), chosen=place == 0) for place, each in enumerate(sources)]
    return [Offered(key, image.filename[:100], chosen=True) for key, image in _inputs(job).items()]


def _pictures(interaction: Interaction, job: Job) -> Mapping[str, Attachment | InputImage]:
    """What may be chosen, by its key. Its message comes with a modal's submit, with addresses that are fresh."""
    sources = attached_pictures(interaction.message)
    return {each.key: each.attachment for each in sources} if sources else _inputs(job)


def _inputs(job: Job) -> dict[str, InputImage]:
    return {f"input-{place}": image for place, image in enumerate(job.inputs, start=1)}
