"""What has to be looked up before an interaction can be answered, in the time that Discord leaves for it."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, TypeVar

from bot.chat.studio import Interaction
from bot.domain.errors import StoreUnavailable
from bot.domain.job import Job

_T = TypeVar("_T")

LOOK_UP_SECONDS = 2.0
"""How long it may take. Discord waits for 3 s, and a form can't follow on a deferred answer."""


async def job_behind(interaction: Interaction, job_id: str, *, erased: bool = False) -> Job | None:
    """The job of a button, a form or a message; None where it isn't known any longer, or, but with `erased`, where its
    words are erased. Raises `StoreUnavailable`."""
    job = await in_time(interaction.client.studio.moderation.job(job_id))
    return None if job is not None and job.erased and not erased else job


async def in_time(look_up: Awaitable[_T]) -> _T:
    """What is looked up in the store. Raises `StoreUnavailable`, also where it isn't there in time."""
    task = asyncio.ensure_future(look_up)
    try:
        async with asyncio.timeout(LOOK_UP_SECONDS):
            return await asyncio.shield(task)
    except TimeoutError:
        task.add_done_callback(_forget)
        raise StoreUnavailable from None


def _forget(task: asyncio.Future[Any]) -> None:
    """Nobody waits for it any longer, so nobody would fetch its error."""
    with suppress(asyncio.CancelledError, Exception):
        task.result()
