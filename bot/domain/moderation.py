"""A guild's rules."""

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
    time_zone: str = "UTC"  # an IANA name, by whose calendar days, weeks and months begin
    summary_channel_id: int | None = None  # where last month's summary is posted; None: nowhere

    def spoiler(self, *, age_restricted: bool) -> bool:
        """Whether pictures are veiled in a channel that is, or isn't, for adults."""
        return self.spoilers is Spoilers.ALWAYS or (self.spoilers is Spoilers.AGE_RESTRICTED and age_restricted)
