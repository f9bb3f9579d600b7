"""What the stand-in bills is Easel's hold at most, and what Easel captures for it: two accounts that share no table."""

from datetime import UTC, datetime
from typing import Any

import aiohttp
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.replicate_bill import bill_of, usage
from bot.demo.replicate_runs import Run, logs_at_end
from bot.demo.replicate_server import ReplicateServer
from bot.domain.account import Billing
from bot.domain.catalog import CATALOG, Model
from bot.domain.cost import cost_of
from bot.domain.request import ImageRequest, InputImage
from bot.replicate.client import ReplicateClient
from bot.replicate.wire import prediction_of
from tests.replicate.support import ACCOUNT, KEYED_ACCOUNT, OPENAI_KEY, TOKEN, ended, submission
from tests.storage.examples import a_job

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PICTURE = InputImage("key", "a.png", "image/png", 100, 8, 8)


@st.composite
def requests(draw: st.DrawFn) -> ImageRequest:
    model: Model = draw(st.sampled_from(list(CATALOG.values())))
    options: dict[str, Any] = {
        name: draw(st.sampled_from(model.choices(name))) for name in ("quality", "aspect_ratio", "background")
    }
    return ImageRequest(
        model.slug,
        draw(st.text(min_size=1, max_size=300)),
        count=draw(st.integers(1, 10)),
        kept=(PICTURE,) * draw(st.integers(0, 16)),
        variation=draw(st.booleans()),
        **options,
    )


def run_of(request: ImageRequest, key: str | None) -> Run:
    inputs = request.as_input(user_id="someone", image_urls=("data:,",) * request.picture_count)
    model = CATALOG[request.model]
    return Run("a" * 26, 1, TOKEN, model, inputs | ({"openai_api_key": key} if key else {}), NOW)


@given(requests(), st.sampled_from(Billing), st.integers(0, 10))
def test_no_bill_exceeds_the_hold_and_each_is_captured_as_it_is(
    request: ImageRequest, billing: Billing, pictures: int
) -> None:
    pictures = min(pictures, request.count)
    run = run_of(request, OPENAI_KEY if billing is Billing.TOKEN else None)
    bill = bill_of(run, pictures)
    hold = request.price(CATALOG[request.model], NOW.date(), billing)
    assert bill.amount <= hold
    assert bill.payer == (OPENAI_KEY if billing is Billing.TOKEN else TOKEN)

    run.status, run.completed_at, run.output = "succeeded", NOW, ["https://replicate.delivery/a.png"] * pictures
    run.logs = logs_at_end(1.0, pictures, usage(run, pictures))
    prediction = prediction_of(run.as_json("https://api", NOW, show_webhook=False))
    job = a_job(request=request, billing=billing, hold=hold, created_at=NOW)
    assert cost_of(job, prediction) == bill.amount

    run.status, run.output, run.logs = "canceled", None, ""
    canceled = prediction_of(run.as_json("https://api", NOW, show_webhook=False))
    assert bill_of(run, request.count).amount <= cost_of(job, canceled) <= hold


async def test_a_key_that_comes_along_is_billed_by_token_and_no_repr_shows_it(
    replicate: ReplicateServer, client: ReplicateClient
) -> None:
    plain = await client.create(ACCOUNT, submission(quality="low"))
    keyed = await client.create(KEYED_ACCOUNT, submission(quality="low"))
    await ended(replicate, client, plain)
    await ended(replicate, client, keyed)
    assert replicate.bills[plain.id].payer == TOKEN
    assert replicate.bills[keyed.id].payer == OPENAI_KEY
    assert replicate.billed == {plain.id: 12_000, keyed.id: 9 * 5 + 196 * 30}
    shown = repr([*replicate.bills.values(), *replicate.runs])
    assert OPENAI_KEY not in shown
    assert TOKEN not in shown


async def test_each_token_sees_its_own_runs_alone(replicate: ReplicateServer, client: ReplicateClient) -> None:
    replicate.open_account("another", "r8_another")
    mine = await client.create(ACCOUNT, submission())
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer r8_another"}) as another:
        async with another.get(f"{replicate.url}/predictions/{mine.id}") as answer:
            assert answer.status == 404
        async with another.get(f"{replicate.url}/predictions") as answer:
            assert (await answer.json())["results"] == []
