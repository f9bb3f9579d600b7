"""`POST /webhooks/replicate/{job}`: Replicate's news of a prediction, verified before it is read."""

import re

import structlog
from aiohttp import web

from bot.domain.errors import EaselError, StoreUnavailable
from bot.domain.prediction import Prediction
from bot.replicate.decoding import MalformedAnswer
from bot.replicate.signatures import InvalidDelivery, verify
from bot.replicate.wire import parse_prediction
from bot.service.deliveries import Deliveries
from bot.service.ports import AnswerLost, Clock, Meter, NeverSent, Received
from bot.web.secrets import WebhookSecrets

_log = structlog.get_logger(__name__)

LARGEST_BODY = 8 * 1024 * 1024
"""Bytes. A prediction of ten pictures as `data:` URIs would be larger, and is learned of by asking instead."""

_JOB_ID = re.compile(r"[0-9a-f]{16}")
"""What may stand in the log: anyone can call any address."""


class ReplicateWebhook:
    """Believes about a job only what the job's own account has signed."""

    def __init__(self, deliveries: Deliveries, secrets: WebhookSecrets, clock: Clock, meter: Meter) -> None:
        self._deliveries = deliveries
        self._secrets = secrets
        self._clock = clock
        self._meter = meter

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/webhooks/replicate/{job_id}", self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        """200 once the news is passed on (and for a repeated delivery), 401 for a delivery that can't be verified, 400
        for one that can't be read, 503 where the secret or the database can't be had: Replicate then tries again."""
        job_id = request.match_info["job_id"]
        with structlog.contextvars.bound_contextvars(**({"job": job_id} if _JOB_ID.fullmatch(job_id) else {})):
            return await self._receive(request, job_id)

    async def _receive(self, request: web.Request, job_id: str) -> web.Response:
        body = await request.read()
        try:
            secret = await self._secrets.of_job(job_id)
        except (NeverSent, AnswerLost, EaselError) as error:
            _log.error("no webhook secret to verify with", error=repr(error))
            self._meter.received(Received.UNAVAILABLE)
            return web.Response(status=503)
        try:
            verify(secret.get_secret_value(), request.headers, body, self._clock.now())
            prediction = parse_prediction(body)
        except InvalidDelivery:
            _log.warning("refused a delivery whose signature doesn't hold")
            self._meter.received(Received.UNVERIFIED)
            return web.Response(status=401)
        except MalformedAnswer:
            _log.warning("refused a delivery that is no prediction")
            self._meter.received(Received.UNREADABLE)
            return web.Response(status=400)
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
