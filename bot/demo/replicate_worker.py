"""The life of a run at the stand-in for Replicate: it starts, works, and ends as it must."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import structlog

from bot.demo.replicate_bill import Bill, bill_of, usage
from bot.demo.replicate_runs import LOGS_AT_START, Gate, Pace, Run, logs_at_end
from bot.domain.catalog import ALPHA_FORMATS
from bot.service.ports import Clock

_log = structlog.get_logger(__name__)

Paint: TypeAlias = Callable[[Mapping[str, Any], Sequence[bytes]], list[bytes]]
"""Encoded pictures for an input and the encoded pictures to edit. Blocking. A `ValueError` says that an input is no
picture."""

REFUSED_WORDS = ("forbidden", "gore", "nsfw")
"""A prompt that holds one of these words is refused, as by the model's safety system."""

DEFAULT_CANCEL_AFTER = 30 * 60  # seconds

PAINTERS = 2
"""Pictures are CPU-bound: more at a time would only keep the rest of the machine waiting."""


class NoPictures(Exception):
    """Why a run has no pictures, in Replicate's words."""


class Worker:
    """Brings runs to their ends. `read` answers the bytes behind an input's URL, or None; `place` makes the URL of an
    output file; `announce` is told of each start and end, before anything else sees it.

    `bills` are those of the runs that are charged for, by their ids: of those that succeeded for the pictures that came
    out, and of those that were canceled after they had started for all that were asked for.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        paint: Paint,
        pace: Pace,
        read: Callable[[str], bytes | None],
        place: Callable[[Run, str], str],
        announce: Callable[[Run, str], None],
    ) -> None:
        self.start_gate = Gate()
        self.end_gate = Gate()
        self.keeps_deadlines = True
        self.bills: dict[str, Bill] = {}
        self._clock = clock
        self._paint = paint
        self._pace = pace
        self._read = read
        self._place = place
        self._announce = announce
        self._painters = asyncio.Semaphore(PAINTERS)

    def start(self, run: Run) -> None:
        run.tasks = [asyncio.create_task(self._live(run)), asyncio.create_task(self._expire(run))]

    def cancel(self, run: Run) -> None:
        """Nothing happens to a run that has ended."""
        self._end(run, "canceled")

    async def _live(self, run: Run) -> None:
        await self.start_gate.passed()
        run.status = "processing"
        run.started_at = self._clock.now()
        run.logs = LOGS_AT_START.format(name=run.model.slug.partition("/")[2])
        self._announce(run, "start")
        try:
            pictures = await self._work(run, run.started_at)
        except NoPictures as failure:
            await self.end_gate.passed()
            self._end(run, "failed", error=f"Prediction failed: {failure} ({run.id})")
            return
        await self.end_gate.passed()
        if run.ending is not None:
            run.output = run.ending.output
            self._end(run, run.ending.status, error=run.ending.error)
            return
        for index, picture in enumerate(pictures):
            run.files[f"out-{index}.{run.value('output_format')}"] = picture
        run.output = [self._place(run, name) for name in run.files]
        self._end(run, "succeeded")

    async def _work(self, run: Run, started_at: datetime) -> list[bytes]:
        """The pictures, as late as the pace says. Raises `NoPictures`."""
        values = {
            name: run.value(name)
            for name, each in run.model.inputs.items()
            if each.kind != "secret" and run.value(name) is not None
        }
        seconds = self._pace(values)
        if run.ending is not None:
            await self._sleep(seconds)
            return []
        if any(word in run.input["prompt"].lower() for word in REFUSED_WORDS):
            await self._sleep(seconds / 4)
            raise NoPictures(
                "Error generating content: The input or output was flagged as sensitive."
                " Please try again with different inputs. (E005)"
            )
        if values["background"] == "transparent" and values["output_format"] not in ALPHA_FORMATS:
            raise NoPictures("Invalid input: a transparent background needs png or webp. (E006)")
        inputs: list[bytes] = []
        for url in run.input.get("input_images", ()):
            data = self._read(url)
            if data is None:
                raise NoPictures("Invalid input: an image in input_images could not be fetched. (E006)")
            inputs.append(data)
        pictures = await self._painted(values, inputs)
        await self._sleep(seconds - (self._clock.now() - started_at).total_seconds())
        return pictures

    async def _painted(self, values: Mapping[str, Any], inputs: Sequence[bytes]) -> list[bytes]:
        try:
            async with self._painters:
                return await asyncio.to_thread(self._paint, values, inputs)
        except ValueError:
            raise NoPictures("Invalid input: an image in input_images could not be read. (E006)") from None
        except Exception as error:  # whatever the painter stumbles over, the run has to end
            _log.exception("the painter failed")
            raise NoPictures("Something went wrong. (E9243)") from error

    async def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            await self._clock.sleep(seconds)

    async def _expire(self, run: Run) -> None:
        limit = DEFAULT_CANCEL_AFTER if run.cancel_after is None else run.cancel_after.total_seconds()
        await self._clock.sleep(limit)
        if self.keeps_deadlines:
            self._end(run, "aborted" if run.started_at is None else "canceled")

    def _end(self, run: Run, status: str, *, error: str | None = None) -> None:
        if run.ended:
            return
        run.status, run.error, run.completed_at = status, error, self._clock.now()
        if status == "succeeded":
            pictures = 1 if isinstance(run.output, str) else len(run.output or ())
            seconds = (run.completed_at - (run.started_at or run.created_at)).total_seconds()
            run.logs += logs_at_end(seconds, pictures, usage(run, pictures))
            self._charge(run, pictures)
        elif status == "canceled" and run.started_at is not None:
            self._charge(run, run.value("number_of_images"))
        for task in run.tasks:
            if task is not asyncio.current_task():
                task.cancel()
        self._announce(run, "completed")

    def _charge(self, run: Run, pictures: int) -> None:
        bill = bill_of(run, pictures)
        if bill.amount:
            self.bills[run.id] = bill
