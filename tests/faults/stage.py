"""Easel in the test's own process, between stand-ins for Discord and Replicate that speak over real sockets."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from structlog.typing import EventDict

from bot.app import Parts, open_app
from bot.demo.replicate_runs import Run
from bot.demo.replicate_server import ReplicateServer
from bot.domain.hosts import AllowedHosts
from bot.domain.job import Job
from bot.process import App
from bot.settings import GivenSettings
from tests.leaping_loop import LoopClock
from tests.process.deployment import paint
from tests.process.relay import Relay
from tests.wire import timing
from tests.wire.discord_server import DiscordServer, Interaction, Message

TOKEN = "stand-in.replicate.token"  # opens nothing but the stand-in
LOOPBACK = AllowedHosts.parse("127.0.0.1")

PATIENCE = 2 * 3600.0
"""Seconds of the time that leaps. A job that takes longer never ends."""


class DiscordClock(timing.Clock):
    """The stand-in's clock goes with Easel's."""

    def __init__(self, clock: LoopClock) -> None:
        super().__init__()
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()


@dataclass(frozen=True, slots=True)
class Row:
    """A job's row and its entries in the ledger, as they are on disk."""

    id: str
    status: str
    finished: bool
    prediction_id: str | None
    ledger: Sequence[tuple[str, int]]  # kind and micro-dollars, oldest first

    @property
    def captured(self) -> int:
        return sum(amount for kind, amount in self.ledger if kind == "capture")


class Stage:
    """Both stand-ins, and one `App` after another in one data directory. Commands come from one member."""

    def __init__(
        self,
        directory: Path,
        *,
        clock: LoopClock,
        discord: DiscordServer,
        replicate: ReplicateServer,
        relay: Relay | None,
        log: Sequence[EventDict],
        settings: Mapping[str, Any],
    ) -> None:
        self.clock = clock
        self.discord = discord
        self.replicate = replicate
        self.log = log
        self.guild = discord.world.guild()
        self.channel = self.guild.channel()
        self.member = self.guild.member("ann")
        self._directory = directory
        self._relay = relay
        self.settings = GivenSettings(
            discord_token=SecretStr(discord.token),
            discord_api_url=discord.api_url,
            discord_cdn_hosts=LOOPBACK,
            replicate_api_token=SecretStr(TOKEN),
            replicate_api_url=replicate.url,
            replicate_delivery_hosts=LOOPBACK,
            easel_data_dir=directory,
            http_host="127.0.0.1",
            http_port=0 if relay else None,
            public_url=relay.url if relay else None,
            **settings,
        )
        self._prompts = (f"fox number {number}" for number in count(1))
        self._app: App | None = None
        self._running = AsyncExitStack()

    @property
    def app(self) -> App:
        assert self._app is not None, "Easel isn't running"
        return self._app

    async def start(self) -> None:
        """Start Easel, and wait until it is connected to Discord."""
        self._app = await self._running.enter_async_context(open_app(self.settings, Parts(clock=self.clock)))
        client = self._app.client
        # discord.py beats its heart in a thread, and so by the real time; the time that leaps would miss it.
        client._connection.heartbeat_timeout = float("inf")  # pyright: ignore[reportPrivateUsage] # EaselClient takes no such option
        await self._app.start()
        if self._relay is not None:
            self.relay_webhooks(on=True)
        await client.login(self.discord.token)
        connection = asyncio.create_task(client.connect())
        self._running.push_async_callback(_ended, connection)
        self._running.push_async_callback(client.close)
        await client.wait_until_ready()

    async def stop(self) -> None:
        """Stop it in order, with whatever it was at."""
        self._app = None
        await self._running.aclose()

    def relay_webhooks(self, *, on: bool) -> None:
        """Whether Replicate's webhooks reach Easel from now on."""
        assert self._relay is not None
        assert self.app.web is not None
        self._relay.targets = [self.app.web.port] if on else []

    async def imagine(self, **options: Any) -> Interaction:
        """Type the command, and wait until it is answered. Each prompt is another."""
        return await (await self.type(**options)).answered()

    async def type(self, **options: Any) -> Interaction:
        """Type the command, whether or not it is ever answered."""
        given = {"prompt": next(self._prompts), "quality": "low"} | options
        return await self.discord.slash(self.member, self.channel, "imagine", **given)

    async def press(self, button: str) -> Interaction:
        """Press a button on the job's message, and wait until that is answered."""
        (message,) = self.left
        (custom_id,) = (each for each in message.controls if each.startswith(f"easel:{button}:"))
        interaction = await self.discord.click(self.member, message, custom_id)
        return await interaction.answered()

    async def ended(self) -> None:
        """Wait until every job has come to its end."""
        async with asyncio.timeout(PATIENCE):
            while not (rows := self.rows()) or not all(row.finished for row in rows):
                await self.clock.sleep(20)  # which takes no time
            await self.app.dispatch.idle()

    async def until_status(self, status: str) -> None:
        """Wait until a job stands so."""
        async with asyncio.timeout(PATIENCE):
            while status not in [row.status for row in self.rows()]:
                await self.clock.sleep(0.1)  # which takes no time

    async def until_logged(self, event: str, times: int = 1) -> None:
        """Wait until Easel has logged it, so many times."""
        async with asyncio.timeout(PATIENCE):
            while [each["event"] for each in self.log].count(event) < times:
                await self.clock.sleep(1)  # which takes no time

    # ------------------------------------------------------------------------------------------ what happened

    @property
    def left(self) -> list[Message]:
        """The messages that are there, in whatever channel; whispers after a button, too."""
        return [each for each in self.discord.world.messages.values() if not each.deleted]

    def rows(self) -> list[Row]:
        """What the database says of all jobs, oldest first."""
        with closing(sqlite3.connect(f"file:{self._directory / 'easel.db'}?mode=ro", uri=True)) as database:
            jobs = database.execute("SELECT id, status, finished_at, prediction_id FROM jobs ORDER BY created_at")
            query = "SELECT kind, amount FROM ledger WHERE job_id = ? ORDER BY id"
            return [
                Row(job, status, finished is not None, prediction, database.execute(query, [job]).fetchall())
                for job, status, finished, prediction in jobs.fetchall()
            ]

    async def job(self, row: Row) -> Job:
        job = await self.app.store.job(row.id)
        assert job is not None
        return job

    def runs(self, job: Job) -> list[Run]:
        """The runs that were made for a job, by its prompt; oldest first."""
        return [run for run in self.replicate.runs if run.input["prompt"] == job.request.prompt]

    def calls(self, method: str, ending: str = "") -> list[str]:
        """The paths of the calls to Replicate that came by this method, and end so."""
        return [each.path for each in self.replicate.requests if each.method == method and each.path.endswith(ending)]


@asynccontextmanager
async def open_stage(
    directory: Path, log: Sequence[EventDict], *, webhooks: bool = False, **settings: Any
) -> AsyncGenerator[Stage]:
    """Easel, started. `log` is where its events can be seen; its settings besides the addresses are `settings`."""
    clock = LoopClock(asyncio.get_running_loop(), datetime.now(UTC))
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(DiscordServer(clock=DiscordClock(clock)))
        replicate = await stack.enter_async_context(
            ReplicateServer(token=TOKEN, clock=clock, seconds=lambda _: 0.0, paint=paint)
        )
        relay = await stack.enter_async_context(Relay()) if webhooks else None
        stage = Stage(
            directory, clock=clock, discord=discord, replicate=replicate, relay=relay, log=log, settings=settings
        )
        stack.push_async_callback(stage.stop)
        await stage.start()
        yield stage
        assert discord.unknown_requests == []


async def _ended(connection: asyncio.Task[None]) -> None:
    connection.cancel()
    with suppress(asyncio.CancelledError):
        await connection
