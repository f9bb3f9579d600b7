"""Charts, as a port."""

from typing import Protocol

from bot.domain.chart import Chart


class Charts(Protocol):
    async def draw(self, chart: Chart) -> bytes | None:
        """The chart as a PNG; None where it can't be drawn, or not within some seconds. Never raises: whoever shows a
        chart says the same in words, and goes without it."""
        ...
