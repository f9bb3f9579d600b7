"""Every call to Replicate, at every place in a job's life where it is made, times every way in which it goes wrong."""

from collections.abc import Mapping

import pytest

from bot.demo.replicate_faults import Fault, throttled
from bot.demo.replicate_runs import Run
from bot.service import cases, dispatch, line, mirror, purging, review_decisions
from tests.faults.calls import RECEIVERS, builders_used, client_calls, parameters, request_builders, sites
from tests.faults.ends import assert_ends_in_order
from tests.faults.kinds import KINDS, Doors, Refuse
from tests.faults.scenes import ROUTES, SCENES, TWIN_REPORT, Scene
from tests.faults.stage import Stage

ELSEWHERE = {
    ("process.App.check_replicate", "check_account"),
    ("doctor.replicate_check._model", "schema"),
    ("doctor.tokens.check_replicate_token", "check_account"),
    ("service.audit.Audit._look_up", "get"),
    ("service.audit.Audit._pages", "page"),
    ("service.deliveries.Deliveries._look_up", "get"),
    ("service.look_ups.LookUps._walk", "page"),
}
"""Places that are in no job's life, or only where processes share a database: `test_elsewhere`; or where a dozen jobs
are resumed at once: tests/replicate/test_look_ups.py."""

TRIES = {"create": 1}
"""How often a call must fail before the failure is told: the client sends any other three times."""

LASTING: Mapping[str, Fault | Refuse] = {name: KINDS[name] for name in ("refused", "timeout before", "500")} | {
    "429": throttled(60)
}


def test_every_call_and_every_place_is_in_the_matrix() -> None:
    assert parameters() <= set(RECEIVERS), "a place is found by how the client is called there"
    assert {scene.site for scene in SCENES.values()} | ELSEWHERE == sites()
    assert set(ROUTES) == client_calls() == {site.call for site in sites()}
    assert set(builders_used()) == request_builders()
    assert set(builders_used().values()) | {"fetch", "recent"} == client_calls(), "the recent ones come by the page"


NO_EFFECT = {"timeout after", "502 after"}
"""The same as before, for a call that only reads; that is tried by "reset after"."""

PASSING = [
    (name, kind) for name, scene in SCENES.items() for kind in KINDS if scene.route[0] != "GET" or kind not in NO_EFFECT
]


@pytest.mark.parametrize(("name", "kind"), PASSING)
async def test_a_fault_that_passes(stage: Stage, doors: Doors, name: str, kind: str) -> None:
    scene = SCENES[name]
    times = TRIES.get(scene.site.call, 3)
    await scene.play(stage, lambda: strike(stage, doors, scene, KINDS[kind], times))
    (end,) = await assert_ends_in_order(stage)
    assert (type(end) if end else None) == scene.ends
    assert stage.replicate.faults.pending == doors.pending == 0, "it struck"
    assert reported_twins(stage) == [run.id for run in twins(stage)]


def twins(stage: Stage) -> list[Run]:
    """The runs that are no job's. They must have been stopped by Easel, before their own deadline."""
    owned = {row.prediction_id for row in stage.rows()}
    twins = [run for run in stage.replicate.runs if run.id not in owned]
    for run in twins:
        assert run.cancel_after is not None
        assert run.completed_at is not None
        assert run.completed_at < run.created_at + run.cancel_after
    return twins


def reported_twins(stage: Stage) -> list[str]:
    return [each["prediction"] for each in stage.log if each["event"] == TWIN_REPORT]


@pytest.mark.parametrize("settings", [{"replicate_lookup_grace_s": 600, "replicate_cancel_after_s": 60}], ids=[""])
@pytest.mark.parametrize("kind", LASTING)
@pytest.mark.parametrize("name", SCENES)
@pytest.mark.usefixtures("_few_polls")
async def test_a_fault_that_stays(stage: Stage, doors: Doors, name: str, kind: str) -> None:
    scene = SCENES[name]
    await scene.play(stage, lambda: strike(stage, doors, scene, LASTING[kind], None))
    (end,) = await assert_ends_in_order(stage)
    assert (type(end) if end else None) in (scene.ends, *scene.gives_up)


@pytest.fixture
def _few_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stays wrong may take an hour, in which Easel would look for work 720 times, and as often for reviews, purges
    and the like, of which there are none."""
    monkeypatch.setattr(dispatch, "POLL_SECONDS", 300.0)
    monkeypatch.setattr(mirror, "POLL_SECONDS", 300.0)
    for each in (cases, line, purging, review_decisions):
        monkeypatch.setattr(each, "ROUND_SECONDS", 300.0)


def strike(stage: Stage, doors: Doors, scene: Scene, fault: Fault | Refuse, times: int | None) -> None:
    method, path = scene.route
    if isinstance(fault, Refuse):
        doors.refuse(method, path, times)
    else:
        stage.replicate.faults.order(fault, method=method, path=path, times=times)
