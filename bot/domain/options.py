"""What was chosen and what was left open: in a command, in a style, in a member's defaults; one goes over the other."""

from dataclasses import dataclass, fields, replace
from typing import Any

from bot.domain.catalog import ALPHA_FORMATS, Model
from bot.domain.request import ImageRequest


@dataclass(frozen=True, slots=True)
class Options:
    """Choices of a request; None where one is left open. Values are spelled as the models' schemas do."""

    model: str | None = None  # slug
    quality: str | None = None
    aspect_ratio: str | None = None
    background: str | None = None
    count: int | None = None
    output_format: str | None = None
    moderation: str | None = None
    private: bool | None = None

    def over(self, others: "Options") -> "Options":
        """These choices, and the others' where these are open."""
        return Options(
            **{
                each.name: mine if (mine := getattr(self, each.name)) is not None else getattr(others, each.name)
                for each in fields(self)
            }
        )

    def within(self, model: Model) -> "Options":
        """Those of the choices that the model can do, the rest left open: a default must never refuse a request."""
        possible: dict[str, Any] = {
            name: value
            for name in ("quality", "aspect_ratio", "background", "output_format", "moderation")
            if (value := getattr(self, name)) in model.choices(name)
        }
        bounds = model.inputs["number_of_images"]
        if self.count is not None and (bounds.minimum or 1) <= self.count <= (bounds.maximum or 1):
            possible["count"] = self.count
        return Options(model=self.model, private=self.private, **possible)

    def beside(self, chosen: "Options") -> "Options":
        """Those of the choices that go together with what was chosen before them, the rest left open."""
        if chosen.background == "transparent" and self.output_format not in (None, *ALPHA_FORMATS):
            return replace(self, output_format=None)
        output_format = chosen.output_format or self.output_format
        if self.background == "transparent" and output_format not in (None, *ALPHA_FORMATS):
            return replace(self, background=None)
        return self

    def filled(self, model: Model, *defaults: "Options") -> "Options":
        """These choices, and where they are open the defaults', the first before the next. A default that the model
        can't do, or not together with what goes before it, gives way."""
        chosen = self
        for each in defaults:
            chosen = chosen.over(each.within(model).beside(chosen))
        return chosen

    def request(self, model: Model, prompt: str, *, output_compression: int) -> ImageRequest:
        """A request of these choices, and of the model's own defaults where they are open."""

        def chosen(name: str) -> str:
            value = getattr(self, name)
            return str(model.inputs[name].default) if value is None else value

        return ImageRequest(
            model=model.slug,
            prompt=prompt,
            quality=chosen("quality"),
            aspect_ratio=chosen("aspect_ratio"),
            background=chosen("background"),
            count=1 if self.count is None else self.count,
            output_format=chosen("output_format"),
            moderation=chosen("moderation"),
            output_compression=output_compression,
        )


def options_of(request: ImageRequest) -> Options:
    """The choices that a request was made with, all of them."""
    return Options(
        model=request.model,
        quality=request.quality,
        aspect_ratio=request.aspect_ratio,
        background=request.background,
        count=request.count,
        output_format=request.output_format,
        moderation=request.moderation,
    )
