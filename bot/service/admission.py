"""May this run? Checks a request, holds its price and queues its job."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import structlog

from bot.domain.catalog import CATALOG
from bot.domain.errors import EaselError, StoreUnavailable
from bot.domain.job import Answer, Job, JobStatus
from bot.domain.quota import Quota
from bot.domain.request import ImageRequest
from bot.service.ports import AlreadyAdmitted, Clock, CommitInDoubt, Store

_log = structlog.get_logger(__name__)

OPERATOR_ACCOUNT = "operator"

RETRY_PAUSES = (0.0, 0.25, 1.0, 3.0, 6.0)
"""Seconds before each further try of an admission whose commit is in doubt."""


@dataclass(frozen=True, slots=True)
class Admitted:
    job: Job
    waits_for: EaselError | None = None  # why its account takes no creates now, if it doesn't


class Admission:
    """Turns a request into a job with a hold, or into the outcome that refuses it. `key` makes interactions' ids into
    jobs' ids, in every process the same."""

    def __init__(self, store: Store, quota: Quota, clock: Clock, key: bytes) -> None:
        self._store = store
        self._quota = quota
        self._clock = clock
        self._key = key

    async def admit(
        self, request: ImageRequest, *, interaction_id: int, member_id: int, guild_id: int | None, answer: Answer
    ) -> Admitted:
        """Queue the request's job and hold its worst price, in one transaction.

        Raises a `RequestRefused` or `AdmissionRefused` of `bot.domain.errors`; then nothing is kept and nothing held.
        Only after `CommitInDoubt`, where the database stayed out of reach, may the job be there all the same and run.
        Raises `AlreadyAdmitted` where this interaction has a job: Discord tells each of a shard's sessions of it.
        """
        model = CATALOG[request.model]
        request.check(model)
        now = self._clock.now()
        job = Job(
            id=job_id(interaction_id, self._key),
            status=JobStatus.STAGING if request.picture_count else JobStatus.QUEUED,
            account=OPERATOR_ACCOUNT,
            member_id=member_id,
            guild_id=guild_id,
            request=request,
            answer=answer,
            hold=request.price(model, on=now.date()),
            created_at=now,
        )
        try:
            return Admitted(job, await self._store.admit(job, self._quota, now))
        except CommitInDoubt:
            return await self._admit_again(job, now)

    async def _admit_again(self, job: Job, now: datetime) -> Admitted:
        """Settle a commit in doubt: the same admission again waits for the first one to end, and finds its job if there
        is one."""
        for pause in RETRY_PAUSES:
            await self._clock.sleep(pause)
            try:
                return Admitted(job, await self._store.admit(job, self._quota, now))
            except AlreadyAdmitted:
                _log.info("a request was admitted though the answer to its commit got lost", job=job.id)
                return Admitted(job)
            except StoreUnavailable:
                continue  # this try changed nothing that is known, and the first one is in doubt still
        raise CommitInDoubt


def job_id(interaction_id: int, key: bytes) -> str:
    """Sixteen hexadecimal digits: short enough for a `custom_id` and a nonce, too many to guess without the key."""
    return blake2b(str(interaction_id).encode(), key=key, digest_size=8).hexdigest()
