"""The jobs of an invented year (`bench.history`), with what they left in other tables; and jobs that wait."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import BigInteger, ColumnElement, Insert, Table, and_, func, insert, literal, select, type_coerce

from bench.history import FIRST_GUILD, PEOPLE, History, keep_house
from bot.domain.job import Answer, Job, JobStatus
from bot.domain.ledger import EntryKind
from bot.domain.prediction import Prediction, PredictionStatus, Submission
from bot.domain.request import ImageRequest
from bot.storage.engine import Database
from bot.storage.moderation_tables import cases, reports, reviews, sanctions, trail
from bot.storage.records import columns_of, fields_of
from bot.storage.tables import deliveries, jobs, ledger

WORDS_KEPT = timedelta(days=30)
"""How long the deployment keeps the words of requests."""

_CHUNK = 50_000  # entries of one statement
_RUN = timedelta(seconds=40)
_MODEL = "openai/gpt-image-2"
_INPUT = {"prompt": "A fox asleep in the first snow, seen from above, ink on rough paper.", "quality": "high"}
_ADDRESS = "https://replicate.delivery/xezq/0123456789abcdef0123456789abcdef0123456789abcdef/out-0.png"
_HOLDS = ledger.c.kind == EntryKind.HOLD


def a_job(job_id: str, at: datetime, *, member_id: int, guild_id: int | None, **others: Any) -> Job:
    """A job as it is admitted."""
    answer = Answer(
        application_id=1,
        token="interaction-token",  # noqa: S106 # nobody's
        expires_at=at + timedelta(minutes=15),
        channel_id=7,
        private=False,
        file_limit=10 * 1024 * 1024,
    )
    return Job(
        id=job_id,
        status=JobStatus.QUEUED,
        account="operator",
        member_id=member_id,
        guild_id=guild_id,
        request=ImageRequest(_MODEL, _INPUT["prompt"], quality="high"),
        answer=answer,
        hold=128_000,
        created_at=at,
        **others,
    )


async def make_jobs(database: Database, history: History) -> int:
    """Fill the tables with the jobs that the history's ledger is of: all have succeeded, and the words of those of the
    last `WORDS_KEPT` are there. Answers how many there are."""
    since = history.end - WORDS_KEPT
    first = await _scalar(database, select(func.min(ledger.c.id)))
    last = await _scalar(database, select(func.max(ledger.c.id)))
    for begin in range(first, last + 1, _CHUNK):
        chunk = and_(_HOLDS, ledger.c.id >= begin, ledger.c.id < begin + _CHUNK)
        async with database.write() as connection:
            await connection.execute(_into(jobs, _ended(history.end, words=True), chunk, ledger.c.held_at >= since))
            await connection.execute(_into(jobs, _ended(history.end, words=False), chunk, ledger.c.held_at < since))
    lately = ledger.c.held_at > history.end - timedelta(days=1)
    async with database.write() as connection:
        await connection.execute(_into(deliveries, _DELIVERY, _HOLDS, lately))
        for table, values, one_of in ((trail, _ENTRY, 200), (reviews, _REVIEW, 100), (reports, _REPORT, 500),
                                      (cases, _CASE, 500), (sanctions, _WARNING, 1_000)):  # fmt: skip
            await connection.execute(_into(table, values, _HOLDS, ledger.c.id % one_of < 2))
    await keep_house(database)
    return await _scalar(database, select(func.count()).select_from(jobs))


async def make_waiting(database: Database, number: int, now: datetime, *, guilds: int) -> None:
    """Let so many jobs wait for their turn, of the history's people, in so many of its guilds."""
    rows: list[dict[str, Any]] = []
    for each in range(number):
        guild_id = FIRST_GUILD + each % guilds
        at = now - timedelta(minutes=30) + timedelta(milliseconds=each)
        job = a_job(f"waits-{each}", at, member_id=0, guild_id=guild_id)
        rows.append({"person_id": 1 + each % PEOPLE} | _columns(job))
    async with database.write() as connection:
        await connection.execute(insert(jobs), rows)
    await keep_house(database)


def _columns(job: Job) -> dict[str, Any]:
    return {name: value for name, value in columns_of(fields_of(job)).items() if name in jobs.c}


def _into(table: Table, values: Mapping[str, Any], *where: ColumnElement[bool]) -> Insert:
    """One row for each of the ledger's entries, alike but for what is an expression over the entry."""
    alike: list[ColumnElement[Any]] = [
        cast("ColumnElement[Any]", value) if isinstance(value, ColumnElement) else literal(value, table.c[name].type)
        for name, value in values.items()
    ]
    return insert(table).from_select(list(values), select(*alike).where(*where), include_defaults=False)


def _ended(now: datetime, *, words: bool) -> dict[str, Any]:
    prediction = Prediction("p", PredictionStatus.SUCCEEDED, _MODEL, _INPUT, (_ADDRESS,))
    job = a_job(
        "",
        now,
        member_id=0,
        guild_id=0,
        submission=Submission(_MODEL, _INPUT, None, 600) if words else None,
        prediction=prediction if words else None,
    )
    return _columns(job) | {
        "id": ledger.c.job_id,
        "status": JobStatus.SUCCEEDED,
        "person_id": ledger.c.person_id,
        "guild_id": ledger.c.guild_id,
        "message_id": 900_000_000_000_000_000 + ledger.c.id if words else None,
        "quality": ledger.c.quality,
        "cost": 47_000,
        "pictures": 1,
        "prediction_id": literal("prediction-") + ledger.c.job_id,
        "created_at": ledger.c.held_at,
        "submitted_at": _later(ledger.c.held_at, timedelta(seconds=1)),
        "ended_at": _later(ledger.c.held_at, _RUN),
        "finished_at": _later(ledger.c.held_at, _RUN),
        "run_seconds": 38.5,
        "erased_at": None if words else now,
    }


def _later(moment: ColumnElement[datetime], by: timedelta) -> ColumnElement[Any]:
    return type_coerce(moment, BigInteger) + by // timedelta(microseconds=1)


_MODERATOR = 2
_DELIVERY: Mapping[str, Any] = {"webhook_id": ledger.c.job_id, "received_at": ledger.c.held_at}
_ENTRY: Mapping[str, Any] = {
    "guild_id": ledger.c.guild_id, "at": ledger.c.held_at, "action": "cancel", "actor_id": _MODERATOR,
    "subject_id": ledger.c.person_id, "job_id": ledger.c.job_id, "reason": "not here",
}  # fmt: skip
_REVIEW: Mapping[str, Any] = {
    "job_id": ledger.c.job_id, "stage": "request", "guild_id": ledger.c.guild_id, "opened_at": ledger.c.held_at,
    "expires_at": ledger.c.held_at, "posted_at": ledger.c.held_at, "decision": "approved",
    "decided_at": ledger.c.held_at, "decided_by": _MODERATOR, "closed_at": ledger.c.held_at,
}  # fmt: skip
_REPORT: Mapping[str, Any] = {
    "job_id": ledger.c.job_id, "person_id": _MODERATOR, "reported_at": ledger.c.held_at, "reason": "not nice",
    "told_at": ledger.c.held_at,
}  # fmt: skip
_CASE: Mapping[str, Any] = {
    "job_id": ledger.c.job_id, "guild_id": ledger.c.guild_id, "opened_at": ledger.c.held_at, "decision": "kept",
    "decided_at": ledger.c.held_at, "decided_by": _MODERATOR, "settled": 1, "revision": 1,
}  # fmt: skip
_WARNING: Mapping[str, Any] = {
    "reference": ledger.c.job_id, "guild_id": ledger.c.guild_id, "person_id": ledger.c.person_id, "kind": "warn",
    "strikes": 1, "reason": "not nice", "made_at": ledger.c.held_at, "made_by": _MODERATOR,
    "ends_at": ledger.c.held_at,
}  # fmt: skip


async def _scalar(database: Database, query: Any) -> int:
    async with database.read() as connection:
        return await connection.scalar(query) or 0
