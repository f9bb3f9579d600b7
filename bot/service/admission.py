"""May this run? Checks a request, holds its price and queues its job."""

import secrets

import structlog

from bot.domain.catalog import CATALOG
from bot.domain.errors import StoreUnavailable
from bot.domain.job import Answer, Job, JobStatus
from bot.domain.quota import Quota
from bot.domain.request import ImageRequest
from bot.service.ports import Clock, CommitInDoubt, Store

_log = structlog.get_logger(__name__)

OPERATOR_ACCOUNT = "operator"

LOOKUP_PAUSES = (0.0, 0.25, 1.0, 3.0, 6.0)
"""Seconds before each look at whether a job was admitted whose admission got no answer."""

ENOUGH_ABSENCES = 2
"""That many looks without finding it prove that it wasn't: a commit that is under way takes no time to show."""


class Admission:
    """Turns a request into a job with a hold, or into the outcome that refuses it."""

    def __init__(self, store: Store, quota: Quota, clock: Clock) -> None:
        self._store = store
        self._quota = quota
        self._clock = clock

    async def admit(self, request: ImageRequest, *, member_id: int, guild_id: int | None, answer: Answer) -> Job:
        """Queue the request's job and hold its worst price, in one transaction.

        Raises a `RequestRefused` or `AdmissionRefused` of `bot.domain.errors`; then nothing is kept and nothing held.
        Only after `CommitInDoubt`, where the database stayed out of reach, may the job be there all the same and run.
        """
        model = CATALOG[request.model]
        request.check(model)
        now = self._clock.now()
        job = Job(
            id=new_job_id(),
            status=JobStatus.STAGING if request.attachments else JobStatus.QUEUED,
            account=OPERATOR_ACCOUNT,
            member_id=member_id,
            guild_id=guild_id,
            request=request,
            answer=answer,
            hold=request.price(model, on=now.date()),
            created_at=now,
        )
        try:
            await self._store.admit(job, self._quota, now)
        except CommitInDoubt:
            await self._confirm(job.id)
        return job

    async def _confirm(self, job_id: str) -> None:
        """Return where the job was admitted and only the answer got lost. Raises `StoreUnavailable` where it was not,
        `CommitInDoubt` where that can't be learned."""
        absences = 0
        for pause in LOOKUP_PAUSES:
            await self._clock.sleep(pause)
            try:
                if await self._store.job(job_id) is not None:
                    _log.info("a request was admitted though the answer to its commit got lost", job=job_id)
                    return
            except StoreUnavailable:
                continue
            absences += 1
            if absences == ENOUGH_ABSENCES:
                raise StoreUnavailable
        raise CommitInDoubt


def new_job_id() -> str:
    """Sixteen hexadecimal digits: short enough for a `custom_id` and a nonce, too many to guess."""
    return secrets.token_hex(8)
