"""`/readyz` answers in time, whatever it asks."""

import asyncio
import json
from typing import Any

from aiohttp.test_utils import make_mocked_request

from bot.web.clients import LOCAL
from bot.web.probes import KEPT_SECONDS, Probes


async def well() -> str | None:
    return None


async def silent() -> str | None:
    await asyncio.Event().wait()
    return None


async def asked(probes: Probes, *, local: bool = True) -> tuple[int, Any]:
    request = make_mocked_request("GET", "/readyz")
    request[LOCAL] = local
    answer = await probes.ready(request)
    return answer.status, json.loads(answer.text or "")


async def test_a_check_that_never_answers() -> None:
    checks = {"database": "no answer within 0.01 s", "discord": "ok"}
    probes = Probes({"database": silent, "discord": well}, within=0.01)
    assert await asked(probes) == (503, {"ready": False, "checks": checks})
    assert await asked(probes, local=False) == (503, {"ready": False}), "what is wrong is no stranger's business"


async def test_the_checks_are_not_run_for_each_stranger_who_asks() -> None:
    runs, now = 0, 100.0

    async def counted() -> str | None:
        nonlocal runs
        runs += 1
        return None

    probes = Probes({"database": counted}, now=lambda: now)
    await asyncio.gather(*(asked(probes, local=False) for _ in range(20)))
    assert runs == 1
    await asked(probes)
    assert runs == 2, "this machine hears what holds now"
    now += KEPT_SECONDS
    await asked(probes, local=False)
    assert runs == 3
