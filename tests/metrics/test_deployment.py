"""The deployment's figures: told again for some seconds, and left out while the database can't be asked."""

import asyncio
from dataclasses import replace
from datetime import datetime

from bot.domain.errors import StoreUnavailable
from bot.metrics.deployment import Ceilings, DeploymentCollector
from bot.service.clock import SystemClock
from bot.service.ports import DeploymentFigures
from tests.metrics.exported import FIGURES


class Asked:
    """Counts how often it is asked; raises what it is told to."""

    def __init__(self) -> None:
        self.times = 0
        self.error: Exception | None = None
        self.hangs = False

    async def figures(self, now: datetime) -> DeploymentFigures:
        self.times += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return replace(FIGURES, waiting=self.times)


async def no_blobs() -> int:
    return 0


def told(collector: DeploymentCollector) -> dict[str, float]:
    return {sample.name: sample.value for family in collector.collect() for sample in family.samples}


async def test_many_who_ask_at_once_cost_one_question() -> None:
    asked = Asked()
    collector = DeploymentCollector(asked, no_blobs, Ceilings(1, None), SystemClock())
    await asyncio.gather(*(collector.refresh() for _ in range(20)))
    assert asked.times == 1
    assert told(collector)["easel_deployment_jobs_waiting"] == 1


async def test_without_the_database_there_is_nothing_but_that() -> None:
    asked = Asked()
    collector = DeploymentCollector(asked, no_blobs, Ceilings(1, None), SystemClock(), fresh=0)
    await collector.refresh()
    assert told(collector)["easel_database_up"] == 1
    for error in (StoreUnavailable(), ValueError("a mistake")):
        asked.error = error
        await collector.refresh()
        assert told(collector) == {"easel_database_up": 0}
    asked.error = None
    await collector.refresh()
    assert told(collector)["easel_database_up"] == 1


async def test_a_database_that_hangs_holds_up_no_scrape() -> None:
    asked = Asked()
    asked.hangs = True
    collector = DeploymentCollector(asked, no_blobs, Ceilings(1, None), SystemClock(), patience=0)
    await collector.refresh()
    assert told(collector) == {"easel_database_up": 0}
