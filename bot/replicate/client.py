"""Replicate's API over aiohttp: the adapter of the port `Predictions`."""

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from types import TracebackType
from typing import Self, TypeAlias, TypeVar

import aiohttp
from pydantic import SecretStr
from yarl import URL

from bot.domain.errors import BadToken, OutOfCredit, PicturesGone
from bot.domain.hosts import AllowedHosts
from bot.domain.prediction import Prediction, PredictionPage, Submission
from bot.replicate import wire
from bot.replicate.decoding import JsonObject, MalformedAnswer
from bot.replicate.outcomes import refusal
from bot.replicate.throttle import Throttle
from bot.service.ports import AnswerLost, Clock, NeverSent, PredictionNotFound, Throttled

API_URL = "https://api.replicate.com/v1"

CONNECTIONS = 32
CONNECT_SECONDS = 10.0
API_SECONDS = 30.0
FILE_SECONDS = 120.0  # for a whole upload or download

LARGEST_ANSWER = 128 * 1024 * 1024
"""Bytes. Ten pictures as `data:` URIs may be in it."""

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes. The largest size, 3840 by 2160, is 33 MB as raw pixels with alpha."""

BACKOFF = (0.5, 2.0)
"""Seconds before the second and the third try of a call that may be repeated."""

PATIENCE = 30.0
"""Seconds that a call other than a create is kept waiting for a throttle to open."""

READ_BYTES = 256 * 1024
"""Of a body that wait to be taken before no more is read: as much as the loop reads at once, so that the download of a
picture isn't stopped and resumed with each read."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an account's calls are made with."""

    token: SecretStr
    openai_api_key: SecretStr | None = None  # bills the model's work to this account at OpenAI
    of_guild: bool = False  # the token is one that a guild has brought


Accounts: TypeAlias = Callable[[str], Awaitable[Credentials]]
"""The credentials of an account by its name. Raises `BadToken` where there are none, `NeverSent` where they can't be
had now."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]  # ignore case
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class ReplicateClient:
    """Use as an async context manager, which owns the connections.

    The token is sent to the origin of `api_url` alone, whatever URLs an answer names, and no redirect is followed. A
    create is sent once; any other call up to three times, also where its answer can't be read. After a 429 no call with
    its token and of its kind (creates, and the rest) is sent early: a create raises `Throttled` at once, other calls
    wait if it isn't long. Credentials are asked for with each call. An account without any raises `BadToken`.
    `responded` hears the HTTP status of each answer.
    """

    def __init__(
        self,
        accounts: Accounts,
        delivery_hosts: AllowedHosts,
        clock: Clock,
        *,
        api_url: str = API_URL,
        largest_file: int = LARGEST_FILE,
        api_seconds: float = API_SECONDS,
        responded: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._accounts = accounts
        self._hosts = delivery_hosts
        self._clock = clock
        self._api_url = api_url.rstrip("/")
        self._largest_file = largest_file
        self._responded = responded
        self._api_timeout = aiohttp.ClientTimeout(total=api_seconds, connect=CONNECT_SECONDS)
        self._file_timeout = aiohttp.ClientTimeout(total=FILE_SECONDS, connect=CONNECT_SECONDS, sock_read=api_seconds)
        # By token: who shares one is throttled together.
        self._creates = defaultdict[SecretStr, Throttle](lambda: Throttle(clock, patience=0))
        self._others = defaultdict[SecretStr, Throttle](lambda: Throttle(clock, patience=PATIENCE))
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "Easel"},
            read_bufsize=READ_BYTES,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    # -------------------------------------------------------------------------------------- the port's calls

    async def create(self, account: str, submission: Submission) -> Prediction:
        credentials = await self._accounts(account)
        request = wire.create_prediction(submission, credentials.openai_api_key)
        async with self._creates[credentials.token].passage():
            answer = await self._send(credentials, request)
            return _parsed(wire.parse_prediction, _accepted(answer, credentials))

    async def get(self, account: str, prediction_id: str) -> Prediction:
        return await self._find(account, wire.get_prediction(prediction_id))

    async def page(self, account: str, created_after: datetime, cursor: str | None = None) -> PredictionPage:
        page = await self._call(account, wire.list_predictions(created_after, cursor), wire.parse_page)
        fresh = tuple(each for each in page.results if each.created_at is None or each.created_at >= created_after)
        # Newest first: what follows an older one is older still, whether or not Replicate heeded `created_after`.
        return PredictionPage(fresh, page.cursor if len(fresh) == len(page.results) else None)

    async def recent(self, account: str, created_after: datetime) -> Sequence[Prediction]:
        found: list[Prediction] = []
        cursor: str | None = None
        cursors: set[str] = set()
        while True:
            page = await self.page(account, created_after, cursor)
            found += page.results
            if page.cursor is None:
                return found
            if page.cursor in cursors:
                raise AnswerLost("the list goes in circles")
            cursor = page.cursor
            cursors.add(cursor)

    async def cancel(self, account: str, prediction_id: str) -> Prediction:
        return await self._find(account, wire.cancel_prediction(prediction_id))

    async def upload(self, account: str, filename: str, media_type: str, data: bytes) -> str:
        return await self._call(account, wire.upload_file(filename, media_type, data), wire.parse_file_url)

    async def fetch(self, url: str) -> bytes:
        if wire.is_data_uri(url):
            return self._decoded(url)
        if not self._hosts.allow(url):
            raise PicturesGone
        try:
            return await self._download(url)
        except ValueError:  # aiohttp takes it for no URL
            raise PicturesGone from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise AnswerLost(f"the download broke off: {type(error).__name__}") from None

    # ------------------------------------------------------------------------------------------ and the rest

    async def schema(self, account: str, slug: str) -> JsonObject | None:
        """The OpenAPI schema of the model's inputs and output; None where Replicate doesn't publish it.

        Raises what the port's calls raise; `InputRejected` for a model that doesn't exist.
        """
        return await self._call(account, wire.get_model(slug), wire.parse_model_schema)

    async def check_account(self, account: str) -> str:
        """The account's name at Replicate. Raises `BadToken`, and what the port's calls raise."""
        return await self._call(account, wire.get_account(), wire.parse_username)

    async def webhook_secret(self, account: str) -> SecretStr:
        """The key that the account's webhooks are signed with (`whsec_…`). Raises what the port's calls raise."""
        return await self._call(account, wire.get_webhook_secret(), wire.parse_webhook_secret)

    # -------------------------------------------------------------------------------------------- transport

    async def _find(self, account: str, request: wire.Request) -> Prediction:
        return await self._call(account, request, wire.parse_prediction, missing=PredictionNotFound())

    async def _call(
        self, account: str, request: wire.Request, parse: Callable[[bytes], _T], missing: Exception | None = None
    ) -> _T:
        """Send a request that may be repeated; answers what a success says."""
        for pause in BACKOFF:
            try:
                return await self._try(account, request, parse, missing)
            except Throttled:
                continue  # the throttle knows how long to wait
            except (NeverSent, AnswerLost):
                await self._clock.sleep(pause)
        return await self._try(account, request, parse, missing)

    async def _try(
        self, account: str, request: wire.Request, parse: Callable[[bytes], _T], missing: Exception | None
    ) -> _T:
        credentials = await self._accounts(account)
        async with self._others[credentials.token].passage():
            answer = await self._send(credentials, request)
            if answer.status == 404 and missing is not None:
                raise missing
            return _parsed(parse, _accepted(answer, credentials))

    async def _send(self, credentials: Credentials, request: wire.Request) -> _Answer:
        """One exchange, whatever the answer's status. Raises `NeverSent` only where no connection came about."""
        token = credentials.token.get_secret_value()
        if not (token.isascii() and token.isprintable()):  # it can't stand in a header
            raise BadToken(of_guild=credentials.of_guild)
        url = URL(self._api_url + request.path, encoded=True).with_query(dict(request.query))
        data, media_type = _payload(request)
        failure: NeverSent | AnswerLost
        try:
            async with self._open_session().request(
                request.method,
                url,
                headers={**request.headers, **media_type, "Authorization": f"Bearer {token}"},
                data=data,
                timeout=self._file_timeout if request.file else self._api_timeout,
                allow_redirects=False,
            ) as response:
                self._responded(response.status)
                return _Answer(response.status, response.headers, await _body(response))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            failure = NeverSent(f"no connection came about: {type(error).__name__}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure = AnswerLost(f"no answer came: {type(error).__name__}")
        # Raised here and not above, because an aiohttp error can hold the request's headers, and the token with them.
        raise failure

    async def _download(self, url: str) -> bytes:
        async with self._open_session().get(
            URL(url, encoded=True),
            headers={"Accept-Encoding": "identity"},
            timeout=self._file_timeout,
            allow_redirects=False,
        ) as response:
            self._responded(response.status)
            if response.status in (408, 425, 429) or response.status >= 500:
                raise AnswerLost(f"HTTP {response.status}")
            if response.status != 200 or (response.content_length or 0) > self._largest_file:
                raise PicturesGone
            data = _buffer(response.content_length or 0)
            # A body shorter than its Content-Length ends in a ClientPayloadError.
            async for chunk in response.content.iter_any():
                data.write(chunk)
                if data.tell() > self._largest_file:
                    raise PicturesGone
        data.truncate()
        picture = data.getvalue()  # no copy
        if not wire.is_picture(picture):
            raise AnswerLost("what came is no picture")
        return picture

    def _decoded(self, uri: str) -> bytes:
        if len(uri) > self._largest_file * 2:  # base64 takes a third more, so this one is over the limit anyhow
            raise PicturesGone
        try:
            data = wire.decode_data_uri(uri)
        except MalformedAnswer:
            raise PicturesGone from None
        if not data or len(data) > self._largest_file:
            raise PicturesGone
        return data

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the client is used outside its context")
        return self._session


def _payload(request: wire.Request) -> tuple[aiohttp.FormData | BytesIO | None, dict[str, str]]:
    """The body, and the header that says what it is. As a stream: aiohttp sends those piece by piece."""
    if request.file is not None:
        form = aiohttp.FormData()
        file = request.file
        form.add_field("content", BytesIO(file.data), filename=file.filename, content_type=file.media_type)
        return form, {}  # the form says it by itself
    if request.body is not None:
        return BytesIO(json.dumps(request.body).encode()), {"Content-Type": "application/json"}
    return None, {}


def _buffer(size: int) -> BytesIO:
    """An empty buffer with room for so many bytes: ten that grow beside each other leave the heap full of holes."""
    buffer = BytesIO()
    if size:
        buffer.seek(size - 1)
        buffer.write(b"\0")
        buffer.seek(0)
    return buffer


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """Raises `AnswerLost` for one that is larger than any answer is."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise AnswerLost(f"HTTP {response.status} with a body that has no end")
    return bytes(body)


def _accepted(answer: _Answer, credentials: Credentials) -> _Answer:
    if answer.ok:
        return answer
    match refusal(answer.status, answer.headers, answer.body):
        case (BadToken() | OutOfCredit()) as refused:
            raise replace(refused, of_guild=credentials.of_guild)
        case other:
            raise other


def _parsed(parse: Callable[[bytes], _T], answer: _Answer) -> _T:
    try:
        return parse(answer.body)
    except MalformedAnswer as error:
        raise AnswerLost(f"HTTP {answer.status} with a body that can't be read: {error}") from None
