"""The process that draws: charts come in, pictures go out, until the bot closes the pipe or is no more.

It is started by `bot.charts.process`, with nothing of the bot's but this room and the values of a chart.
"""

import faulthandler
import os
import sys
import tempfile
from typing import BinaryIO

from bot.charts.wire import HEAD, Drawn, length, packed, unpacked
from bot.domain.chart import Chart

LONGEST = 15.0
"""Seconds for one chart, after which the process ends itself, whatever it is busy with, and whoever still waits."""


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    while len(head := requests.read(HEAD)) == HEAD:
        faulthandler.dump_traceback_later(LONGEST, exit=True)
        answers.write(packed(_draw(unpacked(requests.read(length(head))))))
        answers.flush()
        faulthandler.cancel_dump_traceback_later()


def _draw(chart: Chart) -> Drawn:
    try:
        from bot.charts.painter import paint  # noqa: PLC0415 # where it can't be imported, that is the answer

        return Drawn(paint(chart))
    except Exception as error:  # noqa: BLE001 # the bot goes without this one, and logs why
        return Drawn(None, f"{type(error).__name__}: {error}")


def main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what anything prints is no answer
    if hasattr(os, "nice"):
        os.nice(10)  # a chart waits for the bot, never the bot for a chart
    with tempfile.TemporaryDirectory(prefix="easel-charts-") as directory:
        os.environ["MPLCONFIGDIR"] = directory
        os.environ["MPL_IGNORE_SYSTEM_FONTS"] = "1"  # charts look the same on every machine, and start at once
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
