"""Where OpenAI bills: what is held, what is captured, and what members are told of it."""

from typing import Any

import pytest
from pydantic import SecretStr
from simcord.env import Env

from bot.demo.reading import text_of
from bot.demo.room import Room
from bot.domain.account import Billing
from bot.domain.job import JobStatus
from bot.service import estimates
from tests.clocks import FastClock
from tests.service.test_cancel import ask, cancel
from tests.service.test_fulfilment import committed, imagine, last_job

KEY = "sk-thekeythatmustnotleak"
RUN = (6 + 2) * 5 + 196 * 30  # a low square of "a fox"


@pytest.fixture(autouse=True)
def _env(room: Room) -> Env:
    """SimCord puts a test whose fixtures hold an environment on that environment's clock."""
    return room.env


@pytest.fixture
def room_overrides() -> dict[str, Any]:
    return {"openai_api_key": SecretStr(KEY)}


async def test_the_key_pays_for_the_tokens_and_the_card_learns_what_they_come_to(
    room: Room, clock: FastClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimates, "LEAST_SAMPLES", 1)
    first, job = await ask(room)
    assert job.billing is Billing.TOKEN
    assert "may cost up to $0.012." in text_of(first.response)
    await room.app.dispatch.idle()
    assert (await last_job(room)).cost == await committed(room) == RUN < job.hold
    [bill] = room.replicate.bills.values()
    assert (bill.payer, bill.amount) == (KEY, RUN)
    assert "$0.006" in text_of(first.response)

    clock.advance(61)
    room.replicate.end_gate.hold()
    second, job = await ask(room)
    assert "and cost about $0.006 (at most $0.012)." in text_of(second.response)
    assert job.hold > RUN, "what is held stays the worst"

    await room.replicate.until(lambda: len(room.replicate.runs) == 2)
    await cancel(room, job)
    await room.app.dispatch.idle()
    canceled = await last_job(room)
    assert canceled.status is JobStatus.CANCELED
    assert canceled.cost == job.hold, "how far OpenAI came, nobody tells"
    assert sum(room.replicate.billed.values()) <= await committed(room) == RUN + job.hold
    assert "OpenAI may charge up to $0.012 for it all the same." in text_of(second.response)


async def test_a_run_whose_logs_do_not_count_costs_its_hold_and_one_that_failed_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.demo.replicate_worker.logs_at_end", lambda *_: "Generated 1 images\n")
    await imagine(room)
    silent = await last_job(room)
    assert silent.cost == await committed(room) == silent.hold > RUN
    await imagine(room, prompt="something forbidden")
    failed = await last_job(room)
    assert (failed.status, failed.cost) == (JobStatus.FAILED, 0)
    assert await committed(room) == silent.hold
