"""Variations, under a result: of its picture at once, of one in a batch after it was chosen."""

from discord import ui

from bot.chat.edit_form import PICTURES, Offered, picture_menu
from bot.chat.intake import take
from bot.chat.lookup import job_behind
from bot.chat.modals import Filled, show_modal
from bot.chat.repeats import varied
from bot.chat.replies import whisper
from bot.chat.sources import attached_pictures
from bot.chat.studio import Interaction
from bot.chat.words import buttons, forms
from bot.domain.job import Job

VARIATIONS_FORM = "variations"


async def open_variations(interaction: Interaction, job: Job) -> None:
    sources = attached_pictures(interaction.message)
    match sources:
        case []:
            await whisper(interaction, forms.no_pictures_left())
        case [only]:
            await take(interaction, varied(interaction.client.studio, job, only.attachment))
        case _:
            offered = [Offered(each.key, forms.numbered(each.number), chosen=False) for each in sources]
            menu = picture_menu(offered, least=1, most=1)
            part = ui.Label(text=forms.picture_to_vary(), component=menu)
            await show_modal(interaction, VARIATIONS_FORM, forms.variations_title(), part, subject=job.id)


async def submit_variations(interaction: Interaction, job_id: str, filled: Filled) -> None:
    studio = interaction.client.studio
    job = await job_behind(interaction, job_id)
    pictures = {each.key: each.attachment for each in attached_pictures(interaction.message)}
    picture = pictures.get(filled.one(PICTURES) or "")
    if job is None:
        await whisper(interaction, buttons.no_longer_known())
    elif picture is None:
        await whisper(interaction, forms.pictures_changed())
    else:
        await take(interaction, varied(studio, job, picture))
