"""Verification against deliveries that the stand-in signed with code of its own."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.replicate_server import ReplicateServer
from bot.demo.replicate_webhooks import SentWebhook
from bot.domain.prediction import PredictionStatus
from bot.replicate.client import ReplicateClient
from bot.replicate.signatures import InvalidDelivery, verify
from bot.replicate.wire import parse_prediction
from tests.replicate.receiver import Receiver
from tests.replicate.support import ACCOUNT, submission

OTHER_SECRET = "whsec_" + base64.b64encode(b"another key of 24 bytes.").decode()


@pytest.fixture
async def delivery(replicate: ReplicateServer, client: ReplicateClient, receiver: Receiver) -> SentWebhook:
    """One that really arrived."""
    await client.create(ACCOUNT, submission(webhook=f"{receiver.url}/hook"))
    await replicate.until(lambda: len(replicate.webhooks) == 2 and all(each.status for each in replicate.webhooks))
    sent = next(each for each in replicate.webhooks if each.event == "completed")
    assert sent.body in [each.body for each in receiver.received]
    return sent


def _sent_at(delivery: SentWebhook) -> datetime:
    return datetime.fromtimestamp(int(delivery.headers["webhook-timestamp"]), UTC)


async def test_a_delivery_holds_and_holds_again(replicate: ReplicateServer, delivery: SentWebhook) -> None:
    for headers in (delivery.headers, {name.title(): value for name, value in delivery.headers.items()}):
        assert verify(replicate.webhook_secret, headers, delivery.body) == delivery.headers["webhook-id"]
    assert parse_prediction(delivery.body).status is PredictionStatus.SUCCEEDED


async def test_one_of_several_signatures_is_enough(replicate: ReplicateServer, delivery: SentWebhook) -> None:
    mine = delivery.headers["webhook-signature"]
    for signatures in (f"v1,AAAA {mine}", f"{mine} v2,xyz", f"nonsense {mine}", f"v1 , v1a,\u00e9 {mine} "):
        verify(replicate.webhook_secret, {**delivery.headers, "webhook-signature": signatures}, delivery.body)


async def test_a_changed_delivery_does_not_hold(replicate: ReplicateServer, delivery: SentWebhook) -> None:
    secret, headers, body = replicate.webhook_secret, dict(delivery.headers), delivery.body
    later = str(int(headers["webhook-timestamp"]) + 1)
    for changed_headers, changed_body in (
        (headers, body + b" "),
        (headers, body.replace(b"succeeded", b"cancelled")),
        (headers, b""),
        (headers, b"\xff\xfe"),
        (headers | {"webhook-id": "msg_other"}, body),
        (headers | {"webhook-timestamp": later}, body),
        (headers | {"webhook-timestamp": "soon"}, body),
        (headers | {"webhook-timestamp": "9" * 11}, body),
        (headers | {"webhook-timestamp": "nan"}, body),
        (headers | {"webhook-signature": ""}, body),
        (headers | {"webhook-signature": "v1"}, body),
        (headers | {"webhook-signature": headers["webhook-signature"].replace("v1,", "v2,")}, body),
        ({name: value for name, value in headers.items() if name != "webhook-id"}, body),
        ({name: value for name, value in headers.items() if name != "webhook-signature"}, body),
        ({}, body),
    ):
        with pytest.raises(InvalidDelivery):
            verify(secret, changed_headers, changed_body)


@pytest.mark.parametrize("secret", [OTHER_SECRET, "", "whsec_", "whsec_ä", "whsec_A", "not base64!"])
async def test_another_secret_does_not_hold(delivery: SentWebhook, secret: str) -> None:
    with pytest.raises(InvalidDelivery):
        verify(secret, delivery.headers, delivery.body)


async def test_the_tolerance_is_five_minutes_either_way(replicate: ReplicateServer, delivery: SentWebhook) -> None:
    sent = _sent_at(delivery)
    for seconds in (-300, 0, 300):
        verify(replicate.webhook_secret, delivery.headers, delivery.body, sent + timedelta(seconds=seconds))
    for seconds in (-301, 301, 86_400):
        with pytest.raises(InvalidDelivery):
            verify(replicate.webhook_secret, delivery.headers, delivery.body, sent + timedelta(seconds=seconds))


_NAMES = st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "Webhook-Id", "x"])
_VALUES = st.text() | st.integers(0, 2_000_000_000).map(str) | st.just("v1,AAAA")


@settings(deadline=None)
@given(secret=st.text() | st.just(OTHER_SECRET), headers=st.dictionaries(_NAMES, _VALUES), body=st.binary())
def test_nothing_made_up_holds_or_crashes(secret: str, headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(InvalidDelivery):
        verify(secret, headers, body, datetime(2026, 11, 20, tzinfo=UTC))
