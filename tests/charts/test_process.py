"""The process that draws: what becomes of a chart when it crashes, hangs, or the bot is no more."""

import asyncio
import os
import select
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.charts.painter import WIDTH
from bot.charts.process import ChartProcess
from tests.charts.examples import PLAIN, opened

PATIENCE = 20.0  # seconds; a busy machine is no failure

BOT = """
import asyncio
from bot.charts.process import ChartProcess
from tests.charts.examples import PLAIN

async def main():
    charts = ChartProcess(patience=20)
    assert await charts.draw(PLAIN)
    print(charts.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
async def charts() -> AsyncIterator[ChartProcess]:
    charts = ChartProcess(patience=PATIENCE)
    yield charts
    await charts.close()


async def gone(pid: int) -> None:
    """Wait for the end of a process that needn't be a child of this one."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        await asyncio.to_thread(select.select, [descriptor], [], [], PATIENCE)
        assert select.select([descriptor], [], [], 0)[0], "it lives on"
    finally:
        os.close(descriptor)


def environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def test_one_process_draws_many_charts_and_knows_no_secret(
    charts: ChartProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "very-secret")
    assert charts.pid is None, "there is none before the first chart"
    first, second = await asyncio.gather(charts.draw(PLAIN), charts.draw(PLAIN))
    pid = charts.pid
    assert pid is not None
    assert opened(first).width == opened(second).width == WIDTH
    assert b"very-secret" not in environment(pid)

    os.kill(pid, signal.SIGKILL)
    await gone(pid)
    assert opened(await charts.draw(PLAIN)).width == WIDTH, "another one takes its place"
    last = charts.pid
    assert last not in (None, pid)
    await charts.close()
    assert last is not None
    await gone(last)


async def test_a_process_that_hangs_is_killed_and_followed_by_another(charts: ChartProcess) -> None:
    assert await charts.draw(PLAIN)
    pid = charts.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    charts._patience = 0.2
    with capture_logs() as log:
        assert await charts.draw(PLAIN) is None
    assert [each["event"] for each in log] == ["a chart took too long, and was left out"]
    await gone(pid)
    charts._patience = PATIENCE
    assert await charts.draw(PLAIN)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; sys.stdin.buffer.read(4); sys.exit(3)", "a chart could not be drawn: the process for it ended"),
        ("import sys; sys.stdout.buffer.write(b'?')", "a chart could not be drawn: the process for it ended"),
    ],
)
async def test_a_process_that_dies_costs_a_chart_and_no_more(program: str, said: str) -> None:
    charts = ChartProcess(command=(sys.executable, "-c", program), patience=PATIENCE)
    with capture_logs() as log:
        assert [await charts.draw(PLAIN), await charts.draw(PLAIN)] == [None, None]
    assert [each["event"] for each in log] == [said, said]
    await charts.close()


async def test_where_there_is_no_such_program_there_is_no_chart() -> None:
    assert await ChartProcess(command=("/nowhere/python",), patience=PATIENCE).draw(PLAIN) is None


async def test_a_canceled_wait_leaves_no_answer_for_the_next_chart(charts: ChartProcess) -> None:
    drawing = asyncio.create_task(charts.draw(PLAIN))
    while charts.pid is None:  # noqa: ASYNC110 # nothing else tells
        await asyncio.sleep(0)
    drawing.cancel()
    await asyncio.gather(drawing, return_exceptions=True)
    assert charts.pid is None
    assert opened(await charts.draw(PLAIN)).width == WIDTH


async def test_it_ends_when_nobody_asks_for_charts() -> None:
    charts = ChartProcess(patience=PATIENCE, idle=0.0)
    assert await charts.draw(PLAIN)
    pid = charts.pid
    assert pid is not None
    await gone(pid)
    assert charts.pid is None
    await charts.close()


async def test_it_does_not_outlive_a_bot_that_is_killed() -> None:
    bot = await asyncio.create_subprocess_exec(sys.executable, "-c", BOT, stdout=asyncio.subprocess.PIPE)
    assert bot.stdout is not None
    pid = int(await bot.stdout.readline())
    bot.kill()
    await bot.wait()
    await gone(pid)
