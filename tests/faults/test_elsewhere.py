"""Calls to Replicate that no job's own walk makes: at a start, by the doctor, and for the news of another process."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import product

import pytest

from bot.demo.replicate_faults import Fault, Respond, throttled
from bot.doctor.findings import State
from bot.doctor.replicate_check import check_replicate
from bot.domain.account import OPERATOR
from bot.domain.audit import DifferenceKind
from bot.service.audit import Audit
from bot.service.deliveries import Deliveries
from bot.service.endings import Endings
from bot.service.ports import PredictionNews
from bot.storage.runs import SqlRunBooks
from bot.storage.wakeups import NoWakeups
from tests.faults.ends import assert_ends_in_order
from tests.faults.kinds import KINDS, Doors, Refuse
from tests.faults.scenes import ROUTES
from tests.faults.stage import Stage


@pytest.fixture
def name() -> str:
    """Of the scene."""
    return "create"


LASTING: Mapping[str, Fault | Refuse] = {**KINDS, "429": throttled(60)}  # longer than a call is kept waiting


def strike(stage: Stage, doors: Doors, call: str, kind: str) -> None:
    """From here on the call goes wrong, every time."""
    method, path = ROUTES[call]
    match LASTING[kind]:
        case Refuse():
            doors.refuse(method, path, None)
        case fault:
            stage.replicate.faults.order(fault, method=method, path=path, times=None)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_token_that_cannot_be_tried_is_not_refused(stage: Stage, doors: Doors, kind: str) -> None:
    strike(stage, doors, "check_account", kind)
    assert await stage.app.check_replicate() is None
    assert "Replicate could not be asked about the token" in [each["event"] for each in stage.log]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_doctor_says_that_a_token_could_not_be_tried(stage: Stage, doors: Doors, kind: str) -> None:
    strike(stage, doors, "check_account", kind)
    (finding,) = [each async for each in check_replicate(stage.settings)]
    assert (finding.check, finding.state) == ("token", State.ERROR)
    assert "could not be tried" in finding.finding


@pytest.mark.parametrize("kind", KINDS)
async def test_the_doctor_says_that_a_model_could_not_be_compared(stage: Stage, doors: Doors, kind: str) -> None:
    strike(stage, doors, "schema", kind)
    (token, finding) = [each async for each in check_replicate(stage.settings)]
    assert token.state is State.OK
    assert (finding.check, finding.state) == ("openai/gpt-image-2", State.WARNING)
    assert "could not be compared" in finding.finding


async def test_books_that_cannot_be_compared_accuse_nobody(stage: Stage, doors: Doors) -> None:
    """Neither where the list can't be had, nor where one run can't be looked up that isn't on it."""
    await stage.imagine()
    await stage.ended()
    stage.clock.advance(7200)
    books = SqlRunBooks(stage.app.store.database)
    audit = Audit(books, stage.app.replicate, stage.clock, webhook_base=None, patience=timedelta())
    since = stage.clock.now() - timedelta(days=1)
    for kind, call in product(KINDS, ("page", "get")):
        if call == "get":  # which is asked where the list has left a run out
            nothing = Respond(200, {"results": [], "next": None, "previous": None})
            stage.replicate.faults.order(nothing, method="GET", path=ROUTES["page"][1])
        strike(stage, doors, call, kind)
        report = await audit.reconcile(since)
        assert report.differences == [], kind
        assert report.unlisted.keys() == {OPERATOR}, kind
        stage.replicate.faults.withdraw()
        doors.open()
        stage.clock.advance(120)  # for the throttle to open
    assert (await audit.reconcile(since)).differences == []
    stage.replicate.runs.clear()
    (difference,) = (await audit.reconcile(since)).differences
    assert difference.kind is DifferenceKind.UNKNOWN_PREDICTION


@pytest.mark.parametrize("kind", KINDS)
async def test_news_that_cannot_be_looked_up_are_no_news(stage: Stage, doors: Doors, kind: str) -> None:
    await stage.imagine()
    await stage.ended()
    (row,) = stage.rows()
    endings = Endings(resume=lambda job: None)
    app = stage.app
    deliveries = Deliveries(app.store, endings, NoWakeups(), app.replicate, stage.clock)
    strike(stage, doors, "get", kind)
    with endings.expect(await stage.job(row), 1.0) as waiting:
        deliveries.hear(PredictionNews(row.id, row.prediction_id or "", "msg_1"))
        await stage.clock.sleep(300)  # which takes no time
        assert waiting.news is None
        stage.replicate.faults.withdraw()
        doors.open()
        deliveries.hear(PredictionNews(row.id, row.prediction_id or "", "msg_2"))
        await stage.clock.sleep(1)
        assert waiting.ended is not None
    await deliveries.close()
    assert await assert_ends_in_order(stage) == [None]
