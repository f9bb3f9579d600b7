"""The signatures of webhooks, as a test makes them."""

import base64
import hashlib
import hmac
import time


def signed(secret: str, body: bytes, *, webhook_id: str = "msg_test", at: float | None = None) -> dict[str, str]:
    """The headers of a delivery, as https://www.standardwebhooks.com has them."""
    timestamp = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
