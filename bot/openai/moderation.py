"""What OpenAI's moderation endpoint says of a prompt and of pictures: the adapter of the port `Classifier`."""

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import aiohttp
from pydantic import SecretStr
from yarl import URL

from bot.domain.account import OPERATOR, Vendor
from bot.domain.request import InputImage
from bot.openai.key_check import API_URL
from bot.service.ports import CheckFailed, Keys

MODEL = "omni-moderation-latest"

SECONDS = 5.0
"""For all tries. The endpoint answers within one, as a rule."""

SECONDS_WITH_PICTURES = 10.0

TRIES = 2

LARGEST_PICTURE = 20_000_000
"""Bytes that OpenAI takes of one picture."""


class OpenAiModeration:
    """`POST /moderations` of OpenAI's API reference, which costs nothing. One call takes one picture. `key` is the
    operator's; jobs on an account that has a key of OpenAI's are judged on that one. No redirect is followed.
    `responded` hears the HTTP status of each answer."""

    def __init__(
        self,
        key: SecretStr | None,
        keys: Keys,
        *,
        api_url: str = API_URL,
        model: str = MODEL,
        responded: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._key = key
        self._keys = keys
        self._url = URL(api_url.rstrip("/")) / "moderations"
        self._model = model
        self._responded = responded

    async def has_key(self, guild_id: int | None) -> bool:
        if self._key is not None:
            return True
        held = None if guild_id is None else await self._keys.held(guild_id)
        return held is not None and Vendor.OPENAI in held.vendors

    async def classify(
        self, account: str, text: str, pictures: Sequence[tuple[InputImage, bytes]]
    ) -> Mapping[str, float]:
        key = await self._key_for(account)
        if key is None:
            return {}
        secret = key.get_secret_value()
        if not (secret.isascii() and secret.isprintable()):
            raise CheckFailed("the key can't stand in a header")
        if any(len(data) > LARGEST_PICTURE for _, data in pictures):
            raise CheckFailed("a picture is larger than the endpoint takes")
        inputs = [[{"type": "text", "text": text}], *([_picture(image, data)] for image, data in pictures)]
        headers = {"Authorization": f"Bearer {secret}", "User-Agent": "Easel"}
        try:
            async with (
                asyncio.timeout(SECONDS_WITH_PICTURES if pictures else SECONDS),
                aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), headers=headers) as session,
            ):
                answers = await asyncio.gather(*(self._ask(session, each) for each in inputs), return_exceptions=True)
        except TimeoutError:
            raise CheckFailed("it took too long") from None
        highest: dict[str, float] = {}
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
            for category, score in answer.items():
                highest[category] = max(score, highest.get(category, 0.0))
        return highest

    async def _key_for(self, account: str) -> SecretStr | None:
        own = None if account == OPERATOR else await self._keys.of_account(account)
        return (own.openai_api_key if own else None) or self._key

    async def _ask(self, session: aiohttp.ClientSession, asked: list[dict[str, Any]]) -> Mapping[str, float]:
        trouble = ""
        for _ in range(TRIES):
            try:
                body = {"model": self._model, "input": asked}
                async with session.post(self._url, json=body, allow_redirects=False) as response:
                    self._responded(response.status)
                    if response.status == 200:
                        return _scores(await response.json())
                    trouble = f"HTTP {response.status}"
                    if response.status != 429 and response.status < 500:
                        break
            except (aiohttp.ClientError, OSError, ValueError) as error:
                trouble = type(error).__name__  # and not the error, which can hold the request's headers
        raise CheckFailed(trouble)


def _picture(image: InputImage, data: bytes) -> dict[str, Any]:
    uri = f"data:{image.media_type};base64,{base64.b64encode(data).decode()}"
    return {"type": "image_url", "image_url": {"url": uri}}


def _scores(answer: Any) -> Mapping[str, float]:
    """The scores of all results, the highest of each category. Raises `ValueError` for what is no such answer."""
    try:
        results = cast("list[dict[str, dict[str, float]]]", answer["results"])
        scores: dict[str, float] = {}
        for each in results:
            for category, score in each["category_scores"].items():
                scores[category] = max(float(score), scores.get(category, 0.0))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no moderation") from error
    if not scores:
        raise ValueError("no moderation")
    return scores
