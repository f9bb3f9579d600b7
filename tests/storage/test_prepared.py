"""What the driver executes by itself: the same as SQLAlchemy would, in the same transaction."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import bindparam, event, func, select, text, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from bot.storage.store import SqlStore
from bot.storage.tables import accounts, people
from tests.storage.examples import NOON

_LISTED = select(people.c.id, people.c.discord_id.label("discord")).where(
    people.c.discord_id.in_(bindparam("ids", expanding=True)), people.c.discord_id != 13
)
_INSERT = people.insert()
_CHANGE = update(accounts).where(accounts.c.name == bindparam("of"))
_ACCOUNTS = select(accounts.c.tokens, accounts.c.counted_at, func.count()).group_by(
    accounts.c.tokens, accounts.c.counted_at
)


@dataclass
class Executed:
    statements: int = 0
    by_sqlalchemy: int = 0


@contextmanager
def executed() -> Generator[Executed]:
    so_far = Executed()

    def on_statement(*_: Any) -> None:
        so_far.statements += 1

    def on_sqlalchemy(*_: Any) -> None:
        so_far.by_sqlalchemy += 1

    event.listen(Engine, "before_cursor_execute", on_statement)
    event.listen(Engine, "before_execute", on_sqlalchemy)
    try:
        yield so_far
    finally:
        event.remove(Engine, "before_cursor_execute", on_statement)
        event.remove(Engine, "before_execute", on_sqlalchemy)


async def test_a_statement_answers_the_same_each_time_and_goes_through_sqlalchemy_once(store: SqlStore) -> None:
    everybody = list(range(1, 61))
    async with store.database.write(brief=True) as connection:
        for each in (*everybody, 13_000):
            await connection.execute(_INSERT, {"discord_id": each})
        with executed() as count:
            for ids in ([1, 2], [1, 2], [], [], [3], [4], [5, 13], [13, 99]):
                found = (await connection.execute(_LISTED, {"ids": ids})).mappings().all()
                assert sorted(row["discord"] for row in found) == [each for each in ids if each not in {13, 99}]
        assert (count.statements, count.by_sqlalchemy) == (8, 1)
        many = await connection.execute(_LISTED, {"ids": everybody})  # more than are listed in words of their own
        assert len(many.all()) == 59


async def test_values_keep_their_types(store: SqlStore) -> None:
    async with store.database.write(brief=True) as connection:
        await connection.execute(
            accounts.insert(), [{"name": name, "tokens": 1.0, "counted_at": NOON} for name in "ab"]
        )
        for tokens in (0.5, 0.25, 1.0):
            changed = await connection.execute(_CHANGE, {"of": "a", "tokens": tokens, "learned_at": NOON})
            assert changed.rowcount == 1
        assert (await connection.execute(_CHANGE, {"of": "nobody", "tokens": 1.0, "learned_at": None})).rowcount == 0
        for _ in range(3):
            assert (await connection.execute(_ACCOUNTS)).one() == (1.0, NOON, 2)


async def test_what_goes_one_way_and_the_other_is_one_transaction(store: SqlStore) -> None:
    async def write(*, fails: bool) -> None:
        async with store.database.write(brief=True) as connection:
            for number in (1, 2, 3):
                await connection.execute(_INSERT, {"discord_id": number})
                await connection.execute(text("UPDATE people SET discord_id = discord_id + 10 WHERE discord_id < 10"))
            if fails:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write(fails=True)
    assert not await store.database.look(select(people.c.id), {})
    await write(fails=False)
    assert [row["discord_id"] for row in await store.database.look(select(people.c.discord_id), {})] == [11, 12, 13]


async def test_errors_are_those_of_sqlalchemy_and_tell_nothing_of_anyone(store: SqlStore) -> None:
    async def twice() -> None:
        async with store.database.write(brief=True) as connection:
            for _ in range(2):
                await connection.execute(_INSERT, {"discord_id": 424242})

    for _ in range(2):  # at SQLAlchemy's hands, and at the driver's
        with pytest.raises(IntegrityError) as refused:
            await twice()
        assert "424242" not in f"{refused.value!r} {refused.value} {refused.value.orig!r}"
        assert "424242" not in str(vars(refused.value.orig or refused.value))
    assert not await store.database.look(select(people.c.id), {})
