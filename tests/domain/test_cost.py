"""Prices by date, by picture and by token; what a request can cost at most, and what a run did cost."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.domain.account import Billing
from bot.domain.catalog import CATALOG, DOLLAR, Model, PriceList, TokenPrices
from bot.domain.cost import OVERRUN, cost_of
from bot.domain.job import Answer, Job, JobStatus
from bot.domain.prediction import Prediction, PredictionStatus, Tokens
from bot.domain.request import AppliedStyle, ImageRequest, InputImage
from bot.domain.tokens import grid_tokens

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOON.date()
MODEL = CATALOG["openai/gpt-image-2"]
KEPT = InputImage("key", "a.png", "image/png", 100, 8, 8)
SUCCEEDED, FAILED, CANCELED = PredictionStatus.SUCCEEDED, PredictionStatus.FAILED, PredictionStatus.CANCELED
URLS = ("https://replicate.delivery/1", "https://replicate.delivery/2")


def a_job(billing: Billing, *, kept: int = 0, count: int = 2, **changes: Any) -> Job:
    request = ImageRequest(MODEL.slug, "a fox", quality="low", count=count, kept=(KEPT,) * kept)
    answer = Answer(
        application_id=1, token="t", expires_at=NOON, channel_id=2, private=False, file_limit=10_000_000
    )  # fmt: skip
    job = Job(
        id="job", status=JobStatus.RUNNING, account="operator", billing=billing, member_id=1, guild_id=None,
        request=request, answer=answer, hold=request.price(MODEL, TODAY, billing), created_at=NOON,
    )  # fmt: skip
    return replace(job, **changes)


def ended(status: PredictionStatus, *urls: str, tokens: Tokens | None = None, gone: bool = False) -> Prediction:
    return Prediction("p", status, output=urls, tokens=tokens or Tokens(), data_removed=gone)


@pytest.mark.parametrize(
    ("quality", "size", "tokens"),
    [
        ("low", (1024, 1024), 196),
        ("medium", (1024, 1024), 1756),
        ("medium", (1536, 1024), 1372),
        ("high", (1024, 1024), 7024),
        ("high", (1536, 1024), 5488),
        ("high", (3840, 2160), 13_342),
        ("high", (2160, 3840), 13_342),
    ],
)
def test_a_picture_takes_the_tokens_that_openai_counts(quality: str, size: tuple[int, int], tokens: int) -> None:
    assert grid_tokens({"low": 16, "medium": 48, "high": 96}[quality], size) == tokens
    width, height = size
    assert MODEL.output_tokens[quality][f"{width}x{height}"] == tokens


def test_a_ratio_is_bounded_by_the_largest_size_that_has_it_and_a_choice_by_all() -> None:
    high = MODEL.output_tokens["high"]
    assert high["1:1"] == high["2048x2048"]
    assert high["16:9"] == high["3840x2160"]
    assert high["3:2"] == high["1536x1024"]
    assert high["auto"] > max(tokens for ratio, tokens in high.items() if ratio != "auto")
    assert MODEL.output_tokens["auto"] == high


def test_by_token_the_hold_grows_with_all_that_is_billed() -> None:
    def price(**changes: Any) -> int:
        return replace(request, **changes).price(MODEL, TODAY, Billing.TOKEN)

    request = ImageRequest(MODEL.slug, "a fox", quality="low")
    assert price() == (5 + 100) * 5 + 397 * 30
    assert price(prompt="a 🦊") == price(prompt="a " + "x" * 4), "a token is a byte at least"
    assert price(style=AppliedStyle("ink", "in ink")) == price() + len("\nin ink") * 5
    assert price(kept=(KEPT, KEPT)) == price() + 2 * (100 * 5 + 1536 * 8)
    assert price(count=3, kept=(KEPT,)) == 3 * price(kept=(KEPT,)), "each picture is a request of its own"
    assert price(quality="high") > price(quality="medium") > price()


def test_each_run_has_the_price_of_its_day() -> None:
    cheaper = PriceList(date(2026, 12, 1), {"low": 10_000})
    tokens = TokenPrices(date(2026, 12, 1), text_in=DOLLAR, pictures_in=DOLLAR, out=DOLLAR)
    model: Model = replace(
        MODEL, prices=(*MODEL.prices, cheaper), token_prices=(*MODEL.token_prices, tokens)
    )  # fmt: skip
    assert [model.price("low", date(2026, month, day)) for month, day in ((11, 30), (12, 1))] == [12_000, 10_000]
    assert [model.token_price(date(2026, month, day), out=100) for month, day in ((11, 30), (12, 1))] == [3000, 100]
    assert model.price("low", date(2025, 1, 1)) == 12_000, "before all of them the first"


def test_a_part_of_a_micro_dollar_is_a_whole_one() -> None:
    prices = TokenPrices(date(2026, 1, 1), text_in=DOLLAR // 4, pictures_in=0, out=0)
    assert replace(MODEL, token_prices=(prices,)).token_price(TODAY, text_in=5) == 2


@pytest.mark.parametrize(
    ("prediction", "cost"),
    [
        (ended(SUCCEEDED, *URLS), 24_000),
        (ended(SUCCEEDED, URLS[0]), 12_000),
        (ended(SUCCEEDED), 0),
        (ended(SUCCEEDED, gone=True), 24_000),  # what came out is not told any more
        (ended(CANCELED), 24_000),
        (ended(FAILED), 0),
        (ended(PredictionStatus.ABORTED), 0),
        (ended(SUCCEEDED, *URLS * 9), 48_000),  # which nobody asked for
    ],
)
def test_by_picture(prediction: Prediction, cost: int) -> None:
    assert cost_of(a_job(Billing.PICTURE), prediction) == cost


USED = Tokens(input_text=20, input_image=722, output=392)


@pytest.mark.parametrize(
    ("prediction", "cost"),
    [
        (ended(SUCCEEDED, *URLS, tokens=USED), 20 * 5 + 722 * 8 + 392 * 30),
        (ended(SUCCEEDED, tokens=USED), 20 * 5 + 722 * 8 + 392 * 30),  # OpenAI worked, whatever became of it
        (ended(FAILED, tokens=USED), 20 * 5 + 722 * 8 + 392 * 30),
        (ended(CANCELED, tokens=USED), 20 * 5 + 722 * 8 + 392 * 30),
        (ended(SUCCEEDED, *URLS, tokens=Tokens(input_text=20, output=392)), None),
        (ended(SUCCEEDED, *URLS), None),
        (ended(SUCCEEDED, gone=True), None),
        (ended(CANCELED), None),
        (ended(FAILED), 0),
        (ended(PredictionStatus.ABORTED), 0),
    ],
)
def test_by_token(prediction: Prediction, cost: int | None) -> None:
    job = a_job(Billing.TOKEN, kept=1)
    assert cost_of(job, prediction) == (job.hold if cost is None else cost)


def test_without_pictures_in_nobody_has_to_count_them() -> None:
    prediction = ended(SUCCEEDED, *URLS, tokens=Tokens(input_text=20, output=392))
    assert cost_of(a_job(Billing.TOKEN), prediction) == 20 * 5 + 392 * 30


def test_more_than_the_hold_is_captured_but_only_what_can_be_believed() -> None:
    job = a_job(Billing.TOKEN)
    bit_more = ended(SUCCEEDED, *URLS, tokens=Tokens(20, 0, job.hold // 30 + 10))
    assert job.hold < cost_of(job, bit_more) < OVERRUN * job.hold
    assert cost_of(job, ended(SUCCEEDED, *URLS, tokens=Tokens(20, 0, 10**12))) == OVERRUN * job.hold
