"""What a member wishes, and the request that it becomes once defaults and styles have filled in what was left open."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat.studio import Studio
from bot.domain.catalog import Model
from bot.domain.errors import StyleNeedsRoom, UnknownChoice
from bot.domain.moderation import Asker
from bot.domain.options import Options
from bot.domain.request import AppliedStyle, Attachment, ImageRequest, InputImage
from bot.domain.style import Style
from bot.service.ports import RequestContext


@dataclass(frozen=True, slots=True)
class Wish:
    """`attachments` are still to be read; `kept` are pictures that Easel keeps: the inputs of an earlier job. What was
    chosen for that, and couldn't be changed here, is `inherited`."""

    prompt: str
    options: Options = Options()  # noqa: RUF009 # frozen
    style: str | None = None  # its name
    attachments: tuple[Attachment, ...] = ()
    kept: tuple[InputImage, ...] = ()
    applied: AppliedStyle | None = None  # of an earlier job, as it was then
    variation: bool = False
    inherited: Options = Options()  # noqa: RUF009


@dataclass(frozen=True, slots=True)
class Chosen:
    """All that was chosen for a wish, with it, by its style, by its member for all wishes; and what it is made in."""

    options: Options
    model: Model
    style: Style | None = None
    context: RequestContext = RequestContext()  # noqa: RUF009 # frozen


async def choose(studio: Studio, wish: Wish, asker: Asker) -> Chosen:
    """Look up the wish's style and its member's defaults. In these, and in what is inherited, what the guild's rules
    don't allow gives way.

    Raises `UnknownChoice` for a model that isn't offered, `UnknownStyle` or `StyleOutsideGuild` for the style, and
    `StoreUnavailable`.
    """
    style = None if wish.style is None else await studio.styles.find(asker.guild_id, wish.style)
    context = await studio.gate.context(asker)
    rules = context.policy.rules_in(asker.channel_id, asker.parent_id)
    allowed = [each for each in studio.models if rules.allows_model(each.slug)]
    before = Options(model=slug) if (slug := wish.inherited.model) and rules.allows_model(slug) else Options()
    layers = (wish.inherited, style.options if style else Options(), context.defaults)
    model = chosen_model(studio, wish.options.over(before), *layers, among=allowed)
    own = Options(quality=str(model.inputs["quality"].default))  # what the model does where all is left open
    layers = tuple(rules.nearest(each.within(model), model) for each in (*layers, own))
    return Chosen(wish.options.filled(model, *layers), model, style, context)


def request_of(studio: Studio, wish: Wish, chosen: Chosen) -> ImageRequest:
    """The request that a wish comes to. Raises `StyleNeedsRoom`."""
    request = chosen.options.request(chosen.model, wish.prompt, output_compression=studio.output_compression)
    request = replace(
        request, attachments=wish.attachments, kept=wish.kept, style=wish.applied, variation=wish.variation
    )
    style = chosen.style
    if style is None:
        return request
    left = (chosen.model.inputs["input_images"].maximum or 0) - len(style.pictures)
    if style.pictures and request.picture_count > left:
        raise StyleNeedsRoom(style.name, len(style.pictures), left)
    return replace(request, kept=request.kept + style.pictures, style=AppliedStyle(style.name, style.suffix))


def chosen_model(studio: Studio, options: Options, *defaults: Options, among: Sequence[Model] = ()) -> Model:
    """The model that was chosen; else that of the first of the defaults that can do what was chosen; else the first
    that is offered. Where nobody chose one, it is `among` these, if there are any. Raises `UnknownChoice`."""
    offered = {model.slug: model for model in studio.models}
    if options.model is not None:
        if options.model not in offered:
            raise UnknownChoice("model", options.model, tuple(offered))
        return offered[options.model]
    allowed = among or studio.models
    for each in defaults:
        model = offered.get(each.model or "")
        if model is not None and model in allowed and options.within(model) == options:
            return model
    return allowed[0]
