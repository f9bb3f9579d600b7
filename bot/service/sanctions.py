"""Imposing sanctions, with what they bring about at once."""

from dataclasses import dataclass

import structlog

from bot.domain.sanction import Sanction, SanctionKind
from bot.service.moderation import Cancellation, Moderation
from bot.service.ports import Imposed, Sanctions, Store

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a sanction: `canceled` is how many of its member's jobs in the guild were ended."""

    imposed: Imposed
    canceled: int = 0


class Sanctioning:
    def __init__(self, sanctions: Sanctions, store: Store, moderation: Moderation) -> None:
        self._sanctions = sanctions
        self._store = store
        self._moderation = moderation

    async def impose(self, sanction: Sanction, *, reference: str, by: int) -> Outcome:
        """Impose it once for its reference. A block also ends what its member has under way in the guild; whatever
        escapes that, by a crash or by being delivered, is held back at its delivery.

        Raises `StoreUnavailable`."""
        imposed = await self._sanctions.impose(sanction, reference=reference)
        made = [each for each in (imposed.sanction, imposed.by_ladder) if each is not None]
        _log.info(
            "sanction imposed",
            guild=sanction.guild_id,
            by=by,
            kinds=[each.kind.value for each in made],
            repeated=imposed.repeated,
        )
        blocks = any(each.kind is SanctionKind.BLOCK for each in made)
        return Outcome(imposed, await self._cancel_all(sanction, by) if blocks else 0)

    async def _cancel_all(self, sanction: Sanction, by: int) -> int:
        jobs = await self._store.jobs_of(sanction.member_id, 0)
        here = [job.id for job in jobs.live if job.guild_id == sanction.guild_id]
        outcomes = [await self._moderation.cancel(each, by, moderator=True) for each in here]
        return outcomes.count(Cancellation.ACCEPTED)
