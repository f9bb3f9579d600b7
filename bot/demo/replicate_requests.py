"""What a request to the stand-in for Replicate asks for, or the problem with it."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from aiohttp import web

from bot.domain.catalog import CATALOG, Model
from bot.domain.hosts import is_loopback

WEBHOOK_EVENTS = ("start", "output", "logs", "completed")
SHORTEST_CANCEL_AFTER = 5  # seconds


class Problem(Exception):
    """An answer without success, as `application/problem+json`."""

    def __init__(self, status: int, title: str, detail: str, **more: Any) -> None:
        super().__init__(title)
        self.status = status
        self.body = {"title": title, "detail": detail, "status": status} | more


def not_found() -> Problem:
    return Problem(404, "Not found", "The requested resource could not be found.")


def model_of(request: web.Request) -> Model:
    try:
        return CATALOG[f"{request.match_info['owner']}/{request.match_info['name']}"]
    except KeyError:
        raise not_found() from None


def create_body(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Problem(400, "Bad request", "The body is no JSON object")
    return cast("dict[str, Any]", value)


def invalid_create(body: Mapping[str, Any]) -> list[dict[str, str]]:
    """What is wrong with a create, its input aside."""
    known = ("input", "stream", "webhook", "webhook_events_filter")
    wrong = [
        {"type": "additional_property_not_allowed", "field": name, "description": f"Property {name} is not allowed"}
        for name in body
        if name not in known
    ]
    webhook = body.get("webhook")
    if webhook is not None and not _may_receive(webhook):
        wrong.append({"type": "format", "field": "webhook", "description": "Must be a valid HTTPS URL"})
    events = body.get("webhook_events_filter")
    if events is not None and not _are_events(events):
        wrong.append({"type": "enum", "field": "webhook_events_filter", "description": "Unknown event"})
    return wrong


def _are_events(value: object) -> bool:
    return isinstance(value, list) and all(each in WEBHOOK_EVENTS for each in cast("list[object]", value))


def _may_receive(webhook: object) -> bool:
    """Replicate takes https alone; here a plain receiver on the loopback serves as well."""
    try:
        parts = urlsplit(webhook) if isinstance(webhook, str) else None
    except ValueError:
        return False
    if parts is None or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def cancel_after(header: str | None) -> timedelta | None:
    """The header's value, as "90", "90s", "5m" or "1h30m45s"."""
    if header is None:
        return None
    parts = re.fullmatch(r"(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s?)?", header)
    hours, minutes, seconds = (int(part or 0) for part in parts.groups()) if parts else (0, 0, 0)
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if length < timedelta(seconds=SHORTEST_CANCEL_AFTER):
        raise Problem(422, "Input validation failed", "Cancel-After must be a duration of at least 5 seconds")
    return length


def asked_moment(request: web.Request, name: str) -> datetime | None:
    asked = request.query.get(name)
    if asked is None:
        return None
    try:
        asked_for = datetime.fromisoformat(asked)
    except ValueError:
        raise Problem(400, "Bad request", f"{name} is no date-time") from None
    return asked_for if asked_for.tzinfo else asked_for.replace(tzinfo=UTC)


def position(cursor: str | None) -> tuple[str, int]:
    """Which way from which run's number a page lies; ("older", 0) for the first."""
    if cursor is None:
        return "older", 0
    try:
        direction, _, number = base64.urlsafe_b64decode(cursor).decode().partition(" ")
        return direction, int(number)
    except (ValueError, binascii.Error):
        raise Problem(400, "Bad request", "The cursor is invalid") from None
