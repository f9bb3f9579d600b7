"""A stand-in for Replicate's API on a loopback port, for the demo and for tests: no model runs behind it.

What it answers has the form that Replicate's OpenAPI file gives (https://api.replicate.com/openapi.json) and, where
that is silent, the form that is known from use.
"""

import asyncio
import base64
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from aiohttp import web

from bot.demo.painter import paint as draw
from bot.demo.replicate_bill import Bill
from bot.demo.replicate_faults import ACCOUNT, Faults, Handler
from bot.demo.replicate_files import LARGEST_FILE, FileStore, multipart_content
from bot.demo.replicate_inputs import invalid_fields
from bot.demo.replicate_models import model_page, published_schemas
from bot.demo.replicate_requests import (
    WEBHOOK_EVENTS,
    Problem,
    asked_moment,
    cancel_after,
    create_body,
    invalid_create,
    model_of,
    not_found,
    position,
)
from bot.demo.replicate_runs import Ending, Gate, Pace, Run, demo_pace, new_id
from bot.demo.replicate_webhooks import RETRY_DELAYS, SentWebhook, WebhookSender, new_secret
from bot.demo.replicate_worker import Paint, Worker
from bot.domain.catalog import MicroDollars
from bot.service.clock import SystemClock
from bot.service.ports import Clock

FORM_OVERHEAD = 65_536
"""Bytes that a multipart body has beside its file."""


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request that came in, without the token."""

    method: str
    path: str
    query: Mapping[str, str]
    at: datetime
    with_token: bool  # whether an Authorization header came with it, right or wrong
    account: str  # the name of the one whose token it was, "" for none that is known
    headers: Mapping[str, str] = field(repr=False)  # names in small letters
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


OWNER = "easel-demo"
"""The account that is there from the start."""


class ReplicateServer:
    """Serves from entry to exit of the async context, at `url` (the API's base URL); output files below `/delivery/`.

    For tests: `seconds` of an input says how long its run takes, by `clock`, whose sleep must really last until then.
    While `start_gate` or `end_gate` is held, no run starts or ends. The next run created takes the first of `endings`
    for its own. `faults` takes orders for what is to go wrong; `requests`, `runs`, `webhooks` and `bills` tell what
    happened, oldest first, and `until` waits for it. Each account that is opened sees its own runs alone. `schemas` are
    what is published of the models, by owner/name: what is changed there drifts away from the catalogue.
    """

    def __init__(
        self,
        *,
        token: str,
        clock: Clock | None = None,
        seconds: Pace = demo_pace,
        paint: Paint = draw,
        webhook_retry_delays: Sequence[float] = RETRY_DELAYS,
        show_webhook: bool = False,  # the spec lists no such field of a prediction
        page_size: int = 100,
        largest_file: int = LARGEST_FILE,
        port: int = 0,
    ) -> None:
        self.requests: list[RecordedRequest] = []
        self.runs: list[Run] = []
        self.endings: deque[Ending] = deque()
        self.faults = Faults()
        self.schemas = published_schemas()
        self._accounts: dict[str, str] = {}  # names by token
        self._secrets: dict[str, str] = {}  # of webhooks, by name; an account outlives its token
        self.open_account(OWNER, token)
        self._clock = clock or SystemClock()
        self._show_webhook = show_webhook
        self._page_size = page_size
        self._port = port
        self._files = FileStore()
        self._changed = asyncio.Event()
        self._sender = WebhookSender(self._clock, webhook_retry_delays, self._tell)
        self._worker = Worker(
            clock=self._clock, paint=paint, pace=seconds, read=self._read, place=self._place, announce=self._announce
        )
        self._runner = web.AppRunner(self._application(largest_file), access_log=None, shutdown_timeout=1.0)

    # ------------------------------------------------------------------------------ what its users see of it

    @property
    def url(self) -> str:
        return f"{self._origin}/v1"

    @property
    def webhook_secret(self) -> str:
        """That of the account that is there from the start."""
        return self.webhook_secret_of(OWNER)

    def webhook_secret_of(self, account: str) -> str:
        return self._secrets[account]

    def open_account(self, name: str, token: str) -> None:
        """Another account, whose runs are shown to no other, and whose webhooks are signed with a secret of its own."""
        self._accounts[token] = name
        self._secrets.setdefault(name, new_secret())

    def revoke(self, token: str) -> None:
        """Refuse the token from here on."""
        del self._accounts[token]

    @property
    def webhooks(self) -> list[SentWebhook]:
        return self._sender.sent

    @property
    def bills(self) -> Mapping[str, Bill]:
        """The bill of each run that is charged for, by its id."""
        return self._worker.bills

    @property
    def billed(self) -> Mapping[str, MicroDollars]:
        """What each run is billed that is charged for, by its id."""
        return {run_id: bill.amount for run_id, bill in self.bills.items()}

    @property
    def start_gate(self) -> Gate:
        return self._worker.start_gate

    @property
    def end_gate(self) -> Gate:
        return self._worker.end_gate

    @property
    def keeps_deadlines(self) -> bool:
        """Whether a run is stopped at its `Cancel-After`."""
        return self._worker.keeps_deadlines

    @keeps_deadlines.setter
    def keeps_deadlines(self, keeps: bool) -> None:
        self._worker.keeps_deadlines = keeps

    async def until(self, condition: Callable[[], object]) -> None:
        """Return once the condition holds, which is looked at whenever something has happened here."""
        while not condition():
            await self._changed.wait()

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.faults.close()
        tasks = [task for run in self.runs for task in run.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._sender.close()
        await self._runner.cleanup()

    # ------------------------------------------------------------------------------------------- its workings

    @property
    def _origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _read(self, url: str) -> bytes | None:
        return self._files.read(url, self.url, self._clock.now())

    def _place(self, run: Run, name: str) -> str:
        return f"{self._origin}/delivery/{run.id}/{name}"

    def _announce(self, run: Run, event: str) -> None:
        if run.webhook is not None and event in run.events:
            self._sender.send(run.webhook, event, self._shown(run), self._secrets[run.account])
        self._tell()

    def _shown(self, run: Run) -> dict[str, Any]:
        return run.as_json(self.url, self._clock.now(), show_webhook=self._show_webhook)

    # --------------------------------------------------------------------------------------------------- HTTP

    def _application(self, largest_file: int) -> web.Application:
        application = web.Application(
            middlewares=[self._record, self._guard], client_max_size=largest_file + FORM_OVERHEAD
        )
        application.add_routes(
            [
                web.get("/v1/account", self._account),
                web.get("/v1/webhooks/default/secret", self._secret),
                web.get("/v1/models/{owner}/{name}", self._model),
                web.post("/v1/models/{owner}/{name}/predictions", self._create),
                web.get("/v1/predictions", self._list),
                web.get("/v1/predictions/{id}", self._get),
                web.post("/v1/predictions/{id}/cancel", self._cancel),
                web.post("/v1/files", self._upload),
                web.get("/v1/files/{id}", self._file),
                web.get("/delivery/{id}/{name}", self._deliver),
                web.route("*", "/{path:.*}", self._nothing),
            ]
        )
        return application

    @web.middleware
    async def _record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _answer(413, {"detail": "Files must be less than 100MB in size"})
        headers = {name.lower(): value for name, value in request.headers.items()}
        authorization = headers.pop("authorization", None)
        request[ACCOUNT] = self._account_with(authorization or "")
        self.requests.append(
            RecordedRequest(
                request.method,
                request.path,
                dict(request.query),
                self._clock.now(),
                authorization is not None,
                request[ACCOUNT],
                headers,
                body,
            )
        )
        self._tell()
        return await self.faults.serve(request, handler)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.path.startswith("/v1/") and not request[ACCOUNT]:
                raise Problem(401, "Unauthenticated", "You did not pass a valid authentication token")
            return await handler(request)
        except Problem as problem:
            return _answer(problem.status, problem.body)

    def _account_with(self, authorization: str) -> str:
        scheme, _, token = authorization.partition(" ")
        return self._accounts.get(token, "") if scheme in ("Bearer", "Token") else ""

    async def _nothing(self, _: web.Request) -> web.Response:
        raise not_found()

    async def _account(self, request: web.Request) -> web.Response:
        return _answer(200, {"type": "user", "username": request[ACCOUNT], "name": "Easel's stand-in for Replicate"})

    async def _secret(self, request: web.Request) -> web.Response:
        return _answer(200, {"key": self._secrets[request[ACCOUNT]]})

    async def _model(self, request: web.Request) -> web.Response:
        slug = f"{request.match_info['owner']}/{request.match_info['name']}"
        if slug not in self.schemas:
            raise not_found()
        return _answer(200, model_page(slug, self.schemas[slug], origin=self._origin, run_count=len(self.runs)))

    async def _create(self, request: web.Request) -> web.Response:
        model = model_of(request)
        body = create_body(await request.read())
        wrong = invalid_create(body) + invalid_fields(model, body.get("input"))
        if wrong:
            detail = "".join(f"- {each['field']}: {each['description']}\n" for each in wrong)
            raise Problem(422, "Input validation failed", detail, invalid_fields=wrong)
        run = Run(
            id=new_id(),
            number=len(self.runs) + 1,
            token=_token(request),
            model=model,
            input=body["input"],
            created_at=self._clock.now(),
            account=request[ACCOUNT],
            cancel_after=cancel_after(request.headers.get("Cancel-After")),
            webhook=body.get("webhook"),
            events=tuple(body.get("webhook_events_filter") or WEBHOOK_EVENTS),
            ending=self.endings.popleft() if self.endings else None,
        )
        self.runs.append(run)
        shown = self._shown(run)
        self._worker.start(run)
        self._tell()
        return _answer(201, shown)

    async def _list(self, request: web.Request) -> web.Response:
        after, before = (asked_moment(request, name) for name in ("created_after", "created_before"))
        matching = [
            run
            for run in reversed(self.runs)
            if run.account == request[ACCOUNT]
            and (after is None or run.created_at >= after)
            and (before is None or run.created_at < before)
        ]
        direction, number = position(request.query.get("cursor"))
        if direction == "newer":
            page = [run for run in matching if run.number > number][-self._page_size :]
        else:
            page = [run for run in matching if number == 0 or run.number < number][: self._page_size]
        following = previous = None
        if page and page[-1] is not matching[-1]:
            following = self._page_url(request, f"older {page[-1].number}")
        if page and page[0] is not matching[0]:
            previous = self._page_url(request, f"newer {page[0].number}")
        results = [self._shown(run) for run in page]
        return _answer(200, {"next": following, "previous": previous, "results": results})

    def _page_url(self, request: web.Request, position: str) -> str:
        query = dict(request.query) | {"cursor": base64.urlsafe_b64encode(position.encode()).decode()}
        return f"{self.url}/predictions?{urlencode(query)}"

    async def _get(self, request: web.Request) -> web.Response:
        return _answer(200, self._shown(self._run(request)))

    async def _cancel(self, request: web.Request) -> web.Response:
        run = self._run(request)
        self._worker.cancel(run)
        return _answer(200, self._shown(run))

    def _run(self, request: web.Request) -> Run:
        """The run that is asked for, by its account or, as files are, by anyone who knows the id."""
        for run in self.runs:
            if run.id == request.match_info["id"] and request[ACCOUNT] in ("", run.account):
                return run
        raise not_found()

    async def _upload(self, request: web.Request) -> web.Response:
        content = multipart_content(request.headers.get("Content-Type", ""), await request.read())
        if content is None:
            raise Problem(422, "Input validation failed", "The part content is missing")
        stored = self._files.add(*content, self._clock.now())
        return _answer(201, stored.as_json(self.url))

    async def _file(self, request: web.Request) -> web.Response:
        stored = self._files.get(request.match_info["id"], self._clock.now())
        if stored is None:
            raise not_found()
        return _answer(200, stored.as_json(self.url))

    async def _deliver(self, request: web.Request) -> web.Response:
        run = self._run(request)
        name = request.match_info["name"]
        if run.forgotten(self._clock.now()) or name not in run.files:
            raise not_found()
        return web.Response(body=run.files[name], content_type=f"image/{name.rpartition('.')[2]}")


def _answer(status: int, body: Mapping[str, Any]) -> web.Response:
    media_type = "application/json" if status < 400 else "application/problem+json"
    return web.Response(status=status, body=json.dumps(body).encode(), content_type=media_type)


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").partition(" ")[2]
