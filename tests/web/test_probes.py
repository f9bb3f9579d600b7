"""`/readyz` answers in time, whatever it asks."""

import asyncio
import json

from aiohttp.test_utils import make_mocked_request

from bot.web.probes import Probes


async def well() -> str | None:
    return None


async def silent() -> str | None:
    await asyncio.Event().wait()
    return None


async def test_a_check_that_never_answers() -> None:
    answer = await Probes({"database": silent, "discord": well}, within=0.01).ready(
        make_mocked_request("GET", "/readyz")
    )
    assert answer.status == 503
    assert json.loads(answer.text or "")["checks"] == {"database": "no answer within 0.01 s", "discord": "ok"}
