"""The lag of an event loop: a block is seen however it falls, and counts as often as something would have waited."""

import asyncio
from contextlib import closing

from prometheus_client import CollectorRegistry, generate_latest

from bot.metrics.process import LONGEST_LAG, LoopLag
from tests.leaping_loop import LeapingLoop
from tests.metrics.scrape import Scrape


def lags(blocked: float) -> Scrape:
    """After two seconds, of which the loop was blocked for so long, from just after a try."""
    registry = CollectorRegistry()

    async def live(loop: LeapingLoop) -> None:
        measuring = asyncio.create_task(LoopLag(registry).run())
        await asyncio.sleep(1.01)
        loop.block(blocked)
        await asyncio.sleep(0.99)
        measuring.cancel()
        await asyncio.gather(measuring, return_exceptions=True)

    with closing(LeapingLoop()) as loop:
        loop.run_until_complete(live(loop))
    return Scrape.of(generate_latest(registry).decode())


def within(scrape: Scrape, seconds: float) -> float:
    return scrape.value("easel_event_loop_lag_seconds_bucket", le=str(seconds))


def test_where_nothing_blocks() -> None:
    scrape = lags(0.0)
    assert within(scrape, 0.005) == scrape.value("easel_event_loop_lag_seconds_count") > 15


def test_a_block() -> None:
    scrape = lags(1.0)
    assert scrape.value("easel_event_loop_lag_seconds_count") - within(scrape, 0.5) == 5
    assert scrape.value("easel_event_loop_lag_seconds_count") - within(scrape, 0.005) == 10, "a second of tries"


def test_a_block_that_ends_before_the_second_try() -> None:
    scrape = lags(0.15)
    assert scrape.value("easel_event_loop_lag_seconds_count") - within(scrape, 0.05) == 1


def test_a_process_that_was_frozen_for_a_day() -> None:
    assert lags(86_400.0).value("easel_event_loop_lag_seconds_count") <= LONGEST_LAG * 10 + 20
