"""The job behind a button, a form or a message, in the time that Discord leaves for an answer."""

import asyncio
from contextlib import suppress

from bot.chat.studio import Interaction
from bot.domain.errors import StoreUnavailable
from bot.domain.job import Job

LOOK_UP_SECONDS = 2.0
"""How long it may take. Discord waits for 3 s, and a form can't follow on a deferred answer."""


async def job_behind(interaction: Interaction, job_id: str) -> Job | None:
    """None where it isn't known any longer. Raises `StoreUnavailable`, also where that can't be told in time."""
    look_up = asyncio.ensure_future(interaction.client.studio.moderation.job(job_id))
    try:
        async with asyncio.timeout(LOOK_UP_SECONDS):
            return await asyncio.shield(look_up)
    except TimeoutError:
        look_up.add_done_callback(_forget)
        raise StoreUnavailable from None


def _forget(look_up: asyncio.Future[Job | None]) -> None:
    """Nobody waits for it any longer, so nobody would fetch its error."""
    with suppress(asyncio.CancelledError, Exception):
        look_up.result()
