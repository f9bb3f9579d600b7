"""The address that Replicate calls, and the ports of this machine. Nothing but these is called."""

import asyncio
from collections.abc import AsyncGenerator
from urllib.parse import urlsplit

import aiohttp

from bot.configured import webhook_base
from bot.doctor.findings import Finding, error, ok, skipped, warning
from bot.settings import Settings

WEBHOOKS = "webhooks"
PORTS = "ports"

NO_JOB = "0" * 16
"""Of the form of a job's id, and none's."""

_TIMEOUT = aiohttp.ClientTimeout(total=10.0)
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 # what to call instead


async def check_webhooks(settings: Settings) -> AsyncGenerator[Finding]:
    """Send to the address what Easel refuses: a delivery without a signature."""
    base = webhook_base(settings)
    if base is None or settings.public_url is None:
        yield skipped(WEBHOOKS, "address", "PUBLIC_URL is unset: Easel asks Replicate for each end")
        return
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    try:
        await asyncio.get_running_loop().getaddrinfo(host, parts.port or 443)
    except (OSError, UnicodeError):  # the latter for what can be no name
        advice = "Enter it at your DNS provider, or correct PUBLIC_URL."
        yield error(WEBHOOKS, "name", f"no address is known of {host}", advice)
        return
    yield ok(WEBHOOKS, "name", f"{host} has an address")
    yield await _delivery(f"{base}/{NO_JOB}")


async def _delivery(url: str) -> Finding:
    name = "address"
    try:
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=_TIMEOUT) as session,
            session.post(url, data=b"{}", allow_redirects=False) as response,
        ):
            return _answered(name, response.status)
    except aiohttp.ClientConnectorCertificateError as trouble:
        why = trouble.certificate_error
        said = f"its certificate is refused ({getattr(why, 'verify_message', '') or why})"
        return error(
            WEBHOOKS, name, said, "Give the web server a certificate that browsers take, with its whole chain."
        )
    except aiohttp.ClientSSLError:
        advice = "Let the web server in front of Easel speak TLS at that port; Easel itself speaks plain HTTP."
        return error(WEBHOOKS, name, "no TLS is spoken there", advice)
    except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
        advice = (
            "See that the bot runs, that the web server in front of it passes on to HTTP_PORT, and that the firewall "
            "lets it through. Where this machine can't reach its own public address, try it from another."
        )
        return error(WEBHOOKS, name, f"no answer comes from there ({type(trouble).__name__})", advice)


def _answered(name: str, status: int) -> Finding:
    match status:
        case 401:
            return ok(WEBHOOKS, name, "answers as Easel does: an unsigned delivery is refused")
        case 404 | 405:
            advice = "Let PUBLIC_URL, with its path, lead to Easel: /webhooks/replicate/ below it is its own."
            return error(WEBHOOKS, name, f"answers {status}: something else than Easel is there", advice)
        case 429:
            return warning(WEBHOOKS, name, "answers 429: it was called too often just now", "Try again later.")
        case 502 | 504:
            advice = "Start the bot, and let the web server pass on to HTTP_PORT."
            return error(WEBHOOKS, name, f"answers {status}: the web server in front doesn't reach Easel", advice)
        case 503:
            advice = "See the log of the bot, and of the web server in front of it."
            return error(WEBHOOKS, name, "answers 503: Easel is there, but can't verify, or isn't there", advice)
        case _ if 300 <= status < 400:
            advice = "Set PUBLIC_URL to where it leads: Replicate may not follow."
            return error(WEBHOOKS, name, f"answers {status}: it leads elsewhere", advice)
        case _:
            advice = (
                "Let the web server pass on /webhooks/replicate/ unchanged, without a login or a challenge of its own."
            )
            return error(WEBHOOKS, name, f"answers {status}, where Easel answers 401", advice)


async def check_ports(settings: Settings) -> AsyncGenerator[Finding]:
    """Called, and not bound: a bot that starts just now finds its ports free."""
    if settings.http_port:
        yield await _port("HTTP_PORT", settings.http_host, settings.http_port, ("/livez", b'"live"'))
    if settings.metrics_port:
        yield await _port("METRICS_PORT", settings.metrics_host, settings.metrics_port, ("/metrics", b"easel_"))
    if not settings.http_port and not settings.metrics_port:
        yield skipped(PORTS, "HTTP_PORT", "neither this nor METRICS_PORT is opened")


async def _port(name: str, host: str, port: int, expected: tuple[str, bytes]) -> Finding:
    """`expected` is what Easel has there: a path, and what its answer holds."""
    path, mark = expected
    called = _ANYWHERE.get(host, host)
    at = f"[{called}]" if ":" in called else called
    try:
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=_TIMEOUT) as session,
            session.get(f"http://{at}:{port}{path}", allow_redirects=False) as response,
        ):
            body = await response.content.read(65_536)
    except aiohttp.ClientConnectorError:
        return ok(PORTS, name, f"{port} is free: no Easel runs here now")
    except (aiohttp.ClientError, TimeoutError, OSError):
        body = b""
    if mark in body:
        return ok(PORTS, name, f"Easel answers at {port}")
    said = f"another program answers at {port}"
    return error(PORTS, name, said, f"End it, or set {name} to another port: Easel can't start with this one.")
