"""Whether a webhook came from Replicate, which signs by the Standard Webhooks scheme.

Replicate's own section on it: https://replicate.com/docs/topics/webhooks/verify-webhook
"""

import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

TOLERANCE = timedelta(minutes=5)
"""How far a delivery's timestamp may lie from now, either way."""

_ID = re.compile(r"[!-~]{1,256}")  # visible ASCII


class InvalidDelivery(Exception):
    """Not signed with this secret, not complete, or not from now."""


def inspect(headers: Mapping[str, str], now: datetime | None = None) -> None:
    """Raise `InvalidDelivery` for headers that no body would make a delivery of: it needn't be read, then."""
    _inspected(headers, now)


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime | None = None) -> str:
    """Answer the `webhook-id` of a delivery that was signed with `secret` (`whsec_…`) close to `now` (the present).

    Raises `InvalidDelivery` for anything else, however malformed. The id is the same each time a delivery is repeated,
    and telling repetitions apart is up to the caller. Names of headers are taken in any case.
    """
    webhook_id, sent, signatures = _inspected(headers, now)
    try:
        # `Webhook.verify` reads the clock by itself, and stumbles over a malformed signature beside a sound one.
        expected = Webhook(secret).sign(webhook_id, sent, body.decode()).encode()
    except (ValueError, EmptyWebhookSecretError):
        raise InvalidDelivery("the secret or the body is malformed") from None
    if not any(hmac.compare_digest(expected, each.encode(errors="replace")) for each in signatures):
        raise InvalidDelivery("no signature matches")
    return webhook_id


def _inspected(headers: Mapping[str, str], now: datetime | None) -> tuple[str, datetime, list[str]]:
    """The id, the time, and the signatures."""
    given = {name.lower(): value for name, value in headers.items()}
    webhook_id, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    signatures = given.get("webhook-signature", "").split(" ")
    if not _ID.fullmatch(webhook_id) or not re.fullmatch(r"[0-9]{1,11}", timestamp) or not any(signatures):
        raise InvalidDelivery("headers are missing or malformed")
    sent = datetime.fromtimestamp(int(timestamp), UTC)
    if abs((now or datetime.now(UTC)) - sent) > TOLERANCE:
        raise InvalidDelivery("too old, or from the future")
    return webhook_id, sent, signatures
