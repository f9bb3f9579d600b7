"""What a member wishes, before defaults and styles have filled in what was left open; and the request it becomes."""

from dataclasses import dataclass, replace

from bot.chat.studio import Studio
from bot.domain.catalog import Model
from bot.domain.errors import UnknownChoice
from bot.domain.options import Options
from bot.domain.request import AppliedStyle, Attachment, ImageRequest, InputImage


@dataclass(frozen=True, slots=True)
class Wish:
    """`attachments` are still to be read; `kept` are pictures that Easel keeps: the inputs of an earlier job."""

    prompt: str
    options: Options = Options()  # noqa: RUF009 # frozen
    style: str | None = None  # its name
    attachments: tuple[Attachment, ...] = ()
    kept: tuple[InputImage, ...] = ()
    applied: AppliedStyle | None = None  # of an earlier job, as it was then
    variation: bool = False


def request_of(studio: Studio, wish: Wish) -> ImageRequest:
    """The request that a wish comes to. Raises `UnknownChoice` for a model that isn't offered."""
    model = chosen_model(studio, wish.options)
    request = wish.options.request(model, wish.prompt, output_compression=studio.output_compression)
    return replace(request, attachments=wish.attachments, kept=wish.kept, style=wish.applied, variation=wish.variation)


def chosen_model(studio: Studio, options: Options) -> Model:
    """The model that was chosen, or the first that is offered. Raises `UnknownChoice`."""
    if options.model is None:
        return studio.models[0]
    for model in studio.models:
        if model.slug == options.model:
            return model
    raise UnknownChoice("model", options.model, tuple(each.slug for each in studio.models))
