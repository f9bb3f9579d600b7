"""What a member asks for, checked across its fields before anything is created or charged."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.account import OPERATOR, Billing
from bot.domain.catalog import ALPHA_FORMATS, MicroDollars, Model
from bot.domain.errors import (
    OutOfRange,
    PromptEmpty,
    PromptTooLong,
    TooManyPictures,
    TransparentNeedsAlpha,
    UnknownChoice,
)
from bot.domain.tokens import TEXT_OVERHEAD

ACCEPTED_FORMATS = ("PNG", "JPEG", "WebP", "GIF", "BMP")
"""Formats that attached pictures may have, as people write them."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a member attached, as Discord declares it: nothing in it is proven before it is read.

    `url` is signed and expires within a day or so (Discord's reference on attachments): read it at once.
    """

    id: int
    filename: str
    url: str
    size: int  # bytes, as declared
    media_type: str | None  # as declared


@dataclass(frozen=True, slots=True)
class InputImage:
    """A picture that was read, verified and cleaned, and is kept in `Blobs` under `key`."""

    key: str
    filename: str
    media_type: str
    size: int  # bytes
    width: int
    height: int
    frames: int = 1  # in the original; only the first is used


@dataclass(frozen=True, slots=True)
class AppliedStyle:
    """A guild's style as it was when it was picked: what becomes of it later changes no request."""

    name: str
    suffix: str  # joins the prompt


VARIATION = (
    "Make a variation of the given picture: the same subject, style and mood, with another composition and other "
    "details. The picture was made for this prompt:"
)
"""What the model is told ahead of the prompt. It has no variations of its own, only edits."""


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """A request for pictures; the options spell their values as the model's schema does.

    The model sees the `attachments` first, then what is `kept` already: the inputs of an earlier job, or the reference
    pictures of a style.
    """

    model: str  # slug
    prompt: str  # the member's own words
    quality: str = "auto"
    aspect_ratio: str = "1:1"
    background: str = "auto"
    count: int = 1
    output_format: str = "webp"
    moderation: str = "auto"
    output_compression: int = 90
    attachments: tuple[Attachment, ...] = ()
    kept: tuple[InputImage, ...] = ()
    style: AppliedStyle | None = None
    variation: bool = False  # of its one picture, which was made for this prompt

    @property
    def text(self) -> str:
        """The prompt as the model gets it."""
        styled = f"{self.prompt}\n{self.style.suffix}" if self.style and self.style.suffix else self.prompt
        return f"{VARIATION}\n{styled}" if self.variation else styled

    @property
    def picture_count(self) -> int:
        """How many pictures it is made from."""
        return len(self.attachments) + len(self.kept)

    def check(self, model: Model, offered: Sequence[Model] = ()) -> None:
        """Raise the `RequestRefused` that tells what to change, if the model can't do this. Where another of those that
        are offered could, it tells that, too."""
        prompt = model.inputs["prompt"]
        if not self.prompt.strip():
            raise PromptEmpty
        if prompt.max_length is not None and len(self.text) > prompt.max_length:
            raise PromptTooLong(len(self.text), prompt.max_length)
        if unknown := self._unknown_to(model):
            name, value = unknown[0]
            instead = tuple(each.slug for each in offered if not self._unknown_to(each))
            raise UnknownChoice(name, value, model.choices(name), model.slug, instead)
        for name, value in (("number_of_images", self.count), ("output_compression", self.output_compression)):
            bounds = model.inputs[name]
            minimum, maximum = bounds.minimum or 0, bounds.maximum or 0
            if not minimum <= value <= maximum:
                raise OutOfRange(name, value, minimum, maximum)
        if self.background == "transparent" and self.output_format not in ALPHA_FORMATS:
            raise TransparentNeedsAlpha(self.output_format, ALPHA_FORMATS)
        most = model.inputs["input_images"].maximum or 0
        if self.picture_count > most:
            raise TooManyPictures(self.picture_count, most)

    def _unknown_to(self, model: Model) -> list[tuple[str, str]]:
        """The inputs whose values are none of the model's choices, with these values."""
        names = ("quality", "aspect_ratio", "background", "moderation", "output_format")
        return [(name, value) for name in names if (value := getattr(self, name)) not in model.choices(name)]

    def price(self, model: Model, on: date, billing: Billing = Billing.PICTURE) -> MicroDollars:
        """The worst that this request may cost on that day (UTC), for all its pictures.

        By token: a token of text is a byte at least, and what goes in is billed for each picture that comes out.
        """
        if billing is Billing.PICTURE:
            return self.count * model.price(self.quality, on)
        return model.token_price(
            on,
            text_in=self.count * (len(self.text.encode()) + TEXT_OVERHEAD * (1 + self.picture_count)),
            pictures_in=self.count * self.picture_count * model.input_tokens,
            out=self.count * model.output_tokens[self.quality][self.aspect_ratio],
        )

    def as_input(self, *, user_id: str, image_urls: tuple[str, ...]) -> dict[str, Any]:
        """Replicate's `input` object for this request. The OpenAI key is not in it: the client adds it as it sends."""
        values: dict[str, Any] = {
            "prompt": self.text,
            "quality": self.quality,
            "aspect_ratio": self.aspect_ratio,
            "background": self.background,
            "moderation": self.moderation,
            "output_format": self.output_format,
            "output_compression": self.output_compression,
            "number_of_images": self.count,
            "user_id": user_id,
        }
        if image_urls:
            values["input_images"] = list(image_urls)
        return values


def vendor_user_id(key: bytes, member_id: int, account: str = OPERATOR) -> str:
    """The member's pseudonym towards Replicate and OpenAI: a keyed hash, stable for one key, useless without it.

    Another on each account: what two of them are sent is never the same, so that no run passes for another account's,
    even where one token lists both."""
    whom = f"member:{member_id}" if account == OPERATOR else f"member:{member_id}:{account}"
    return hmac.new(key, whom.encode(), hashlib.sha256).hexdigest()[:32]
