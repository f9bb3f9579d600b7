"""Whether the program that runs with these settings answers at its port: for container engines, which ask twice a
minute. So this imports little: the whole command line takes several times as long to load as the answer does.
"""

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

from bot.settings import Settings

PATIENCE = 8.0
"""Seconds for an answer: `/readyz` gives its checks five."""

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 # where to ask whoever listens at all addresses


def health(settings: Settings, *, ready: bool) -> tuple[bool, str]:
    """Whether the program is alive or, with `ready`, whether members can be served; and a line that says so, or why
    not."""
    if not settings.http_port:
        return False, "It can't be asked: set HTTP_PORT to the port that it shall answer at."
    host = _EVERYWHERE.get(settings.http_host, settings.http_host)
    connection = HTTPConnection(host, settings.http_port, timeout=PATIENCE)
    try:
        connection.request("GET", "/readyz" if ready else "/livez")
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, HTTPException) as error:
        return False, f"No answer at {host}, port {settings.http_port}: {error or type(error).__name__}"
    finally:
        connection.close()
    if answer.status == 200:
        return True, "ready" if ready else "alive"
    return False, "; ".join([f"status {answer.status}", *_troubles(body)])


def _troubles(body: bytes) -> list[str]:
    """The checks of `/readyz` that didn't go well; none where it is somebody else who answers."""
    try:
        checks: dict[str, Any] = json.loads(body)["checks"]
        return [f"{name}: {finding}" for name, finding in checks.items() if finding != "ok"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
