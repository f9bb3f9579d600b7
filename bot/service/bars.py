"""What has come to stand between a member and their pictures since they asked."""

import asyncio

from bot.domain.errors import MemberBarred
from bot.domain.job import Job
from bot.domain.sanction import block_among
from bot.service.ports import Clock, Membership, Sanctions


class Bars:
    def __init__(self, sanctions: Sanctions, membership: Membership, clock: Clock) -> None:
        self._sanctions = sanctions
        self._membership = membership
        self._clock = clock

    async def check(self, job: Job) -> MemberBarred | None:
        """Why its member isn't shown the job's pictures now, if that is so. Raises `StoreUnavailable`."""
        if job.guild_id is None:
            return None
        now = self._clock.now()
        in_force, timed_out_until = await asyncio.gather(
            self._sanctions.in_force(job.member_id, job.guild_id, now),
            self._membership.timed_out_until(job.guild_id, job.member_id),
        )
        if block := block_among(in_force):
            return MemberBarred(blocked=True, until=None if block.ends_at is None else int(block.ends_at.timestamp()))
        if timed_out_until is not None and timed_out_until > now:
            return MemberBarred(blocked=False, until=int(timed_out_until.timestamp()))
        return None
