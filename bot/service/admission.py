"""May this run? Checks a request, holds its price and queues its job."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

import structlog

from bot.domain.account import Account
from bot.domain.catalog import CATALOG
from bot.domain.errors import EaselError, StoreUnavailable
from bot.domain.job import Answer, Job, JobStatus
from bot.domain.moderation import Oversight, ReviewStage
from bot.domain.quota import Quota, UsageLimits, quota_of
from bot.domain.request import ImageRequest
from bot.service.ports import AccountRetired, AlreadyAdmitted, Budgets, Clock, CommitInDoubt, Meter, Store, Terms
from bot.service.unmetered import UNMETERED
from bot.service.zones import zone_of

_log = structlog.get_logger(__name__)

RETRY_PAUSES = (0.0, 0.25, 1.0, 3.0, 6.0)
"""Seconds before each further try of an admission whose commit is in doubt."""


@dataclass(frozen=True, slots=True)
class Admitted:
    job: Job
    waits_for: EaselError | None = None  # why its account takes no creates now, if it doesn't


@dataclass(frozen=True, slots=True)
class OperatorTerms:
    """What the operator has set: the account, each member's limits where a guild sets none, and on that account the
    limits of each guild and of all together."""

    account: Account = Account()  # noqa: RUF009 # frozen
    member: UsageLimits = UsageLimits()  # noqa: RUF009
    guild: UsageLimits = UsageLimits()  # noqa: RUF009
    deployment: UsageLimits = UsageLimits()  # noqa: RUF009

    def account_in(self, terms: Terms) -> Account:
        """The guild's own, where it has one."""
        return terms.account or self.account

    def quota(self, terms: Terms, role_ids: Collection[int], now: datetime) -> Quota:
        """What bounds a member with these roles in a guild with these terms. On a guild's own account only its own
        limits hold."""
        quota = quota_of(
            member=terms.limits.of_member(role_ids, self.member_in(terms)),
            guild=terms.limits.guild.within(self.guild_in(terms)),
            deployment=self.deployment_in(terms),
            now=now,
            zone=zone_of(terms.time_zone),
        )
        ceilings = [replace(each, role_id=terms.limits.role_behind(each, role_ids)) for each in quota.ceilings]
        return replace(quota, ceilings=tuple(ceilings))

    def member_in(self, terms: Terms) -> UsageLimits:
        """What bounds each member where the guild leaves it open."""
        return self.member if terms.account is None else UsageLimits()

    def guild_in(self, terms: Terms) -> UsageLimits:
        """What the guild's own budget can't exceed."""
        return self.guild if terms.account is None else UsageLimits()

    def deployment_in(self, terms: Terms) -> UsageLimits:
        """What bounds all that runs on the account that the guild uses, together with others."""
        return self.deployment if terms.account is None else UsageLimits()


class Admission:
    """Turns a request into a job with a hold, or into the outcome that refuses it. `key` makes interactions' ids into
    jobs' ids, in every process the same. With `log_prompts` the log shows what is asked for."""

    def __init__(
        self,
        store: Store,
        budgets: Budgets,
        operator: OperatorTerms,
        clock: Clock,
        key: bytes,
        *,
        meter: Meter = UNMETERED,
        log_prompts: bool = False,
    ) -> None:
        self._store = store
        self._budgets = budgets
        self._operator = operator
        self._clock = clock
        self._key = key
        self._meter = meter
        self._log_prompts = log_prompts

    async def admit(
        self,
        request: ImageRequest,
        terms: Terms,
        *,
        interaction_id: int,
        member_id: int,
        guild_id: int | None,
        answer: Answer,
        role_ids: Collection[int] = (),
        oversight: Oversight = Oversight(),  # noqa: B008 # frozen
    ) -> Admitted:
        """Queue the request's job and hold its worst price, in one transaction. `terms` are the guild's, read before.

        Raises a `RequestRefused` or `AdmissionRefused` of `bot.domain.errors`; then nothing is kept and nothing held.
        Only after `CommitInDoubt`, where the database stayed out of reach, may the job be there all the same and run.
        Raises `AlreadyAdmitted` where this interaction has a job: Discord tells each of a shard's sessions of it.
        """
        model = CATALOG[request.model]
        request.check(model)
        while True:
            now = self._clock.now()
            account = self._operator.account_in(terms)
            job = Job(
                id=job_id(interaction_id, self._key),
                status=JobStatus.STAGING if _staged(request, oversight) else JobStatus.QUEUED,
                account=account.name,
                billing=account.billing,
                member_id=member_id,
                guild_id=guild_id,
                request=request,
                answer=answer,
                hold=request.price(model, on=now.date(), billing=account.billing),
                oversight=oversight,
                created_at=now,
            )
            try:
                admitted = await self._admit(job, self._operator.quota(terms, role_ids, now), role_ids, now)
            except AccountRetired:  # since the terms were read
                terms = await self._budgets.terms(guild_id)
            else:
                self._meter.admitted(job)
                return admitted

    async def _admit(self, job: Job, quota: Quota, role_ids: Collection[int], now: datetime) -> Admitted:
        try:
            return Admitted(job, await self._store.admit(job, quota, now, role_ids=role_ids))
        except CommitInDoubt:
            return await self._admit_again(job, quota, role_ids, now)

    def log(self, job: Job) -> None:
        """That it was admitted, once its member has the answer. It is the only line that may show a prompt."""
        asked = {"prompt": job.request.text} if self._log_prompts else {}
        _log.info(
            "request admitted",
            job=job.id,
            model=job.request.model,
            quality=job.request.quality,
            pictures=job.request.count,
            **asked,
        )

    async def _admit_again(self, job: Job, quota: Quota, role_ids: Collection[int], now: datetime) -> Admitted:
        """Settle a commit in doubt: the same admission again waits for the first one to end, and finds its job if there
        is one."""
        for pause in RETRY_PAUSES:
            await self._clock.sleep(pause)
            try:
                return Admitted(job, await self._store.admit(job, quota, now, role_ids=role_ids))
            except AlreadyAdmitted:
                _log.info("a request was admitted though the answer to its commit got lost", job=job.id)
                return Admitted(job)
            except StoreUnavailable:
                continue  # this try changed nothing that is known, and the first one is in doubt still
        raise CommitInDoubt


def _staged(request: ImageRequest, oversight: Oversight) -> bool:
    """Whether anything comes before its place in the queue."""
    return request.picture_count > 0 or oversight.screened or ReviewStage.REQUEST in oversight.review


def job_id(interaction_id: int, key: bytes) -> str:
    """Sixteen hexadecimal digits: short enough for a `custom_id` and a nonce, too many to guess without the key."""
    return blake2b(str(interaction_id).encode(), key=key, digest_size=8).hexdigest()
