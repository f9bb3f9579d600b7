"""kill -9 before and after each step of a job's life, where the code has one: nothing is lost, nothing done twice."""

from collections.abc import AsyncGenerator

import pytest

from tests.process.boundaries import PORTS, Boundary, boundaries
from tests.process.deployment import Deployment, open_deployment
from tests.process.kill_points import ADAPTERS, When
from tests.process.reached import SCENES, UNREACHED
from tests.process.stage import Stage

BOUNDARIES = {each.name: each for each in boundaries()}

OUTSIDE = {"Announcer", "Predictions"}
"""What these ports touch is not undone by a rollback: here it is told apart whether the intent alone is on disk, or the
effect is there and the answer lost. Elsewhere a kill before a call leaves what a kill after the call before it does."""

KILLS = [
    pytest.param(each, when, id=f"{when} {each.name}")
    for each in BOUNDARIES.values()
    if each.name in SCENES
    for when in (("before", "after") if each.port in OUTSIDE else ("after",))
]


@pytest.fixture
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Deployment]:
    async with open_deployment(tmp_path_factory.mktemp("kill"), EASEL_DAILY_SPEND_USD="1000") as deployment:
        yield deployment


def test_every_call_of_a_port_has_a_scene_that_reaches_it() -> None:
    known = SCENES.keys() | UNREACHED.keys()
    assert sorted(BOUNDARIES.keys() - known) == [], "say in tests/process/reached.py how to reach them"
    assert sorted(known - BOUNDARIES.keys()) == [], "these are no more"


def test_every_port_has_an_adapter_that_can_be_killed() -> None:
    assert ADAPTERS.keys() == PORTS.keys() - {"Clock", "Meter"}


@pytest.mark.parametrize(("boundary", "when"), KILLS)
async def test_what_a_process_leaves_that_is_killed_there_is_finished_once(
    deployment: Deployment, boundary: Boundary, when: When
) -> None:
    stage = Stage(deployment, (boundary, when))
    try:
        await SCENES[boundary.name](stage)
        await stage.killed()
        deployment.replicate.start_gate.release()
        await stage.start_again()
        await stage.settled()
    finally:
        await stage.stop()
    findings = stage.findings()
    assert findings.wrong == findings.stale_cards == [], stage.output
    assert len(findings.twins) == len(stage.twins)
