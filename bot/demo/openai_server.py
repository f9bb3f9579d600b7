"""A stand-in for the one call that Easel makes to OpenAI, on a loopback port: does a key hold for a model?"""

from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.demo.replicate_faults import Faults, Handler


class OpenAiServer:
    """Serves from entry to exit of the async context, at `url` (the API's base URL).

    `keys` hold; those that are `restricted` are known but may not use the model. `asked` are the keys that came, oldest
    first; `faults` takes orders for what is to go wrong.
    """

    def __init__(self, *keys: str, restricted: tuple[str, ...] = ()) -> None:
        self.asked: list[str] = []
        self.faults = Faults()
        self.keys = keys
        self.restricted = restricted
        self._port = 0
        application = web.Application(middlewares=[self._record])
        application.add_routes([web.get("/v1/models/{model}", self._model)])
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.faults.close()
        await self._runner.cleanup()

    @web.middleware
    async def _record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked.append(request.headers.get("Authorization", "").removeprefix("Bearer "))
        return await self.faults.serve(request, handler)

    async def _model(self, request: web.Request) -> web.Response:
        key, model = self.asked[-1], request.match_info["model"]
        if key in self.restricted:
            said = f"The model `{model}` does not exist or you do not have access to it."
            return _problem(404, said, "model_not_found")
        if key not in self.keys:
            return _problem(401, "Incorrect API key provided.", "invalid_api_key")
        return web.json_response({"id": model, "object": "model", "created": 1775000000, "owned_by": "openai"})


def _problem(status: int, message: str, code: str) -> web.Response:
    error: dict[str, Any] = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return web.json_response({"error": error}, status=status)
