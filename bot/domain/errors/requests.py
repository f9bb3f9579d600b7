"""What was asked can't be done as asked: prompts, choices, styles, and what is judged before anything is spent."""

from dataclasses import dataclass

from bot.domain.errors.base import RequestRefused


@dataclass(unsafe_hash=True)
class PromptEmpty(RequestRefused, code="prompt_empty"):
    pass


@dataclass(unsafe_hash=True)
class PromptTooLong(RequestRefused, code="prompt_too_long"):
    length: int  # characters
    limit: int


@dataclass(unsafe_hash=True)
class UnknownChoice(RequestRefused, code="unknown_choice"):
    field: str
    value: str
    choices: tuple[str, ...]
    model: str = ""  # whose choices these are, as a slug; empty where they are no model's
    instead: tuple[str, ...] = ()  # the models on offer that can do all that was asked


@dataclass(unsafe_hash=True)
class OutOfRange(RequestRefused, code="out_of_range"):
    field: str
    value: int
    minimum: int
    maximum: int


@dataclass(unsafe_hash=True)
class TransparentNeedsAlpha(RequestRefused, code="transparent_needs_alpha"):
    """A transparent background in a format without transparency."""

    output_format: str
    instead: tuple[str, ...]  # the formats that can


@dataclass(unsafe_hash=True)
class NeedsAgeRestriction(RequestRefused, code="needs_age_restriction"):
    """Laxer moderation was asked for in a place that isn't age-restricted, or isn't known to be."""


@dataclass(unsafe_hash=True)
class TooManyPictures(RequestRefused, code="too_many_pictures"):
    count: int
    limit: int


class StyleRefused(RequestRefused):
    """What was asked of a guild's styles can't be done."""


@dataclass(unsafe_hash=True)
class UnknownStyle(StyleRefused, code="unknown_style"):
    name: str
    near: tuple[str, ...]  # names that may have been meant


@dataclass(unsafe_hash=True)
class StyleOutsideGuild(StyleRefused, code="style_outside_guild"):
    """Styles belong to guilds, and this is none."""


@dataclass(unsafe_hash=True)
class StyleNeedsRoom(StyleRefused, code="style_needs_room"):
    """The style's reference pictures and the member's own are more than the model takes."""

    name: str
    brings: int
    limit: int  # pictures that a member may add


@dataclass(unsafe_hash=True)
class BadStyleName(StyleRefused, code="bad_style_name"):
    limit: int  # characters


@dataclass(unsafe_hash=True)
class EmptyStyle(StyleRefused, code="empty_style"):
    """A style that would change nothing."""


@dataclass(unsafe_hash=True)
class TooManyStyles(StyleRefused, code="too_many_styles"):
    limit: int


@dataclass(unsafe_hash=True)
class StyleNameTaken(StyleRefused, code="style_name_taken"):
    name: str


@dataclass(unsafe_hash=True)
class ContentFlagged(RequestRefused, code="content_flagged"):
    """The moderation endpoint scores the prompt, or a picture, above what the guild allows."""

    categories: tuple[str, ...]  # as the vendor names them


@dataclass(unsafe_hash=True)
class CheckUnavailable(RequestRefused, code="check_unavailable"):
    """The moderation endpoint could not be asked, and the guild lets nothing pass unchecked."""
