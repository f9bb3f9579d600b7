"""Jobs to store: one that says it all, and any that there could be."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from zlib import crc32

from hypothesis import strategies as st

from bot.domain.account import OPERATOR, Billing
from bot.domain.errors import EaselError
from bot.domain.fairness import Limits
from bot.domain.job import TRANSITIONS, Answer, Job, JobStatus
from bot.domain.prediction import Prediction, PredictionStatus, Submission, Tokens
from bot.domain.quota import Allowance, Quota, UsageLimits, quota_of
from bot.domain.request import Attachment, ImageRequest, InputImage
from bot.service.ports import Claim
from bot.storage.people import person
from bot.storage.queue import SqlQueue
from bot.storage.store import SqlStore
from bot.storage.tables import credentials, processes

T = TypeVar("T")

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MEMBER = 123_456_789_012_345_678
ANOTHER_MEMBER = MEMBER + 1
GUILD = 223_456_789_012_345_678
CHANNEL = 323_456_789_012_345_678
UNLIMITED = Quota()


def quota(pictures: int, spend: int = 10**9, now: datetime = NOON) -> Quota:
    """So many pictures for a member and so many micro-dollars for all, in the day that `now` lies in."""
    return quota_of(
        member=UsageLimits(day=Allowance(pictures=pictures)),
        guild=UsageLimits(),
        deployment=UsageLimits(day=Allowance(amount=spend)),
        now=now,
        zone=UTC,
    )


PRICE = 128_000  # of one picture
FREELY = Limits(per_member=10**6, per_guild=10**6, in_all=10**6, creates_per_minute=10**9)

LIVE = [status for status in JobStatus if not status.ended]
ENDED = [status for status in JobStatus if status.ended]

_numbers = count(1)


def a_job(*, pictures: int = 1, quality: str = "high", member_id: int = MEMBER, **changes: Any) -> Job:
    """A job as admission makes it."""
    job = Job(
        id=f"job-{next(_numbers)}",
        status=JobStatus.STAGING,
        account="operator",
        member_id=member_id,
        guild_id=GUILD,
        request=ImageRequest("openai/gpt-image-2", "a fox in the snow", quality=quality, count=pictures),
        answer=Answer(
            application_id=1,
            token="interaction-token",
            expires_at=NOON + timedelta(minutes=15),
            channel_id=CHANNEL,
            private=False,
            file_limit=10 * 1024 * 1024,
        ),
        hold=pictures * PRICE,
        created_at=NOON,
    )
    return replace(job, **changes)


def path_to(status: JobStatus) -> list[JobStatus]:
    """The steps that take a job from its admission to a status."""
    paths = [[JobStatus.STAGING]]
    for path in paths:
        if path[-1] == status:
            return path[1:]
        paths.extend([*path, step] for step in TRANSITIONS[path[-1]] if step not in path)
    raise AssertionError(status)


async def admit(store: SqlStore, job: Job | None = None, **details: Any) -> Job:
    job = job or a_job(**details)
    await open_account(store, job.account)
    await store.admit(job, UNLIMITED, job.created_at)
    return job


async def open_account(store: SqlStore, account: str) -> None:
    """Let the account take jobs, as if its guild had brought a key."""
    if account == OPERATOR:
        return
    database = store.database
    async with database.write() as connection:
        row = {
            "account": account,
            "guild_id": crc32(account.encode()),
            "billing": Billing.PICTURE,
            "secrets": {"replicate_token": "r8_of_a_guild"},
            "added_by": await person(database, connection, MEMBER),
            "added_at": NOON,
        }
        await connection.execute(database.insert_or_ignore(credentials), row)


async def join(store: SqlStore, *owners: str) -> None:
    """Make them some of the living, beside others on SQLite, too, where a process that joins ends all others."""
    database = store.database
    async with database.write() as connection:
        for owner in owners:
            values = {"name": owner, "beat_at": database.now(), "linked": False}
            await connection.execute(database.insert_or_ignore(processes).values(values))


async def claim(
    store: SqlStore, owner: str, now: datetime = NOON, most: int = 100, *, limits: Limits = FREELY
) -> Claim:
    """What an owner, who lives from now on at the latest, gets to do."""
    await join(store, owner)
    return await SqlQueue(store.database, limits).claim(owner, now, most)


async def claim_one(store: SqlStore, owner: str, now: datetime = NOON) -> Job:
    [job] = (await claim(store, owner, now, 1)).jobs
    return job


async def bring_to(store: SqlStore, status: JobStatus, owner: str = "me", **details: Any) -> Job:
    """A job of the owner's in that status."""
    admitted = await admit(store, **details)
    job = await claim_one(store, owner)
    # A test that leaves others unclaimed would be handed one of those.
    assert job == replace(admitted, owner=owner, claimed_at=NOON)
    for step in path_to(status):
        if step.ended:
            job = await store.settle(job, step, NOON, captured=PRICE, pictures=1)
        else:
            job = await store.advance(job, step)
    return job


async def outcome(call: Awaitable[T]) -> T | Exception:
    try:
        return await call
    except Exception as error:  # noqa: BLE001 # for the test to look at
        return error


# ---------------------------------------------------------------------------------------------- any job at all

_words = st.text(st.characters(categories=["L", "N", "P"]), max_size=20)
_snowflakes = st.integers(1, 2**63 - 1)
_moments = st.datetimes(datetime(2015, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 # bounds
_seconds = st.floats(0, 1e6, allow_nan=False)
_small = st.integers(0, 2**31 - 1)
_money = st.integers(0, 2**53)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_inputs = st.dictionaries(st.text(), _json, max_size=4)

failures = st.one_of([st.builds(kind) for kind in EaselError._by_code.values()])
predictions = st.builds(
    Prediction,
    id=_words,
    status=st.sampled_from(PredictionStatus),
    model=_words,
    input=_inputs,
    output=st.lists(st.text(), max_size=3).map(tuple),
    failure=st.none() | failures,
    tokens=st.builds(Tokens, *[st.none() | _small] * 3),
    predict_time=st.none() | _seconds,
    total_time=st.none() | _seconds,
    created_at=st.none() | _moments,
    completed_at=st.none() | _moments,
    data_removed=st.booleans(),
    webhook=st.none() | st.text(),
)
live_jobs = st.builds(
    Job,
    id=_words,
    status=st.sampled_from(LIVE),
    account=_words,
    member_id=_snowflakes,
    guild_id=st.none() | _snowflakes,
    request=st.builds(
        ImageRequest,
        model=_words,
        quality=_words,
        count=_small,
        attachments=st.lists(st.builds(Attachment), max_size=2).map(tuple),
    ),
    answer=st.builds(Answer, expires_at=_moments, channel_id=_snowflakes),
    hold=_money,
    created_at=_moments,
    message_id=st.none() | _snowflakes,
    inputs=st.lists(st.builds(InputImage), max_size=2).map(tuple),
    submission=st.none() | st.builds(Submission, input=_inputs),
    submitted_at=st.none() | _moments,
    prediction_id=st.none() | _words,
    prediction=st.none() | predictions,
    failure=st.none() | failures,
    run_seconds=st.none() | _seconds,
    cost=st.none() | _money,
    pictures=st.none() | _small,
    finished_at=st.none(),
)
"""Jobs that haven't ended, with whatever else they may hold."""
