"""Reads attachments, and trusts nothing about them: not the URL, not the declared size, not the server's manners."""

from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from bot.domain.errors import PictureTooHeavy, PictureUnreadable
from bot.domain.hosts import AllowedHosts
from bot.domain.request import Attachment

_CHUNK = 64 * 1024
_AT_ONCE = 8


class AttachmentReader:
    """The port `Attachments` over HTTP. Enter it as an async context manager, or call `start` and `close`.

    `limit_bytes` is for one file: OpenAI's edit endpoint takes files under 50 MB. `timeout` is for one file too, in
    seconds, from the first byte sent to the last received.
    """

    def __init__(self, hosts: AllowedHosts, *, limit_bytes: int = 50_000_000, timeout: float = 30) -> None:
        self._hosts = hosts
        self._limit = limit_bytes
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=min(5, timeout), sock_read=min(10, timeout))
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_AT_ONCE),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            # What is counted is what came over the wire: a body never unfolds into a larger one.
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def read(self, attachment: Attachment) -> bytes:
        if self._session is None:
            raise RuntimeError("the reader was not started")
        if attachment.size > self._limit:
            raise PictureTooHeavy(attachment.filename, attachment.size, self._limit)
        try:
            async with self._session.get(self._allowed(attachment), allow_redirects=False) as response:
                return await self._body(attachment.filename, response)
        except (aiohttp.ClientError, TimeoutError, OSError):
            # The cause carries the signed URL, which opens the file for whoever reads it in a log.
            raise PictureUnreadable(attachment.filename) from None

    def _allowed(self, attachment: Attachment) -> URL:
        """The URL as it will be requested, its signature untouched; the client's reading of it is checked as well."""
        try:
            if self._hosts.allow(attachment.url):  # first: yarl stumbles over some addresses without a host
                url = URL(attachment.url, encoded=True)
                if self._hosts.allow(str(url.origin())):
                    return url
        except ValueError:
            pass
        raise PictureUnreadable(attachment.filename)

    async def _body(self, filename: str, response: aiohttp.ClientResponse) -> bytes:
        if response.status != 200:
            raise PictureUnreadable(filename)
        if (response.content_length or 0) > self._limit:
            raise PictureTooHeavy(filename, response.content_length or 0, self._limit)
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self._limit:
                raise PictureTooHeavy(filename, len(body), self._limit)
        return bytes(body)
