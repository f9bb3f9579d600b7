"""One request and its answer: read, recorded, held against limits, struck by faults, handled."""

import asyncio
import time
from collections.abc import Callable

from aiohttp import ClientPayloadError, web

from tests.wire import bodies, faults
from tests.wire.faults import Babble, Faults, Garble, Hang, RecordedRequest, Reset, Respond, Wait
from tests.wire.limits import RateLimits
from tests.wire.messages import Attachment
from tests.wire.rules import JSON, VIA, ApiError, Refusal
from tests.wire.world import World

Handler = Callable[[RecordedRequest], JSON | list[JSON] | Attachment | None]


class Exchange:
    """Serves requests. Each is read whole, recorded, then handled in one step of the event loop."""

    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self.faults = Faults()
        self.rate_limits = RateLimits()
        self.requests: list[RecordedRequest] = []
        self._authorization = f"Bot {token}"
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Let go of the requests that a fault left hanging."""
        self._closing.set()

    async def serve(
        self, route: str | None, handler: Handler, request: web.Request, *, needs_token: bool
    ) -> web.Response:
        call = RecordedRequest(
            request.method, request.path, route, time.monotonic(), dict(request.match_info), dict(request.query)
        )
        self.requests.append(call)
        fault = self.faults.take(call.method, route, call.params)
        self.world.changes.announce()
        if fault == Reset():
            return _reset(request)
        refusal: ApiError | None = None
        try:
            call.payload, call.files = await bodies.read(request)
        except ApiError as error:
            refusal = error
        except (ConnectionError, ClientPayloadError):
            call.gone = True
            self.world.changes.announce()
            return web.Response(status=400)  # which no one gets
        if needs_token and request.headers.get("Authorization") != self._authorization:
            refusal = ApiError(Refusal.UNAUTHORIZED)

        answer = self._handle(handler, call, refusal) if fault is None or fault.handled else None
        match fault:
            case None:
                pass
            case Respond():
                answer = fault
            case Garble():
                answer = answer and fault.garble(answer)
            case Wait():
                await self._until(fault.until)
                answer = answer or self._handle(handler, call, refusal)
            case Hang():
                await self._closing.wait()
                answer = None
            case Babble(data):
                if request.transport is not None:
                    request.transport.write(data)
                    request.transport.close()
                return web.Response()  # which no one gets
            case Reset():
                answer = None
        self.world.changes.announce()
        return _send(call, answer) if answer is not None else _reset(request)

    def _handle(self, handler: Handler, call: RecordedRequest, refusal: ApiError | None) -> Respond:
        limited, headers = self.rate_limits.take(call)
        if limited is not None:
            return limited
        try:
            if refusal is not None:
                raise refusal
            answer = handler(call)
        except ApiError as error:
            return Respond(error.status, error.payload, {**headers, **error.headers})
        except Exception as error:  # noqa: BLE001 - kept, and raised when the server closes
            self.world.failures.append(error)
            return Respond(400, {"message": f"the stand-in failed: {error!r}", "code": 0})
        return Respond(200 if answer is not None else 204, answer, {**headers, **VIA})

    async def _until(self, event: asyncio.Event) -> None:
        """Wait for an event of the test's, or for the end."""
        waits = [asyncio.create_task(each.wait()) for each in (event, self._closing)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


def _send(call: RecordedRequest, answer: Respond) -> web.Response:
    call.status, call.answer_headers = answer.status, answer.headers
    if isinstance(answer.body, Attachment):
        return web.Response(body=answer.body.data, content_type=answer.body.file.content_type)
    call.answer = answer.body
    return bodies.respond(answer.status, answer.body, answer.headers)


def _reset(request: web.Request) -> web.Response:
    """Reset the connection. The response that is returned goes nowhere."""
    if request.transport is not None:
        faults.reset(request.transport)
    return web.Response()
