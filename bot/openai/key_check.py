"""Whether OpenAI takes a key, and lets it use the model: the adapter of the port `KeyCheck` for OpenAI."""

import aiohttp
import structlog
from pydantic import SecretStr
from yarl import URL

from bot.service.ports import KeyFinding

_log = structlog.get_logger(__name__)

API_URL = "https://api.openai.com/v1"

CHECK_SECONDS = 20.0


class OpenAiKeyCheck:
    """Retrieves the model (`GET /models/{model}` of OpenAI's API reference), which costs nothing. No redirect is
    followed, so that the key goes to the origin of `api_url` alone."""

    def __init__(self, model: str, *, api_url: str = API_URL, seconds: float = CHECK_SECONDS) -> None:
        self._url = URL(api_url.rstrip("/")) / "models" / model
        self._timeout = aiohttp.ClientTimeout(total=seconds)

    async def check(self, key: SecretStr) -> KeyFinding:
        secret = key.get_secret_value()
        if not (secret.isascii() and secret.isprintable()):  # it can't stand in a header
            return KeyFinding.REFUSED
        headers = {"Authorization": f"Bearer {secret}", "User-Agent": "Easel"}
        trouble = ""
        try:
            async with (
                aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=self._timeout) as session,
                session.get(self._url, headers=headers, allow_redirects=False) as response,
            ):
                match response.status:
                    case 200:
                        return KeyFinding.HOLDS
                    case 401:
                        return KeyFinding.REFUSED
                    case 403 | 404:  # a project or a key that is restricted to others
                        return KeyFinding.NO_ACCESS
                    case status:
                        trouble = f"HTTP {status}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            trouble = type(error).__name__  # and not the error, which can hold the request's headers
        _log.warning("OpenAI could not be asked about a server's key", trouble=trouble)
        return KeyFinding.UNKNOWN
