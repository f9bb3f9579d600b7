"""The round that mirrors the trail: it wakes by itself, and isn't cut off between a post and its record."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.domain.audit import Difference
from bot.domain.trail import Action, TrailEntry
from bot.service.mirror import LEASE, Mirror
from bot.storage.cipher import Cipher
from bot.storage.mirrors import SqlMirrors
from bot.storage.preferences import SqlPreferences
from bot.storage.schema import migrate
from bot.storage.store import SqlStore, open_store
from bot.storage.trail import SqlTrail
from tests.clocks import FastClock
from tests.storage.examples import CHANNEL, GUILD, MEMBER, NOON


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    cipher = Cipher.from_key(Fernet.generate_key().decode())
    url = f"sqlite:///{tmp_path / 'easel.db'}"
    await migrate(url, cipher)
    store = await open_store(url, cipher)
    yield store
    await store.close()


class Board:
    """Takes each post as soon as it may."""

    def __init__(self) -> None:
        self.reasons: asyncio.Queue[list[str]] = asyncio.Queue()
        self.open = asyncio.Event()
        self.open.set()

    async def report_differences(self, night: date, differences: Sequence[Difference]) -> None:
        raise NotImplementedError

    async def post_summary(self, channel_id: int, guild_id: int, month: date) -> bool:
        raise NotImplementedError

    async def post_entries(self, channel_id: int, guild_id: int, entries: Sequence[TrailEntry]) -> None:
        assert (channel_id, guild_id) == (CHANNEL, GUILD)
        await self.reasons.put([each.reason for each in entries])
        await self.open.wait()


async def test_a_decision_wakes_the_round_and_a_stop_records_what_is_being_posted(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.service.mirror.POLL_SECONDS", 1e9)
    trail, mirrors, board = SqlTrail(store.database), SqlMirrors(store.database), Board()
    await SqlPreferences(store.database).change_policy(
        GUILD, lambda held: replace(held, log_channel_id=CHANNEL), MEMBER, NOON
    )
    clock = FastClock()
    running = asyncio.create_task(Mirror(mirrors, board, clock).run())
    try:
        assert await board.reasons.get() == [""]
        for reason in ("one", "two"):
            await trail.enter(TrailEntry(GUILD, Action.WARN, MEMBER, NOON, reason=reason))
            assert await board.reasons.get() == [reason]
        board.open.clear()
        await trail.enter(TrailEntry(GUILD, Action.WARN, MEMBER, NOON, reason="last"))
        assert await board.reasons.get() == ["last"]
        running.cancel()
        asyncio.get_running_loop().call_soon(board.open.set)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert await mirrors.claim(clock.now() + LEASE + timedelta(days=1), LEASE, 5) == [], "it was recorded"
