"""A deployment of Easel whose Discord and Replicate are stand-ins on the loopback."""

import json
import random
import sqlite3
import ssl
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from bot.demo.replicate_runs import Pace, Run, at_once
from bot.demo.replicate_server import ReplicateServer
from bot.demo.replicate_worker import Paint
from tests.process.program import PATIENCE, EaselRun, easel_run
from tests.process.relay import Relay
from tests.storage.migrated import move_in
from tests.storage.postgres_server import PostgresServer
from tests.wire.discord_server import DiscordServer, Interaction, Message
from tests.wire.world import Channel, Guild

DISCORD_TOKEN = "discord.token.that-must-not-leak"
REPLICATE_TOKEN = "r8_thetokenthatmustnotleak"
OPENAI_KEY = "sk-thekeythatmustnotleak"

LOW = 12_000
"""Micro-dollars: the price of one picture in low quality."""

SIDES = {"storm": 2000, "noise": 1600, "grain": 64}
"""Pixels, where the prompt has one of these words; else 8."""

NO_OTHER: Mapping[str, str] = {}
NO_OPENAI = "http://127.0.0.1:1/v1"
"""Where nobody answers: what can't be judged goes on."""

BY_TOKEN: Mapping[str, str] = {"OPENAI_API_KEY": OPENAI_KEY, "OPENAI_API_URL": NO_OPENAI}
"""Settings with which OpenAI bills the runs."""

_JOBS = (
    "SELECT people.discord_id AS member_id, jobs.* FROM jobs JOIN people ON people.id = person_id ORDER BY created_at"
)


def noise(side: int, form: str, **options: Any) -> bytes:
    """A square picture that is like no other, and can't be compressed."""
    output = BytesIO()
    Image.frombytes("RGB", (side, side), random.randbytes(side * side * 3)).save(output, form, **options)
    return output.getvalue()


def png(side: int = 12) -> bytes:
    """A picture for a member to attach."""
    return noise(side, "PNG")


def paint(values: Mapping[str, Any], _: Sequence[bytes]) -> list[bytes]:
    """Tiny pictures; in png ones of 12 MB where the prompt asks for a storm, of 7.7 MB for noise, of 12 kB for
    grain."""
    side = next((side for word, side in SIDES.items() if word in values["prompt"]), 8)
    options = {"compress_level": 0} if side > 8 else {}
    return [noise(side, values["output_format"], **options) for _ in range(values["number_of_images"])]


@dataclass(frozen=True, slots=True)
class Records:
    """The tables: rows of `jobs`, oldest first, each with the `member_id` of its person, and of `ledger`; and the ids
    of runs that no job owns."""

    jobs: Sequence[Mapping[str, Any]]
    ledger: Sequence[Mapping[str, Any]]
    strays: frozenset[str]

    @property
    def unfinished(self) -> list[Mapping[str, Any]]:
        return [each for each in self.jobs if each["finished_at"] is None]


@dataclass(frozen=True, slots=True)
class Books:
    """What the database says of the jobs in one channel."""

    jobs: Sequence[Mapping[str, Any]]  # oldest first
    ledger: Sequence[tuple[str, int, int]]  # kind, micro-dollars, pictures

    @property
    def captured(self) -> int:
        return sum(amount for kind, amount, _ in self.ledger if kind == "capture")


@dataclass(frozen=True, slots=True)
class SharedDatabase:
    """A PostgreSQL database of a deployment's own."""

    server: PostgresServer
    name: str

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    def rows(self, query: str) -> list[dict[str, Any]]:
        answer = self.server.query(f"SELECT coalesce(json_agg(t), '[]') FROM ({query}) AS t", self.name)
        return json.loads(" ".join("\t".join(row) for row in answer))


class Deployment:
    """Both stand-ins, and the data directory and settings that one `easel run` after another is started with."""

    def __init__(
        self,
        directory: Path,
        discord: DiscordServer,
        replicate: ReplicateServer,
        relay: Relay | None,
        shared: "SharedDatabase | None" = None,
    ) -> None:
        self.directory = directory
        self.discord = discord
        self.replicate = replicate
        self.relay = relay
        self._shared = shared
        self.guild: Guild = discord.world.guild()
        self.settings: dict[str, str] = {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_CDN_HOSTS": "127.0.0.1",
            "REPLICATE_API_TOKEN": REPLICATE_TOKEN,
            "REPLICATE_API_URL": replicate.url,
            "REPLICATE_DELIVERY_HOSTS": "127.0.0.1",
            "REPLICATE_LOOKUP_GRACE_S": "1",
            "EASEL_USER_INSTALL": "true",
            "EASEL_DATA_DIR": str(self.data),
        }
        if shared is not None:
            self.share(shared)
        if relay is not None:
            self.settings |= {"HTTP_PORT": "0", "PUBLIC_URL": relay.url}

    def share(self, database: SharedDatabase) -> None:
        """From here on its processes use that database."""
        self._shared = database
        self.settings["DATABASE_URL"] = database.url

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @asynccontextmanager
    async def running(
        self,
        settings: Mapping[str, str] = NO_OTHER,
        *,
        forked: bool = True,
        prepare: str | None = None,
        connected: bool = True,
        well: bool = True,
        idle: bool = False,
    ) -> AsyncGenerator[EaselRun]:
        """`easel run`, connected to Discord; stopped in order at the end. What it printed is then looked through: no
        secret may be in it, and with `well` no error; but with `idle`, where it outlives single tests, that discord.py
        came back to a gateway which had stood still, as the stand-ins do while tests of other loops run.

        Without `connected` it may still be starting, and Replicate doesn't reach it. A worker connects to no gateway.
        """
        identified = self.discord.gateway.identifies
        settings = {**self.settings, **settings}
        async with easel_run(directory=self.directory, settings=settings, forked=forked, prepare=prepare) as run:
            if connected and settings.get("EASEL_ROLE") == "worker":
                await run.logged("started")
            elif connected:
                await run.meanwhile(self.discord.until(lambda: self.discord.gateway.identifies > identified, PATIENCE))
            async with self._reached(run, wait=connected):
                yield run
        self.check_output(run.output)
        errors = [each for each in run.log if each.get("level") in {"error", "critical"} and not (idle and _back(each))]
        assert not well or not errors, errors

    @asynccontextmanager
    async def _reached(self, run: EaselRun, *, wait: bool) -> AsyncGenerator[None]:
        """Let Replicate reach the process until the block is left."""
        if self.relay is None or not wait:
            yield
            return
        port = (await run.logged("listening"))["port"]
        self.relay.targets.append(port)
        try:
            yield
        finally:
            self.relay.targets.remove(port)

    def check_output(self, output: str) -> None:
        """Nothing that is entrusted to Easel may be in what it prints."""
        interactions = self.discord.world.interactions
        prompts = [
            option["value"]
            for each in interactions.values()
            for option in each.data.get("options", ())
            if option["name"] == "prompt"
        ]
        secrets = [DISCORD_TOKEN, REPLICATE_TOKEN, OPENAI_KEY, self.replicate.webhook_secret, *interactions, *prompts]
        secrets += [key for each in self.data.glob("secret.key") for key in each.read_text().split()]
        secrets.append("&hm=")  # of a signed URL at the CDN
        leaks = [line for line in output.splitlines() if any(each in line for each in secrets)]
        assert not leaks, "\n".join(leaks)

    # ------------------------------------------------------------------------------------------ what happened

    def run_of(self, interaction: Interaction) -> Run:
        """The one run at Replicate that was made of a command; prompts tell them apart."""
        (prompt,) = (each["value"] for each in interaction.data["options"] if each["name"] == "prompt")
        (run,) = (each for each in self.replicate.runs if each.input["prompt"] == prompt)
        return run

    def assert_made(self, interaction: Interaction, message: Message) -> None:
        """The message shows what the command's one run has made: all of it, in order, untouched."""
        assert [each.data for each in message.pictures] == list(self.run_of(interaction).files.values())
        assert message.attachments == message.pictures

    def records(self) -> Records:
        strays = frozenset(each["prediction_id"] for each in self._rows("SELECT prediction_id FROM strays"))
        return Records(self._rows(_JOBS), self._rows("SELECT * FROM ledger ORDER BY id"), strays)

    def books(self, channel: Channel) -> Books:
        records = self.records()
        return Books(
            [each for each in records.jobs if each["channel_id"] == channel.id],
            [
                (each["kind"], each["amount"], each["pictures"])
                for each in records.ledger
                if each["channel_id"] == channel.id
            ],
        )

    def _rows(self, query: str) -> list[dict[str, Any]]:
        if self._shared is not None:
            return self._shared.rows(query)
        with self.database() as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(query)]

    @contextmanager
    def database(self) -> Generator[sqlite3.Connection]:
        """The SQLite file."""
        with closing(sqlite3.connect(self.data / "easel.db")) as database:
            yield database

    async def settled(self, run: EaselRun, channel: Channel, jobs: int = 1) -> Books:
        """Wait until that many jobs of a channel have come to their end."""

        def find() -> Books | None:
            books = self.books(channel)
            return books if sum(each["finished_at"] is not None for each in books.jobs) == jobs else None

        return await run.until(find)


@asynccontextmanager
async def open_deployment(
    directory: Path,
    *,
    webhooks: bool = True,
    webhook_retry_delays: Sequence[float] = (),
    seconds: Pace = at_once,
    paint: Paint = paint,
    shared: SharedDatabase | None = None,
    tls: ssl.SSLContext | None = None,
    new: bool = False,
    **settings: str,
) -> AsyncGenerator[Deployment]:
    """A deployment in a directory with an empty database, or without any if it is `new`; with `webhooks` Replicate
    reaches it, without it opens no port.

    Each webhook is sent once, unless it is to be repeated: what a process that is down misses, no later one is told.
    With `tls`, Discord is spoken to over TLS.
    """
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(DiscordServer(token=DISCORD_TOKEN, tls=tls))
        # Enough for tests that start the program again and again.
        discord.gateway.session_starts, discord.gateway.max_concurrency = 1_000_000, 1_000
        replicate = await stack.enter_async_context(
            ReplicateServer(
                token=REPLICATE_TOKEN, seconds=seconds, paint=paint, webhook_retry_delays=webhook_retry_delays
            )
        )
        relay = await stack.enter_async_context(Relay()) if webhooks else None
        deployment = Deployment(directory, discord, replicate, relay, shared)
        deployment.settings |= settings
        if not new and "DATABASE_URL" not in deployment.settings:
            move_in(deployment.data)
        yield deployment
        assert discord.unknown_requests == []


def _back(entry: Mapping[str, Any]) -> bool:
    """Whether discord.py says that it comes back to its gateway, which it does as an error."""
    return entry.get("logger") == "discord.client" and str(entry.get("event", "")).startswith("Attempting a reconnect")
