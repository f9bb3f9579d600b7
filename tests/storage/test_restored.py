"""What becomes of jobs that hadn't ended when they were backed up."""

from datetime import datetime, timedelta
from pathlib import Path

from bot.domain.errors import UnknownFate
from bot.domain.job import JobStatus
from tests.storage.examples import PRICE, bring_to, claim
from tests.storage.house import House

NOT_SENT = {"staging", "request_review", "queued"}
SENT = {"submitting", "running", "delivering", "result_review"}


async def backed_up(house: House, archive: Path) -> datetime:
    """With a job in each status; answers when."""
    store = await house.open()
    for status in JobStatus:
        await bring_to(store, status, id=status.value)
    await store.close()
    return house.back_up(archive).created_at


async def test_soon_after_what_was_sent_goes_on_and_nothing_else_runs_again(house: House, tmp_path: Path) -> None:
    taken = await backed_up(house, tmp_path / "a.tar")
    before = await house.jobs()
    restored = await house.restore(tmp_path / "a.tar", taken + timedelta(minutes=5), replace=True)
    assert restored.ended == len(NOT_SENT)
    after = await house.jobs()
    assert {name for name, job in after.items() if job.status.ended} == NOT_SENT | {"succeeded", "failed", "canceled"}
    for name in NOT_SENT:
        assert (after[name].status, after[name].failure, after[name].cost) == (JobStatus.FAILED, UnknownFate(), 0)
        assert [kind for job_id, kind, _ in house.ledger() if job_id == name] == ["hold", "release"]
    for name in ("succeeded", "failed", "canceled"):
        assert after[name] == before[name]
    store = await house.open()
    assert {job.id for job in (await claim(store, "new")).jobs} == SENT
    await store.close()


async def test_long_after_all_are_ended_and_count_as_they_would_have(house: House, tmp_path: Path) -> None:
    taken = await backed_up(house, tmp_path / "a.tar")
    restored = await house.restore(tmp_path / "a.tar", taken + timedelta(hours=2), replace=True)
    assert restored.ended == len(NOT_SENT | SENT)
    ledger = {(job_id, kind): amount for job_id, kind, amount in house.ledger()}
    assert {job_id for job_id, kind in ledger if kind == "release"} >= NOT_SENT
    assert [ledger[name, "capture"] for name in sorted(SENT)] == [PRICE] * len(SENT)
    assert all(job.status.ended for job in (await house.jobs()).values())
