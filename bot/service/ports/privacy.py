"""What is kept about one member, as a port: shown, handed out, and erased at the member's own wish."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.domain.job import Job


@dataclass(frozen=True, slots=True)
class Held:
    """How much is kept about a member, in numbers of records."""

    requests: int = 0  # whose words are still there
    under_way: int = 0  # of these
    oldest: datetime | None = None  # of these, when it was asked for
    entries: int = 0  # of the ledger
    defaults: bool = False
    grants: int = 0
    sanctions: int = 0
    reports: int = 0  # made by the member
    appeals: int = 0
    decisions: int = 0  # about the member, in guilds' trails


@dataclass(frozen=True, slots=True)
class Erasure:
    """What became of a member's records."""

    requests: int = 0  # whose words are gone
    under_way: int = 0  # canceled, or too far to be; their words go as they end
    traced_until: datetime | None = (
        None  # what a keyed hash is kept for is over then at the latest; None: there is none
    )
    sanctioned: bool = False  # which may keep the hash for longer, or for good


class PersonalData(Protocol):
    """People are told by their Discord ids. Every method but `requests` is one transaction.

    Any method may raise `StoreUnavailable` of `bot.domain.errors`; after all but its `CommitInDoubt` nothing was done.
    """

    async def held(self, member_id: int, now: datetime) -> Held: ...

    def requests(self, member_id: int) -> AsyncIterator[Job]:
        """The member's own whose words are still there, oldest first. It reads on as it is iterated."""
        ...

    async def record(self, member_id: int) -> Mapping[str, Any]:
        """All else that is kept about the member, as JSON values under the names of its kinds. Nobody else is named in
        it, and no token is."""
        ...

    async def erase(self, member_id: int, now: datetime) -> Erasure:
        """Forget who the member is, with all their words.

        What they used and what moderators decided stays, of nobody; for as long as it counts, a keyed hash tells
        whether who comes back is the same. Jobs that haven't ended are canceled where that is still possible, and
        erased as they end. Whoever is unknown stays so. Kept pictures are `Erasures.unneeded` from then on."""
        ...
