"""`POST /webhooks/replicate/{job}`: Replicate's news of a prediction, verified before it is read."""

import asyncio

import structlog
from aiohttp import web
from pydantic import SecretStr

from bot.domain.errors import EaselError, StoreUnavailable
from bot.domain.prediction import Prediction
from bot.replicate.decoding import MalformedAnswer
from bot.replicate.signatures import InvalidDelivery, inspect, verify
from bot.replicate.wire import parse_prediction
from bot.service.deliveries import Deliveries
from bot.service.ports import AnswerLost, Clock, Meter, NeverSent, Received
from bot.web.clients import CLIENT, WELCOME
from bot.web.limits import Slots
from bot.web.notices import Notices
from bot.web.secrets import WebhookSecrets

_log = structlog.get_logger(__name__)

LARGEST_BODY = 1024 * 1024
"""Bytes. A prediction with pictures as `data:` URIs would be larger, and is learned of by asking instead."""

BODY_SECONDS = 10.0
"""How long a body may take, from the end of its head, the wait for room included."""

BODIES_AT_ONCE = 32
BODIES_OF_ONE_ADDRESS = 8
"""That are read at once, and so held in memory before anybody knows who sent them."""

_JOB = "{job_id:[0-9a-f]{16}}"


class ReplicateWebhook:
    """Believes about a job only what the job's own account has signed."""

    def __init__(self, deliveries: Deliveries, secrets: WebhookSecrets, clock: Clock, meter: Meter) -> None:
        self._deliveries = deliveries
        self._secrets = secrets
        self._clock = clock
        self._meter = meter
        self._slots = Slots(BODIES_AT_ONCE, BODIES_OF_ONE_ADDRESS)
        self._notices = Notices()

    def routes(self) -> list[web.RouteDef]:
        return [web.post(f"/webhooks/replicate/{_JOB}", self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        """200 once the news is passed on (and for a repeated delivery), 401 for a delivery that can't be verified, 400
        for one that can't be read, 408 and 413 for one that is too slow or too large, 503 where the secret or the
        database can't be had: Replicate then tries again."""
        job_id = request.match_info["job_id"]
        with structlog.contextvars.bound_contextvars(job=job_id):
            return await self._receive(request, job_id)

    async def _receive(self, request: web.Request, job_id: str) -> web.Response:
        try:
            inspect(request.headers, self._clock.now())
            secret = await self._secrets.of_job(job_id)
            prediction = await self._verified(request, secret)
        except InvalidDelivery:
            return self._refused(401, Received.UNVERIFIED, "refused a delivery whose signature doesn't hold")
        except MalformedAnswer:
            return self._refused(400, Received.UNREADABLE, "refused a delivery that is no prediction")
        except (web.RequestPayloadError, ConnectionError):
            return self._refused(400, Received.UNREADABLE, "a delivery broke off")
        except TimeoutError:
            return self._refused(408, Received.UNREADABLE, "gave up a delivery that took too long")
        except (NeverSent, AnswerLost, EaselError) as error:
            self._meter.received(Received.UNAVAILABLE)
            if self._notices.due("no secret"):
                _log.error("no webhook secret to verify with", error=repr(error))
            return web.Response(status=503)
        request[WELCOME] = True
        try:
            fresh = await self._deliveries.receive(request.headers["webhook-id"], job_id, prediction)
        except StoreUnavailable:  # it was passed on all the same, only not recorded
            self._meter.received(Received.UNAVAILABLE)
            return web.Response(status=503)
        self._meter.received(
            Received.ACCEPTED if fresh else Received.REPEATED, self._late(prediction) if fresh else None
        )
        return web.json_response({"received": True, "repeated": not fresh})

    def _late(self, prediction: Prediction) -> float | None:
        """Seconds since the end that it tells of."""
        ended = prediction.completed_at
        return None if ended is None else (self._clock.now() - ended).total_seconds()

    async def _verified(self, request: web.Request, secret: SecretStr) -> Prediction:
        async with asyncio.timeout(BODY_SECONDS), self._slots.slot(request[CLIENT]):
            body = await request.read()
            verify(secret.get_secret_value(), request.headers, body, self._clock.now())
            return parse_prediction(body)

    def _refused(self, status: int, received: Received, event: str) -> web.Response:
        self._meter.received(received)
        if self._notices.due(event):
            _log.warning(event)
        return web.Response(status=status)
