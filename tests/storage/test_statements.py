"""What a job's walk asks of the database: how many statements, and that what they spare is no news that is missed."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import event, select, text
from sqlalchemy.engine import Engine

from bot.domain.errors import SafetyRefusal
from bot.domain.job import JobStatus
from bot.domain.prediction import Prediction, PredictionStatus, Submission
from bot.storage.budgets import SqlBudgets
from bot.storage.cipher import Cipher
from bot.storage.errors import Undecipherable
from bot.storage.preferences import SqlPreferences
from bot.storage.queue import SqlQueue
from bot.storage.sanctions import SqlSanctions
from bot.storage.store import SqlStore, open_store
from bot.storage.tables import jobs, people
from tests.storage.conftest import Opener
from tests.storage.examples import (
    ANOTHER_MEMBER,
    FREELY,
    GUILD,
    MEMBER,
    NOON,
    PRICE,
    a_job,
    admit,
    claim,
    claim_one,
    join,
    quota,
)

_CONNECTIONS = 20
"""All that the pool of a store on PostgreSQL makes."""


@dataclass
class Asked:
    statements: int = 0
    commits: int = 0


@contextmanager
def asked() -> Generator[Asked]:
    """What is asked of databases meanwhile. What begins and ends a transaction counts as its commit alone. A look at
    the version that the database is of, which comes once a second, doesn't count."""
    so_far = Asked()

    def on_statement(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        so_far.statements += not statement.startswith("BEGIN") and "alembic_version" not in statement

    def on_commit(_connection: Any) -> None:
        so_far.commits += 1

    event.listen(Engine, "before_cursor_execute", on_statement)
    event.listen(Engine, "commit", on_commit)
    try:
        yield so_far
    finally:
        event.remove(Engine, "before_cursor_execute", on_statement)
        event.remove(Engine, "commit", on_commit)


async def test_a_walk_takes_no_more_statements_than_it_needs(store: SqlStore) -> None:
    """On PostgreSQL, a turn is taken with the transaction's begin, and processes are told with its commit. Whoever
    needs another statement raises the number here, and says what for."""
    queue = SqlQueue(store.database, FREELY)
    await admit(store, status=JobStatus.QUEUED)  # so that nobody and no account is met for the first time
    await join(store, "me")
    await queue.claim("me", NOON, 100)
    taken: dict[str, Asked] = {}

    with asked() as taken["admission"]:
        await store.admit(a_job(status=JobStatus.QUEUED), quota(100), NOON)
    with asked() as taken["line"]:
        await queue.line(NOON, 100)
    with asked() as taken["claim"]:
        [job] = (await queue.claim("me", NOON, 100)).jobs
    with asked() as taken["answer"]:
        await store.answered(job.id, 1)
    with asked() as taken["steps"]:
        job = await store.advance(job, JobStatus.SUBMITTING)
        job = await store.advance(job, JobStatus.RUNNING, prediction_id="p")
        job = await store.advance(job, JobStatus.DELIVERING, cost=PRICE)
    with asked() as taken["end"]:
        await store.settle(job, JobStatus.SUCCEEDED, NOON, captured=PRICE, pictures=1)
    with asked() as taken["idle claim"]:
        await queue.claim("me", NOON, 100)
    with asked() as taken["looks"]:
        await SqlPreferences(store.database).policy(GUILD)
        await SqlBudgets(store.database).terms(GUILD)
        await SqlSanctions(store.database).in_force(MEMBER, GUILD, NOON)

    assert taken == {
        "admission": Asked(9, 1),
        "line": Asked(3, 0),
        "claim": Asked(7, 1),
        "answer": Asked(1, 1),
        "steps": Asked(4, 3),
        "end": Asked(3, 1),
        "idle claim": Asked(1, 1),
        "looks": Asked(3, 0),
    }


async def test_a_step_answers_what_others_have_changed_meanwhile(store: SqlStore) -> None:
    await admit(store, status=JobStatus.QUEUED)
    job = await claim_one(store, "me")
    await store.answered(job.id, 7, told_ahead=3)
    assert await store.cancel(job.id, ANOTHER_MEMBER, NOON)
    stepped = await store.advance(job, JobStatus.SUBMITTING, submission=Submission("m", {"prompt": "a fox"}, None, 60))
    assert (stepped.message_id, stepped.told_ahead) == (7, 3)
    assert stepped.cancel is not None
    assert stepped.cancel.by_moderator
    assert stepped == await store.job(job.id)
    stepped = await store.advance(stepped, JobStatus.RUNNING, prediction_id="p")
    ended = Prediction(id="p", status=PredictionStatus.FAILED, failure=SafetyRefusal(), completed_at=NOON)
    stepped = await store.advance(stepped, JobStatus.DELIVERING, prediction=ended, failure=SafetyRefusal())
    assert stepped == await store.job(job.id)


async def test_claims_hand_out_what_any_of_their_looks_finds(store: SqlStore) -> None:
    """A claim looks for nothing that its first statement doesn't see: it sees each kind by itself."""
    assert not (await claim(store, "me")).jobs
    waiting = await admit(store, status=JobStatus.QUEUED)
    assert [job.id for job in (await claim(store, "me")).jobs] == [waiting.id]
    staged = await admit(store)  # past the queue
    assert [job.id for job in (await claim(store, "me")).jobs] == [staged.id]
    late = await admit(store, status=JobStatus.QUEUED, created_at=NOON - timedelta(hours=2))
    assert [job.id for job in (await claim(store, "me")).jobs] == [late.id]
    assert await store.cancel(waiting.id, MEMBER, NOON)
    found = await claim(store, "me")
    assert not found.jobs
    assert found.canceled.keys() == {waiting.id}


async def test_a_brief_write_that_fails_changes_nothing(store: SqlStore) -> None:
    async def fail() -> None:
        async with store.database.write(brief=True) as connection:
            await connection.execute(store.database.insert_or_ignore(people), {"discord_id": MEMBER})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert not await store.database.look(select(people.c.id), {})


async def test_a_commit_that_fails_leaves_no_transaction_open(store: SqlStore) -> None:
    def fail(_connection: Any) -> None:
        raise ZeroDivisionError

    event.listen(Engine, "commit", fail, once=True)
    with pytest.raises(ZeroDivisionError):
        await store.remember("a fact", "lost")
    await store.remember("another", "kept")
    assert (await store.recall("a fact"), await store.recall("another")) == (None, "kept")


async def test_what_is_remembered_of_a_guild_is_what_holds(store: SqlStore, open_another: Opener) -> None:
    here, there = SqlPreferences(store.database), SqlPreferences((await open_another()).database)
    for hours in (1, 2):
        await there.change_policy(GUILD, lambda policy, hours=hours: replace(policy, review_hours=hours), None, NOON)
        assert (await here.policy(GUILD)).review_hours == hours
        assert (await here.policy(GUILD)).review_hours == hours


async def test_what_is_remembered_is_not_read_under_another_key(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    preferences = SqlPreferences(store.database)
    await preferences.change_policy(GUILD, lambda policy: replace(policy, review_hours=1), None, NOON)
    await preferences.policy(GUILD)
    another = Cipher.from_key(Fernet.generate_key().decode())
    monkeypatch.setattr("bot.storage.columns._CIPHERS", dict.fromkeys(_dialects(store), another))
    with pytest.raises(Undecipherable):
        await preferences.policy(GUILD)


def _dialects(store: SqlStore) -> list[Any]:
    return [engine.dialect for engine in store.database._engines]


async def test_who_is_canceled_while_they_look_keeps_no_connection(postgres_url: str, cipher: Cipher) -> None:
    store = await open_store(postgres_url, cipher)
    looking = count(1)
    all_look = asyncio.Event()

    def on_statement(*_rest: Any) -> None:
        if next(looking) == _CONNECTIONS:
            all_look.set()

    event.listen(store.database._engine.sync_engine, "before_cursor_execute", on_statement)
    try:
        long = select(text("pg_sleep(9)"))
        looks = [asyncio.create_task(store.database.look(long, {})) for _ in range(_CONNECTIONS)]
        async with asyncio.timeout(9):
            await all_look.wait()
            for look in looks:
                look.cancel()
            assert all(
                isinstance(each, asyncio.CancelledError)
                for each in await asyncio.gather(*looks, return_exceptions=True)
            )
            await asyncio.gather(*(store.database.look(select(jobs.c.id), {}) for _ in range(_CONNECTIONS)))
    finally:
        await store.close()
