"""A stand-in for the calls that Easel makes to OpenAI, on a loopback port: whether a key holds for a model, and the
moderation of prompts and pictures."""

import base64
from collections.abc import Mapping
from io import BytesIO
from types import TracebackType
from typing import Any, Self, cast

from aiohttp import web
from PIL import Image

from bot.demo.replicate_faults import Faults, Handler


class OpenAiServer:
    """Serves from entry to exit of the async context, at `url` (the API's base URL).

    `keys` hold; those that are `restricted` are known but may not use the model. `asked` are the keys that came, oldest
    first; `judged` is what was to be judged, by the parts of each call; `faults` takes orders for what is to go wrong.
    """

    def __init__(self, *keys: str, restricted: tuple[str, ...] = ()) -> None:
        self.asked: list[str] = []
        self.judged: list[list[dict[str, Any]]] = []
        self.faults = Faults()
        self.keys = keys
        self.restricted = restricted
        self._port = 0
        application = web.Application(middlewares=[self._record], client_max_size=64 << 20)
        application.add_routes(
            [web.get("/v1/models/{model}", self._model), web.post("/v1/moderations", self._moderations)]
        )
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

    async def _moderations(self, request: web.Request) -> web.Response:
        """Scores by words alone; a picture that is red all over is violent."""
        if self.asked[-1] not in self.keys:
            return _problem(401, "Incorrect API key provided.", "invalid_api_key")
        body: dict[str, Any] = await request.json()
        parts: list[dict[str, Any]] = body["input"]
        self.judged.append(parts)
        if sum(part["type"] == "image_url" for part in parts) > 1:
            return _problem(400, "Number of images exceeds the maximum of 1.", "invalid_request_error")
        scores = dict.fromkeys(WORDS, 0.01)
        for part in parts:
            scores |= _text_scores(part["text"]) if part["type"] == "text" else _picture_scores(part)
        result = {
            "flagged": any(score > 0.5 for score in scores.values()),
            "categories": {category: score > 0.5 for category, score in scores.items()},
            "category_scores": scores,
        }
        return web.json_response({"id": "modr-demo", "model": body["model"], "results": [result]})


WORDS: Mapping[str, tuple[str, float]] = {
    "sexual": ("naked", 0.9),
    "violence": ("battle", 0.6),
    "violence/graphic": ("gory", 0.95),
    "hate": ("hateful", 0.9),
    "harassment": ("insult", 0.4),
    "self-harm": ("hurting", 0.7),
    "illicit": ("burgle", 0.85),
}
"""The word by which a prompt is scored so high in a category."""


def _text_scores(text: str) -> dict[str, float]:
    return {category: score for category, (word, score) in WORDS.items() if word in text.casefold()}


def _picture_scores(part: dict[str, Any]) -> dict[str, float]:
    data = base64.b64decode(part["image_url"]["url"].partition(";base64,")[2])
    with Image.open(BytesIO(data)) as picture:
        red, green, blue = cast("tuple[int, int, int]", picture.convert("RGB").resize((1, 1)).getpixel((0, 0)))
    return {"violence/graphic": 0.97} if red > 200 and green < 40 and blue < 40 else {}


def _problem(status: int, message: str, code: str) -> web.Response:
    error: dict[str, Any] = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return web.json_response({"error": error}, status=status)
