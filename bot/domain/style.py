"""A guild's named styles: a suffix for the prompt, reference pictures, and choices for what is left open."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from bot.domain.catalog import ALPHA_FORMATS
from bot.domain.errors import BadStyleName, EmptyStyle, TransparentNeedsAlpha
from bot.domain.options import Options
from bot.domain.request import InputImage

MOST_STYLES = 100
"""In a guild."""

LONGEST_NAME = 40
LONGEST_SUFFIX = 1_000
"""Characters."""

MOST_REFERENCES = 4
_NEAR = 5


@dataclass(frozen=True, slots=True)
class Style:
    """`pictures` are kept for as long as the style is."""

    name: str
    suffix: str = ""  # joins the prompt
    pictures: tuple[InputImage, ...] = ()
    options: Options = Options()  # noqa: RUF009 # frozen

    def check(self, *, picture_count: int) -> None:
        """Raise the refusal that tells what to change, if this can't be a style with so many pictures."""
        if not 1 <= len(self.name) <= LONGEST_NAME:
            raise BadStyleName(LONGEST_NAME)
        if not (self.suffix or picture_count or self.options != Options()):
            raise EmptyStyle
        if self.options.background == "transparent" and self.options.output_format not in (None, *ALPHA_FORMATS):
            raise TransparentNeedsAlpha(self.options.output_format, ALPHA_FORMATS)


def style_name(text: str) -> str:
    """The name as it is shown: on one line, without spaces that can't be told apart."""
    return " ".join(text.split())


def same_name(one: str, other: str) -> bool:
    """Whether a guild would take them for the same style: neither case nor spaces make a difference."""
    return _folded(one) == _folded(other)


def matching(typed: str, names: Iterable[str], most: int) -> list[str]:
    """The names that what was typed so far may come to: those that begin with it first, then those that contain it."""
    wanted = _folded(typed)
    found = [name for name in names if wanted in _folded(name)]
    return sorted(found, key=lambda name: (not _folded(name).startswith(wanted), _folded(name)))[:most]


def near(typed: str, names: Iterable[str]) -> tuple[str, ...]:
    """The few names that may have been meant."""
    by_folded = {_folded(name): name for name in names}
    if contained := matching(typed, by_folded.values(), _NEAR):
        return tuple(contained)
    return tuple(by_folded[each] for each in get_close_matches(_folded(typed), by_folded, _NEAR, cutoff=0.5))


def _folded(name: str) -> str:
    return "".join(name.split()).casefold()
