"""The jobs table and the ledger: `Store` of `bot.service.ports` over SQL."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Select, bindparam, exists, not_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.account import OPERATOR
from bot.domain.catalog import MicroDollars
from bot.domain.errors import EaselError, StoreUnavailable
from bot.domain.job import TRANSITIONS, Job, JobStatus
from bot.domain.quota import Quota, decide
from bot.domain.sanction import block_among, blocked
from bot.domain.trail import Action, TrailEntry
from bot.service.ports import (
    AccountRetired,
    AlreadyAdmitted,
    MemberJobs,
    PredictionTaken,
    Sample,
    Stray,
    Usage,
    UsageReport,
)
from bot.storage import ledger
from bot.storage.cipher import Cipher
from bot.storage.engine import Channel, Database, Turn
from bot.storage.keys import IN_USE
from bot.storage.people import person, person_and_selves
from bot.storage.queue import CANCELABLE
from bot.storage.records import columns_of, fields_of, job_of
from bot.storage.rows import JOBS, LIVE, job_in, latest_jobs, select_jobs, step
from bot.storage.schema import KEY_CHECK, connect, verify
from bot.storage.standing import standing
from bot.storage.strip import KEPT, strip_jobs
from bot.storage.tables import accounts, credentials, deliveries, deployment, jobs, occasions, people, strays, turns
from bot.storage.trail import enter
from bot.storage.troubles import explain

_log = structlog.get_logger(__name__)

_KEEP_DELIVERIES = timedelta(days=1)  # a signature is good for minutes, so no id comes again later
_KEEP_TURNS = timedelta(hours=2)  # longer than anyone waits for one
_KEEP_OCCASIONS = timedelta(days=100)  # none comes again after a month

_closed_for = select(accounts.c.closed_for).where(accounts.c.name == jobs.c.account).scalar_subquery()
_BEFORE_ADMISSION = select(
    exists().where(jobs.c.id == bindparam("job")).label("admitted"),
    exists().where(credentials.c.account == bindparam("account"), IN_USE).label("in_use"),
    select(accounts.c.closed_for).where(accounts.c.name == bindparam("account")).scalar_subquery().label("closed_for"),
)
_INSERT_JOB = jobs.insert()
_ANSWERED = update(jobs).where(jobs.c.id == bindparam("job")).returning(jobs.c.status, _closed_for.label("closed_for"))
_JOB = JOBS.where(jobs.c.id == bindparam("of"))
_JOB_OF_PREDICTION = JOBS.where(jobs.c.prediction_id == bindparam("of"))
_ACCOUNT_OF = select(jobs.c.account).where(jobs.c.id == bindparam("job"))
_IS_CLOSED = (accounts.c.name == bindparam("account"), accounts.c.closed_until.is_not(None))
_CLOSED = select(accounts.c.name).where(*_IS_CLOSED)

_CHANGEABLE = frozenset(
    {
        "message_id",
        "message_channel_id",
        "answer",
        "cost",
        "inputs",
        "submission",
        "submitted_at",
        "prediction_id",
        "prediction",
        "failure",
        "run_seconds",
        "doubtful",
        "kept_until",
        "approved_at",
        "cleared_at",
        "owner",
    }
)


async def open_store(url: str, cipher: Cipher) -> "SqlStore":
    """The store of a migrated database.

    Raises `UnsupportedDatabase`, `NotMigrated`, `SchemaTooNew`, `WrongSecretKey`, or `StoreUnavailable` of
    `bot.domain.errors`.
    """
    database = connect(url, cipher)
    try:
        await verify(database)
    except BaseException:
        await database.close()
        raise
    return SqlStore(database)


class SqlStore:
    """A caller that is canceled finds its transaction done whole or not at all; only a look at the job tells which."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def database(self) -> Database:
        """What the store is in; whatever shares it is closed with the store."""
        return self._database

    async def close(self) -> None:
        """Close every connection, once all calls have returned."""
        await self._database.close()

    async def check(self) -> str | None:
        """Whether anything can be written now: None, or words for the operator that say why not."""
        if self._database.damage is not None:
            return self._database.damage
        try:
            async with self._database.write(brief=True) as connection:
                await connection.execute(
                    update(deployment).where(deployment.c.name == KEY_CHECK).values(name=deployment.c.name)
                )
        except StoreUnavailable as error:
            return explain(error)
        return None

    async def admit(
        self, job: Job, quota: Quota, now: datetime, *, role_ids: Collection[int] = ()
    ) -> EaselError | None:
        async with self._database.write(brief=True, turn=Turn.ADMISSION) as connection:
            found = (await connection.execute(_BEFORE_ADMISSION, {"job": job.id, "account": job.account})).one()
            if found.admitted:
                raise AlreadyAdmitted
            if job.account != OPERATOR and not found.in_use:
                raise AccountRetired
            person_id, person_ids = await person_and_selves(self._database, connection, job.member_id)
            stands = await standing(
                connection,
                person_ids,
                job.guild_id,
                quota,
                now,
                account=job.account,
                role_ids=role_ids,
            )
            if block := block_among(stands.sanctions):
                raise blocked(block)
            decision = decide(
                stands.quota,
                pictures=job.request.count,
                price=job.hold,
                sums=stands.sums,
                grants=stands.grants,
                last_request=stands.last_request,
                now=now,
            )
            if decision.refusal is not None:
                raise decision.refusal
            row = {"person_id": person_id} | columns_of(fields_of(job))
            await connection.execute(_INSERT_JOB, row)
            if decision.grant_id is not None:
                await ledger.enter_grant(self._database, connection, decision.grant_id, person_id, now)
            await ledger.hold(self._database, connection, row, decision.grant_id)
            await self._database.notify(connection, Channel.JOBS)
            return found.closed_for

    async def answered(self, job_id: str, message_id: int, *, told_ahead: int | None = None) -> EaselError | None:
        async with self._database.write(brief=True) as connection:
            told = {"job": job_id, "message_id": message_id, "told_ahead": told_ahead}
            job = (await connection.execute(_ANSWERED, told)).first()
            if job is None or job.status not in (JobStatus.STAGING, JobStatus.QUEUED):
                return None
            return job.closed_for

    async def job(self, job_id: str) -> Job | None:
        return await self._one(_JOB, job_id)

    async def account_of(self, job_id: str) -> str | None:
        found = await self._database.look(_ACCOUNT_OF, {"job": job_id})
        return found[0]["account"] if found else None

    async def job_of_prediction(self, prediction_id: str) -> Job | None:
        return await self._one(_JOB_OF_PREDICTION, prediction_id)

    async def cancel(self, job_id: str, person_id: int, now: datetime) -> bool:
        async with self._database.write(brief=True) as connection:
            asked_by = await person(self._database, connection, person_id)
            cancelable = (jobs.c.id == job_id, jobs.c.cancel_at.is_(None), jobs.c.status.in_(CANCELABLE))
            asked = await connection.execute(
                update(jobs)
                .where(*cancelable)
                .values(cancel_at=now, cancel_by=asked_by)
                .returning(jobs.c.person_id, jobs.c.guild_id)
            )
            row = asked.first()
            if row is None:
                return False
            if row.guild_id is not None and row.person_id != asked_by:
                member = await connection.scalar(select(people.c.discord_id).where(people.c.id == row.person_id))
                entry = TrailEntry(row.guild_id, Action.CANCEL, person_id, now, member, job_id)
                await enter(self._database, connection, entry)
            await self._database.notify(connection, Channel.JOBS)
            return True

    async def advance(self, job: Job, to: JobStatus, **changes: Any) -> Job:
        """Also raises `ValueError` for a step that no job may take or that `settle` takes, and `TypeError` for a field
        that no step changes."""
        if to.ended or (to != job.status and to not in TRANSITIONS[job.status]):
            raise ValueError(f"no step of advance: {job.status} to {to}")
        if unknown := changes.keys() - _CHANGEABLE:
            raise TypeError(f"no step changes {', '.join(sorted(unknown))}")
        columns = {"status": to} | columns_of(changes)
        if "owner" in changes:
            columns["claimed_at"] = None
        async with self._database.write(brief=True) as connection:
            try:
                stepped = job_of(await step(connection, job, columns), job.member_id)
            except IntegrityError:
                if changes.get("prediction_id") is None:
                    raise
                raise PredictionTaken from None
            if to is JobStatus.RUNNING and job.status is JobStatus.SUBMITTING:
                await self._open_account(connection, job.account)
            if stepped.owner is None:
                await self._database.notify(connection, Channel.JOBS)
            return stepped

    async def settle(
        self, job: Job, to: JobStatus, now: datetime, *, captured: MicroDollars | None, pictures: int
    ) -> Job:
        """Also raises `ValueError` for a status that doesn't end the job from where it stands."""
        if not to.ended or to not in TRANSITIONS[job.status]:
            raise ValueError(f"no end of a job: {job.status} to {to}")
        end = {"status": to, "finished_at": now, "cost": captured or 0, "pictures": pictures}
        async with self._database.write(brief=True) as connection:
            row = await step(connection, job, end | {"owner": None, "claimed_at": None})
            end_hold = ledger.release if captured is None else ledger.capture
            await end_hold(self._database, connection, row)
            if row["erased_at"] is not None:
                await strip_jobs(connection, now, jobs.c.id == job.id)
            return job_of(row, job.member_id)

    async def received(self, webhook_id: str, now: datetime) -> bool:
        async with self._database.write(brief=True) as connection:
            insert = self._database.insert_or_ignore(deliveries)
            inserted = await connection.execute(insert, {"webhook_id": webhook_id, "received_at": now})
            return inserted.rowcount == 1

    async def samples(self, model: str, quality: str, count: int, limit: int) -> Sequence[Sample]:
        async with self._database.read(brief=True) as connection:
            rows = await connection.execute(
                select(jobs.c.run_seconds, jobs.c.cost, jobs.c.billing)
                .where(jobs.c.model == model, jobs.c.quality == quality, jobs.c.count == count)
                .where(jobs.c.status == JobStatus.SUCCEEDED, jobs.c.run_seconds.is_not(None))
                .order_by(jobs.c.finished_at.desc())
                .limit(limit)
            )
            return [Sample(*row) for row in rows]

    async def jobs_of(self, member_id: int, ended: int) -> MemberJobs:
        async with self._database.read() as connection:
            own = jobs.c.person_id == select(people.c.id).where(people.c.discord_id == member_id).scalar_subquery()
            live = await select_jobs(connection, LIVE, own)
            return MemberJobs(tuple(live), tuple(await latest_jobs(connection, ended, not_(LIVE), KEPT, own)))

    async def usage(self, member_id: int, now: datetime, last: int) -> UsageReport:
        """Holds of jobs that haven't ended count in full, as they do against the quota; released ones don't count."""
        async with self._database.read() as connection:
            person_id = await connection.scalar(select(people.c.id).where(people.c.discord_id == member_id))
            if person_id is None:
                return UsageReport(Usage(), Usage(), {}, ())
            today, by_quality = await ledger.used(connection, person_id, now)
            latest = await latest_jobs(connection, last, jobs.c.person_id == person_id, KEPT)
            return UsageReport(today, Usage.total(by_quality.values()), by_quality, tuple(latest))

    async def recall(self, key: str) -> str | None:
        async with self._database.read(brief=True) as connection:
            return await connection.scalar(select(deployment.c.value).where(deployment.c.name == key))

    async def remember(self, key: str, value: str) -> None:
        async with self._database.write(brief=True) as connection:
            await connection.execute(self._database.insert_or_replace(deployment).values(name=key, value=value))

    async def revise(self, key: str, change: Callable[[str | None], str | None]) -> None:
        async with self._database.write() as connection:
            await self._database.take_turn(connection, Turn.FACT)
            kept = await connection.scalar(select(deployment.c.value).where(deployment.c.name == key))
            if (value := change(kept)) is not None:
                await connection.execute(self._database.insert_or_replace(deployment).values(name=key, value=value))

    async def forget_before(self, now: datetime) -> None:
        async with self._database.write() as connection:
            await self._database.take_turn(connection, Turn.CLAIM)  # claims change turns, in an order of their own
            await connection.execute(deliveries.delete().where(deliveries.c.received_at < now - _KEEP_DELIVERIES))
            await connection.execute(turns.delete().where(turns.c.served_at < now - _KEEP_TURNS))
            await connection.execute(occasions.delete().where(occasions.c.claimed_at < now - _KEEP_OCCASIONS))

    async def doubtful(self, since: datetime) -> Sequence[Job]:
        async with self._database.read() as connection:
            doubtful = await select_jobs(connection, jobs.c.doubtful, jobs.c.created_at >= since)
            submitting = await select_jobs(connection, LIVE, jobs.c.status == JobStatus.SUBMITTING)
            return doubtful + [job for job in submitting if not job.doubtful]

    async def stray(self, stray: Stray) -> bool:
        async with self._database.write(brief=True) as connection:
            inserted = await connection.execute(self._database.insert_or_ignore(strays), asdict(stray))
            return inserted.rowcount == 1

    async def _open_account(self, connection: AsyncConnection, name: str) -> None:
        """A create that was taken shows that more will be."""
        if await connection.scalar(_CLOSED, {"account": name}) is None:
            return
        # So that no claim that found it closed shuts it again. No claim waits for a job that has an owner.
        await self._database.take_turn(connection, Turn.CLAIM)
        opened = await connection.execute(
            update(accounts).where(*_IS_CLOSED).values(closed_for=None, closed_until=None), {"account": name}
        )
        if opened.rowcount:
            _log.info("creates are taken again; queued jobs go on", account=name)
            await self._database.notify(connection, Channel.JOBS)

    async def _one(self, query: Select[Any], of: str) -> Job | None:
        found = await self._database.look(query, {"of": of})
        return job_in(found[0]) if found else None
