"""A guild's rules for what is shown in it."""

from dataclasses import dataclass
from enum import StrEnum


class Spoilers(StrEnum):
    """Which pictures are veiled until they are clicked."""

    NEVER = "never"
    AGE_RESTRICTED = "age_restricted"  # those in channels for adults
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds in a guild; the defaults hold where nobody has chosen."""

    spoilers: Spoilers = Spoilers.AGE_RESTRICTED

    def spoiler(self, *, age_restricted: bool) -> bool:
        """Whether pictures are veiled in a channel that is, or isn't, for adults."""
        return self.spoilers is Spoilers.ALWAYS or (self.spoilers is Spoilers.AGE_RESTRICTED and age_restricted)
