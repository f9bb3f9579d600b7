"""The keys that guilds bring: one account for each set, kept for as long as a job needs it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text, update

from bot.domain.account import OPERATOR, Account, Billing, Vendor
from bot.domain.job import JobStatus
from bot.service.ports import AccountRetired, KeySet, KeysHeld
from bot.storage import ledger
from bot.storage.budgets import SqlBudgets
from bot.storage.keys import SqlKeys
from bot.storage.store import SqlStore
from bot.storage.tables import credentials
from tests.storage.conftest import Opener
from tests.storage.examples import GUILD, MEMBER, NOON, UNLIMITED, a_job, admit, claim_one, outcome

TOKEN, KEY = SecretStr("r8_TheTokenThatMustNotBeSeen"), SecretStr("sk-TheKeyThatMustNotBeSeen")
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def keys(store: SqlStore) -> SqlKeys:
    return SqlKeys(store.database)


async def account_of(store: SqlStore, guild_id: int = GUILD) -> Account:
    return (await SqlBudgets(store.database).terms(guild_id)).account or Account()


async def end(store: SqlStore) -> None:
    """A job, the only one that isn't claimed, comes to its end."""
    job = await claim_one(store, "me")
    job = await store.advance(job, JobStatus.DELIVERING, cost=0)
    await store.settle(job, JobStatus.FAILED, LATER, captured=None, pictures=0)


@pytest.mark.parametrize(
    ("brought", "told"),
    [
        (KeySet(TOKEN), (Billing.PICTURE, {Vendor.REPLICATE})),
        (KeySet(openai_api_key=KEY), (Billing.TOKEN, {Vendor.OPENAI})),
        (KeySet(TOKEN, KEY), (Billing.TOKEN, {Vendor.REPLICATE, Vendor.OPENAI})),
    ],
    ids=["token", "key", "both"],
)
async def test_what_was_brought_is_there_for_the_guild_alone_and_after_a_restart(
    store: SqlStore, keys: SqlKeys, open_another: Opener, brought: KeySet, told: tuple[Billing, set[Vendor]]
) -> None:
    billing, vendors = told
    assert await keys.held(GUILD) is None
    assert await keys.bring(GUILD, brought, MEMBER, NOON) is None
    account = await account_of(store)
    assert account.name.startswith(f"guild:{GUILD}:")
    assert account.billing is billing
    if not store.database.shared:
        await store.close()
    again = SqlKeys((await open_another()).database)
    assert await again.of_account(account.name) == brought
    assert await again.held(GUILD) == KeysHeld(account.name, frozenset(vendors), MEMBER, NOON)
    assert await again.accounts() == [account.name]
    assert await again.held(GUILD + 1) is None
    assert await again.of_account(OPERATOR) is None
    assert "MustNotBeSeen" not in f"{brought!r}{brought}"


async def test_each_set_is_an_account_of_its_own_and_the_old_one_goes_with_its_last_job(
    store: SqlStore, keys: SqlKeys
) -> None:
    await keys.bring(GUILD, KeySet(TOKEN), MEMBER, NOON)
    first = await account_of(store)
    await admit(store, account=first.name)
    replaced = await keys.bring(GUILD, KeySet(TOKEN), MEMBER, LATER)
    assert replaced is not None
    assert (replaced.account, replaced.live_jobs) == (first.name, 1)
    second = await account_of(store)
    assert second.name != first.name, "though the token is the same"
    assert await keys.of_account(first.name) == KeySet(TOKEN)
    assert await keys.forget_retired() == 0

    await end(store)
    assert await keys.forget_retired() == 1
    assert await keys.accounts() == [second.name]
    assert await keys.of_account(first.name) is None

    removed = await keys.retire(GUILD, MEMBER, LATER)
    assert removed is not None
    assert (removed.account, removed.live_jobs) == (second.name, 0)
    assert await keys.accounts() == [], "nothing runs on it, so it is gone at once"
    assert await keys.retire(GUILD, MEMBER, LATER) is None
    assert (await account_of(store)).is_operators


async def test_nothing_is_admitted_on_an_account_that_is_retired(store: SqlStore, keys: SqlKeys) -> None:
    """Many at once, while the key is removed: whatever was admitted is counted, and so keeps the key."""
    await keys.bring(GUILD, KeySet(TOKEN), MEMBER, NOON)
    account = (await account_of(store)).name
    admissions = [outcome(store.admit(a_job(account=account), UNLIMITED, NOON)) for _ in range(20)]
    retiring = asyncio.ensure_future(keys.retire(GUILD, MEMBER, NOON))
    outcomes = await asyncio.gather(*admissions)
    retired = await retiring
    assert retired is not None
    admitted = outcomes.count(None)
    assert all(isinstance(each, AccountRetired) for each in outcomes if each is not None)
    assert retired.live_jobs == admitted
    assert (await keys.of_account(account) is not None) == (admitted > 0)
    assert isinstance(await outcome(store.admit(a_job(account=account), UNLIMITED, NOON)), AccountRetired)


async def test_a_key_waits_for_the_admission_that_was_first(
    store: SqlStore, keys: SqlKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The admission has found the account in use; its job isn't there for others to see yet."""
    await keys.bring(GUILD, KeySet(TOKEN), MEMBER, NOON)
    account = (await account_of(store)).name
    going, reached = asyncio.Event(), asyncio.Event()
    hold = ledger.hold

    async def late(*arguments: Any) -> None:
        reached.set()
        await going.wait()
        await hold(*arguments)

    async def take_turn(*arguments: Any) -> None:
        going.set()  # it comes to wait only now
        await original(*arguments)

    monkeypatch.setattr(ledger, "hold", late)
    admission = asyncio.create_task(store.admit(a_job(account=account), UNLIMITED, NOON))
    await reached.wait()
    original = store.database.take_turn
    monkeypatch.setattr(store.database, "take_turn", take_turn)
    retiring = asyncio.create_task(keys.retire(GUILD, MEMBER, NOON))
    if not store.database.shared:
        going.set()  # where writers take turns it waits before that
    retired = await retiring
    going.set()
    await admission
    assert retired is not None
    assert retired.live_jobs == 1
    assert await keys.of_account(account) == KeySet(TOKEN)


async def test_two_who_bring_keys_at_once_leave_one_account(store: SqlStore, keys: SqlKeys) -> None:
    await asyncio.gather(*(keys.bring(GUILD, KeySet(TOKEN), MEMBER + number, NOON) for number in range(5)))
    held = await keys.held(GUILD)
    assert held is not None
    assert await keys.accounts() == [held.account]


async def test_keys_are_encrypted_and_damaged_ones_are_none(store: SqlStore, keys: SqlKeys) -> None:
    await keys.bring(GUILD, KeySet(TOKEN, KEY), MEMBER, NOON)
    account = (await account_of(store)).name
    async with store.database.read() as connection:
        stored = bytes((await connection.execute(text("SELECT secrets FROM credentials"))).scalar_one())
    assert stored.startswith(b"gAAAA"), "Fernet's"
    async with store.database.write() as connection:
        damaged = update(credentials).where(credentials.c.account == account)
        await connection.execute(damaged.values(secrets=text("'damaged'")))
    assert await keys.of_account(account) is None
    held = await keys.held(GUILD)
    assert held is not None
    assert held.vendors == frozenset()
    assert await keys.bring(GUILD, KeySet(TOKEN), MEMBER, LATER) is not None, "it can be brought anew"
