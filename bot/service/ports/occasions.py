"""What is done once for the whole deployment, by whichever process comes first."""

from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol


class Occasion(Enum):
    """How one stands."""

    OURS = auto()  # to be done now, by who asked
    OTHERS = auto()  # another is at it
    PAST = auto()  # done


class Occasions(Protocol):
    """Each under a name that is used for nothing else. Every method is one transaction.

    Any method may raise `StoreUnavailable` of `bot.domain.errors`.
    """

    async def claim(self, name: str, now: datetime, lease: timedelta) -> Occasion:
        """Take it, unless it is done or was taken within `lease`: who took it before that has died over it."""
        ...

    async def done(self, name: str) -> None: ...
