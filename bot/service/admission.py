"""May this run? Checks a request, holds its price and queues its job."""

import secrets

from bot.domain.catalog import CATALOG
from bot.domain.job import Answer, Job, JobStatus
from bot.domain.quota import Quota
from bot.domain.request import ImageRequest
from bot.service.ports import Clock, Store

OPERATOR_ACCOUNT = "operator"


class Admission:
    """Turns a request into a job with a hold, or into the outcome that refuses it."""

    def __init__(self, store: Store, quota: Quota, clock: Clock) -> None:
        self._store = store
        self._quota = quota
        self._clock = clock

    async def admit(self, request: ImageRequest, *, member_id: int, guild_id: int | None, answer: Answer) -> Job:
        """Queue the request's job and hold its worst price, in one transaction.

        Raises a `RequestRefused` or `AdmissionRefused` of `bot.domain.errors`; then nothing is kept and nothing held.
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
        await self._store.admit(job, self._quota, now)
        return job


def new_job_id() -> str:
    """Sixteen hexadecimal digits: short enough for a `custom_id` and a nonce, too many to guess."""
    return secrets.token_hex(8)
