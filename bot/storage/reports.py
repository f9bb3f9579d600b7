"""Reports and their cases: `Reports` of `bot.service.ports` over SQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.report import Case, Decision, History, Report, ReportReason, Shown
from bot.domain.trail import Action, TrailEntry
from bot.service.ports import Filed
from bot.storage.engine import Database
from bot.storage.moderation_tables import cases, reports
from bot.storage.people import person
from bot.storage.tables import jobs, people
from bot.storage.trail import enter

_REMOVED = cases.c.decision.in_([each.value for each in Decision if each.removes])

_AT_ONCE = 10  # cases that one claim takes


class SqlReports:
    """Changes of one case take turns on its row, which each locks first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def file(
        self, job_id: str, guild_id: int | None, report: Report, *, threshold: int, moderator: bool
    ) -> Filed:
        assert report.reporter_id is not None  # noqa: S101 # whoever reports is there
        async with self._database.write() as connection:
            row = {"job_id": job_id, "guild_id": guild_id, "opened_at": report.reported_at}
            await connection.execute(self._database.insert_or_ignore(cases), row)
            case = await _locked(connection, job_id)
            if case.decision is not None or case.reported_by(report.reporter_id):
                return Filed(case, new=False, hidden=False)
            reporter = await person(self._database, connection, report.reporter_id)
            await connection.execute(reports.insert(), _columns(job_id, reporter, report))
            first = not case.reports
            hides = case.hidden_at is None and (moderator or 0 < threshold <= len(case.reports) + 1)
            changes: dict[str, Any] = {} if first else {"revision": cases.c.revision + 1}
            if hides:
                changes["hidden_at"] = report.reported_at
                by = report.reporter_id if moderator else None
                seen = {"reports": len(case.reports) + 1}
                await self._enter(connection, case, Action.HIDE, by, report.reported_at, after=seen)
            if changes:
                await connection.execute(update(cases).where(cases.c.job_id == job_id).values(changes))
            return Filed(await _locked(connection, job_id), new=True, hidden=hides)

    async def case(self, job_id: str) -> Case | None:
        async with self._database.read() as connection:
            found = await _cases(connection, cases.c.job_id == job_id)
            return found[0] if found else None

    async def undecided(self, guild_id: int, most: int) -> Sequence[Case]:
        async with self._database.read() as connection:
            oldest = (
                select(cases.c.job_id)
                .where(cases.c.guild_id == guild_id, cases.c.decision.is_(None))
                .order_by(cases.c.opened_at)
                .limit(most)
            )
            return await _cases(connection, cases.c.job_id.in_((await connection.scalars(oldest)).all()))

    async def decide(self, job_id: str, decision: Decision, moderator_id: int, now: datetime) -> tuple[Case, bool]:
        async with self._database.write() as connection:
            case = await _locked(connection, job_id)
            if case.decision is not None:
                return case, False
            moderator = await person(self._database, connection, moderator_id)
            decided = {
                "decision": decision.value,
                "decided_at": now,
                "decided_by": moderator,
                "revision": cases.c.revision + 1,
            }
            await connection.execute(update(cases).where(cases.c.job_id == job_id).values(decided))
            after = {"decision": decision.value, "reports": len(case.reports)}
            await self._enter(connection, case, Action.REPORT, moderator_id, now, after=after)
            return await _locked(connection, job_id), True

    async def overturn(self, job_id: str, moderator_id: int, now: datetime) -> bool:
        async with self._database.write() as connection:
            kept = {"decision": Decision.KEPT.value, "revision": cases.c.revision + 1}
            removed = update(cases).where(cases.c.job_id == job_id, _REMOVED).values(kept)
            if (await connection.execute(removed)).rowcount == 0:
                return False
            case = await _locked(connection, job_id)
            before, after = {"removed": True}, {"removed": False}
            await self._enter(connection, case, Action.RESTORE, moderator_id, now, before=before, after=after)
            return True

    async def history(self, member_id: int, guild_id: int, since: datetime) -> History:
        theirs = (jobs.c.guild_id == guild_id, people.c.discord_id == member_id)
        own = select(func.count()).select_from(jobs).join(people, people.c.id == jobs.c.person_id).where(*theirs)
        removed = own.join(cases, cases.c.job_id == jobs.c.id).where(_REMOVED)
        async with self._database.read() as connection:
            return History(
                jobs=await connection.scalar(own.where(jobs.c.created_at >= since)) or 0,
                removed=await connection.scalar(removed) or 0,
            )

    async def claim(self, now: datetime, lease: timedelta) -> Sequence[Case]:
        free = or_(cases.c.claimed_until.is_(None), cases.c.claimed_until <= now)
        open_ones = select(cases.c.job_id).where(cases.c.settled < cases.c.revision, free).limit(_AT_ONCE)
        async with self._database.write() as connection:
            found = (await connection.scalars(open_ones.with_for_update(skip_locked=True))).all()
            if not found:
                return []
            ours = cases.c.job_id.in_(found)
            await connection.execute(update(cases).where(ours).values(claimed_until=now + lease))
            return await _cases(connection, ours)

    async def showed(self, job_id: str, shown: Shown) -> None:
        await self._set(job_id, shown=shown.value)

    async def carded(self, job_id: str, channel_id: int, message_id: int) -> None:
        await self._set(job_id, channel_id=channel_id, message_id=message_id)

    async def told(self, job_id: str, reporter_id: int | None, now: datetime) -> None:
        if reporter_id is None:
            await self._set(job_id, member_told_at=now)
            return
        reporter = select(people.c.id).where(people.c.discord_id == reporter_id).scalar_subquery()
        theirs = (reports.c.job_id == job_id, reports.c.person_id == reporter)
        async with self._database.write() as connection:
            # What answers them isn't needed any more.
            await connection.execute(update(reports).where(*theirs).values(told_at=now, answer_to=None))

    async def settled(self, case: Case) -> None:
        await self._set(case.job_id, settled=case.revision, claimed_until=None)

    async def _set(self, job_id: str, **changes: Any) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(cases).where(cases.c.job_id == job_id).values(changes))

    async def _enter(
        self,
        connection: AsyncConnection,
        case: Case,
        action: Action,
        by: int | None,
        at: datetime,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any],
    ) -> None:
        """A case outside of guilds is the operator's alone, and in no guild's trail."""
        if case.guild_id is None:
            return
        of_job = jobs.c.id == case.job_id
        member = await connection.scalar(
            select(people.c.discord_id).join(jobs, jobs.c.person_id == people.c.id).where(of_job)
        )
        entry = TrailEntry(case.guild_id, action, by, at, member, case.job_id, before=before, after=after)
        await enter(self._database, connection, entry)


def _columns(job_id: str, reporter: int, report: Report) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "person_id": reporter,
        "reported_at": report.reported_at,
        "reason": report.reason.value,
        "said": report.text,
        "answer_to": report.token,
        "locale": report.locale,
    }


async def _locked(connection: AsyncConnection, job_id: str) -> Case:
    """Raises `LookupError` where there is none."""
    await connection.execute(select(cases.c.job_id).where(cases.c.job_id == job_id).with_for_update())
    found = await _cases(connection, cases.c.job_id == job_id)
    if not found:
        raise LookupError(job_id)
    return found[0]


async def _cases(connection: AsyncConnection, where: ColumnElement[bool]) -> list[Case]:
    """Oldest first, each with its reports."""
    moderator, reporter = people.alias("moderator"), people.alias("reporter")
    query = (
        select(cases, moderator.c.discord_id.label("moderator"))
        .join_from(cases, moderator, moderator.c.id == cases.c.decided_by, isouter=True)
        .where(where)
        .order_by(cases.c.opened_at, cases.c.job_id)
    )
    rows = (await connection.execute(query)).mappings().all()
    filed = (
        select(reports, reporter.c.discord_id.label("reporter"))
        .join_from(reports, reporter, reporter.c.id == reports.c.person_id)
        .where(reports.c.job_id.in_([row["job_id"] for row in rows]))
        .order_by(reports.c.reported_at)
    )
    said: dict[str, list[Report]] = {}
    for row in (await connection.execute(filed)).mappings():
        said.setdefault(row["job_id"], []).append(_report(row))
    return [_case(row, tuple(said.get(row["job_id"], ()))) for row in rows]


def _report(row: RowMapping) -> Report:
    return Report(
        reporter_id=row["reporter"],
        reported_at=row["reported_at"],
        reason=ReportReason(row["reason"]) if row["reason"] else ReportReason.OTHER,  # older reports gave none
        text=row["said"] or "",
        token=row["answer_to"],
        locale=row["locale"] or "en-US",
        told_at=row["told_at"],
    )


def _case(row: RowMapping, said: tuple[Report, ...]) -> Case:
    return Case(
        job_id=row["job_id"],
        guild_id=row["guild_id"],
        opened_at=row["opened_at"],
        reports=said,
        hidden_at=row["hidden_at"],
        decision=Decision(row["decision"]) if row["decision"] else None,
        decided_at=row["decided_at"],
        decided_by=row["moderator"],
        shown=Shown(row["shown"]),
        channel_id=row["channel_id"],
        message_id=row["message_id"],
        member_told_at=row["member_told_at"],
        revision=row["revision"],
    )
