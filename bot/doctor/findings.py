"""What a check finds, and how checks are run: beside each other, each for a bounded time, none in another's way."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum

PART_SECONDS = 30.0
"""How long a part may take. What it has found by then counts."""


class State(StrEnum):
    """How it stands with what was looked at."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing, in a sentence, and what to do next where that is something. Neither holds a
    secret."""

    part: str
    check: str
    state: State
    finding: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the deployment, and the check that goes through it."""

    name: str
    check: Callable[[], AsyncGenerator[Finding]]


def ok(part: str, check: str, finding: str) -> Finding:
    return Finding(part, check, State.OK, finding)


def warning(part: str, check: str, finding: str, advice: str) -> Finding:
    return Finding(part, check, State.WARNING, finding, advice)


def error(part: str, check: str, finding: str, advice: str) -> Finding:
    return Finding(part, check, State.ERROR, finding, advice)


def skipped(part: str, check: str, finding: str) -> Finding:
    return Finding(part, check, State.SKIPPED, finding)


async def run(parts: Sequence[Part], *, within: float = PART_SECONDS) -> list[Finding]:
    """All that the parts find, in their order."""
    found = await asyncio.gather(*(_run(part, within) for part in parts))
    return [each for several in found for each in several]


async def _run(part: Part, within: float) -> list[Finding]:
    found: list[Finding] = []
    try:
        async with asyncio.timeout(within), aclosing(part.check()) as findings:
            async for each in findings:
                found.append(each)  # noqa: PERF401 # what was found before a failure counts
    except TimeoutError:
        advice = "Try again; if it stays so, see what is slow between this machine and there."
        found.append(error(part.name, "time", f"not all was looked at within {within:g} s", advice))
    except Exception as crash:  # noqa: BLE001 # no check's own mistake keeps the others from being told
        # By its class alone: its words could hold anything.
        said = f"the check itself failed ({type(crash).__name__})"
        found.append(error(part.name, "check", said, "This is a mistake in Easel: please report it."))
    return found
