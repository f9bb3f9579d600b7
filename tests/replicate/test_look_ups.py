import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from bot.demo.replicate_faults import Respond
from bot.demo.replicate_runs import Run
from bot.demo.replicate_server import OWNER, ReplicateServer
from bot.domain.catalog import CATALOG
from bot.domain.prediction import Prediction, PredictionStatus
from bot.replicate.client import ReplicateClient
from bot.service.look_ups import FEW, LookUps
from bot.service.ports import AnswerLost, PredictionNotFound
from tests.replicate.support import ACCOUNT, MODEL, TOKEN

SINCE = datetime(2026, 11, 23, 12, tzinfo=UTC)
MANY = 250


@pytest.fixture
async def look_ups(client: ReplicateClient) -> AsyncGenerator[LookUps]:
    async with _closing(LookUps(client)) as look_ups:
        yield look_ups


@asynccontextmanager
async def _closing(look_ups: LookUps) -> AsyncGenerator[LookUps]:
    yield look_ups
    await look_ups.close()


def _runs(replicate: ReplicateServer, number: int) -> list[str]:
    """That many runs which have not ended; answers their ids."""
    for each in range(1, number + 1):
        replicate.runs.append(Run(f"run-{each}", each, TOKEN, CATALOG[MODEL], {"prompt": "a fox"}, SINCE, OWNER))
    return [each.id for each in replicate.runs]


async def _get(look_ups: LookUps, ids: list[str]) -> list[Prediction | BaseException]:
    return await asyncio.gather(*(look_ups.get(ACCOUNT, each, SINCE) for each in ids), return_exceptions=True)


def _asked(replicate: ReplicateServer) -> list[str]:
    return [each.path.removeprefix("/v1/predictions") for each in replicate.requests]


async def test_many_are_found_on_the_list_and_a_few_by_their_ids(replicate: ReplicateServer, look_ups: LookUps) -> None:
    ids = _runs(replicate, MANY)
    found = await _get(look_ups, ids)
    assert [each.id for each in found if isinstance(each, Prediction)] == ids
    assert _asked(replicate) == ["", "", ""]  # pages of a hundred

    replicate.requests.clear()
    few = ids[:FEW]
    assert [each.id for each in await _get(look_ups, few) if isinstance(each, Prediction)] == few
    assert sorted(_asked(replicate)) == sorted(f"/{each}" for each in few)


async def test_no_page_is_asked_for_behind_the_last_one_that_is_missing(
    replicate: ReplicateServer, look_ups: LookUps
) -> None:
    newest = _runs(replicate, MANY)[-FEW - 1 :]
    assert all(isinstance(each, Prediction) for each in await _get(look_ups, newest))
    assert _asked(replicate) == [""]


async def test_what_no_list_has_is_asked_for_by_its_id(replicate: ReplicateServer, look_ups: LookUps) -> None:
    ids = _runs(replicate, MANY)
    replicate.runs[0].created_at = SINCE.replace(year=2025)
    *found, lost = await _get(look_ups, [*ids, "unknown"])
    assert all(isinstance(each, Prediction) for each in found)
    assert isinstance(lost, PredictionNotFound)
    assert sorted(filter(None, _asked(replicate))) == ["/run-1", "/unknown"]


async def test_a_list_that_goes_in_circles_ends(replicate: ReplicateServer, look_ups: LookUps) -> None:
    ids = _runs(replicate, FEW + 1)
    circle = {"results": [], "previous": None, "next": f"{replicate.url}/predictions?cursor=round"}
    replicate.faults.order(Respond(200, circle), path="/v1/predictions", times=None)
    assert all(isinstance(each, Prediction) for each in await _get(look_ups, ids))


async def test_who_asks_together_hears_the_same_of_what_went_wrong(
    replicate: ReplicateServer, look_ups: LookUps
) -> None:
    ids = _runs(replicate, FEW + 1)
    replicate.faults.order(Respond(500, {}), path="/v1/predictions", times=3)
    assert all(isinstance(each, AnswerLost) for each in await _get(look_ups, ids))
    assert all(isinstance(each, Prediction) for each in await _get(look_ups, ids))


async def test_who_is_canceled_takes_nobody_along(replicate: ReplicateServer, look_ups: LookUps) -> None:
    ids = _runs(replicate, 2)
    asking = [asyncio.create_task(look_ups.get(ACCOUNT, each, SINCE)) for each in (*ids, ids[0])]
    await asyncio.sleep(0)
    asking[0].cancel()
    done = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(done[0], asyncio.CancelledError)
    assert [each.id for each in done[1:] if isinstance(each, Prediction)] == [ids[1], ids[0]]


async def test_what_is_asked_for_meanwhile_is_looked_up_with_the_rest(
    replicate: ReplicateServer, look_ups: LookUps
) -> None:
    ids = _runs(replicate, MANY)
    first = asyncio.create_task(look_ups.get(ACCOUNT, ids[0], SINCE))
    await replicate.until(lambda: replicate.requests)
    later = await _get(look_ups, ids[1:])
    assert (await first).status is PredictionStatus.STARTING
    assert all(isinstance(each, Prediction) for each in later)
    assert _asked(replicate) == ["/run-1", "", "", ""]
