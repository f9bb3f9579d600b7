"""The create, which costs money each time: when it is looked for, when it is sent again, and when it never is."""

from datetime import timedelta

import pytest

from bot.demo.replicate_faults import LoseAnswer, Respond, out_of_credit
from bot.demo.replicate_runs import Ending
from bot.domain.errors import NothingReturned, UnknownFate
from tests.faults.ends import assert_ends_in_order
from tests.faults.kinds import KINDS, Doors
from tests.faults.scenes import ROUTES, SCENES
from tests.faults.stage import Stage
from tests.faults.test_replicate import strike

KNOWN_UNSENT = ("refused", "429")
TOOK_EFFECT = ("reset after", "timeout after", "502 after", "malformed")
TOOK_NONE = ("reset before", "timeout before", "500", "502")

GRACE = timedelta(seconds=30)
LOOKS = 5


def test_every_kind_is_looked_at() -> None:
    assert {*KNOWN_UNSENT, *TOOK_EFFECT, *TOOK_NONE} == {*KINDS}


@pytest.fixture
def name() -> str:
    """Of the scene."""
    return "create"


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_sent_again_only_after_it_was_looked_for(stage: Stage, doors: Doors, kind: str) -> None:
    strike(stage, doors, SCENES["create"], KINDS[kind], 1)
    await stage.imagine()
    await stage.ended()
    assert await assert_ends_in_order(stage) == [None]
    (run,) = stage.replicate.runs
    creates = [each.at for each in stage.replicate.requests if each.path.endswith("/predictions")
               and each.method == "POST"]  # fmt: skip
    looks = [each.at for each in stage.replicate.requests if (each.method, each.path) == ROUTES["recent"]]
    before = [at for at in looks if at < creates[-1]]
    if kind in TOOK_EFFECT:
        assert len(creates) == 1
    elif kind in KNOWN_UNSENT:
        assert before == []
    else:
        assert len(creates) == 2
        assert len(before) >= LOOKS
        assert before[-1] - before[0] >= GRACE * (LOOKS - 1) / LOOKS
    assert run.status == "succeeded"


async def test_a_run_whose_input_was_removed_may_be_the_one_and_nothing_is_sent_again(stage: Stage) -> None:
    stage.replicate.faults.order(LoseAnswer(), method="POST", path=ROUTES["create"][1])
    stage.replicate.faults.order(_removed(stage), method="GET", path=ROUTES["recent"][1], times=None)
    await stage.imagine()
    await stage.ended()
    assert await assert_ends_in_order(stage) == [UnknownFate()]
    assert len(stage.replicate.runs) == 1
    (row,) = stage.rows()
    assert row.captured == 12_000, "it may have been billed"


@pytest.mark.parametrize("output", [[], None], ids=["an empty list", "null"])
async def test_a_run_that_succeeds_with_nothing_is_said_to_have_and_released(stage: Stage, output: object) -> None:
    stage.replicate.endings.append(Ending(output=output))
    await stage.imagine()
    await stage.ended()
    assert await assert_ends_in_order(stage) == [NothingReturned()]


async def test_without_credit_a_job_waits_and_goes_on_by_itself(stage: Stage) -> None:
    stage.replicate.faults.order(out_of_credit(), method="POST", path=ROUTES["create"][1])
    await stage.imagine()
    await stage.ended()
    assert await assert_ends_in_order(stage) == [None]
    assert len(stage.replicate.runs) == 1


def _removed(stage: Stage) -> Respond:
    """A list with one run of now, of which an hour after its end nothing is left to tell it by."""
    run = {
        "id": "a" * 26,
        "model": "openai/gpt-image-2",
        "status": "succeeded",
        "input": {},
        "output": None,
        "data_removed": True,
        "created_at": stage.clock.now().isoformat(),
    }
    return Respond(200, {"next": None, "previous": None, "results": [run]})
