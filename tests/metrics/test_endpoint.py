"""`/metrics` over a socket: in the format that is asked for, and nothing else at its port."""

import aiohttp

from bot.metrics.exposition import Metrics
from bot.web.limits import AddressLimit
from bot.web.metrics import MetricsEndpoint
from bot.web.server import WebServer

OPEN_METRICS = "application/openmetrics-text"


async def test_the_format_is_negotiated() -> None:
    server = WebServer(MetricsEndpoint(Metrics().expose).routes(), host="127.0.0.1", port=0)
    await server.start()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as http:
            async with http.get("/metrics") as answer:
                assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
                assert "_created" not in await answer.text()
            # As Prometheus asks.
            wanted = f"{OPEN_METRICS};version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
            async with http.get("/metrics", headers={"Accept": wanted}) as answer:
                assert answer.headers["Content-Type"].startswith(f"{OPEN_METRICS}; version=1.0.0")
                assert (await answer.text()).endswith("# EOF\n")
            for method, path, status in (("GET", "/", 404), ("GET", "/livez", 404), ("POST", "/metrics", 405)):
                async with http.request(method, path) as answer:
                    assert answer.status == status
    finally:
        await server.close()


async def test_requests_over_the_limit_of_an_address_are_told_of() -> None:
    told: list[None] = []
    server = WebServer(
        MetricsEndpoint(Metrics().expose).routes(),
        host="127.0.0.1",
        port=0,
        limit=AddressLimit(per_second=1, burst=1, now=lambda: 0.0),
        limited=lambda: told.append(None),
    )
    await server.start()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as http:
            for status in (200, 429, 429):
                async with http.get("/metrics") as answer:
                    assert answer.status == status
        assert len(told) == 2
    finally:
        await server.close()
