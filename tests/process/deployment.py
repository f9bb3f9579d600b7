"""A deployment of Easel whose Discord and Replicate are stand-ins on the loopback."""

import random
import sqlite3
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from bot.demo.replicate_runs import Run
from bot.demo.replicate_server import ReplicateServer
from tests.process.program import PATIENCE, EaselRun, easel_run
from tests.process.relay import Relay
from tests.wire.discord_server import DiscordServer, Interaction, Message
from tests.wire.world import Channel, Guild

DISCORD_TOKEN = "discord.token.that-must-not-leak"
REPLICATE_TOKEN = "r8_thetokenthatmustnotleak"
OPENAI_KEY = "sk-thekeythatmustnotleak"

LOW = 12_000
"""Micro-dollars: the price of one picture in low quality."""

NOISE_SIDE = 1600  # pixels


def noise(side: int, form: str, **options: Any) -> bytes:
    """A square picture that is like no other, and can't be compressed."""
    output = BytesIO()
    Image.frombytes("RGB", (side, side), random.randbytes(side * side * 3)).save(output, form, **options)
    return output.getvalue()


def png(side: int = 12) -> bytes:
    """A picture for a member to attach."""
    return noise(side, "PNG")


def paint(values: Mapping[str, Any], _: Sequence[bytes]) -> list[bytes]:
    """Tiny pictures; ones of 7.7 MB where the prompt asks for noise in png."""
    side, options = (NOISE_SIDE, {"compress_level": 0}) if "noise" in values["prompt"] else (8, {})
    return [noise(side, values["output_format"], **options) for _ in range(values["number_of_images"])]


@dataclass(frozen=True, slots=True)
class Books:
    """What the database says of the jobs in one channel."""

    jobs: Sequence[Mapping[str, Any]]  # oldest first
    ledger: Sequence[tuple[str, int, int]]  # kind, micro-dollars, pictures

    @property
    def captured(self) -> int:
        return sum(amount for kind, amount, _ in self.ledger if kind == "capture")


class Deployment:
    """Both stand-ins, and the data directory and settings that one `easel run` after another is started with."""

    def __init__(
        self, directory: Path, discord: DiscordServer, replicate: ReplicateServer, relay: Relay | None
    ) -> None:
        self.directory = directory
        self.discord = discord
        self.replicate = replicate
        self.relay = relay
        self.guild: Guild = discord.world.guild()
        self.settings: dict[str, str] = {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_CDN_HOSTS": "127.0.0.1",
            "REPLICATE_API_TOKEN": REPLICATE_TOKEN,
            "REPLICATE_API_URL": replicate.url,
            "REPLICATE_DELIVERY_HOSTS": "127.0.0.1",
            "REPLICATE_LOOKUP_GRACE_S": "1",
            "OPENAI_API_KEY": OPENAI_KEY,
            "EASEL_DATA_DIR": str(self.data),
        }
        if relay is not None:
            self.settings |= {"HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0", "PUBLIC_URL": relay.url}

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @asynccontextmanager
    async def running(self, *, well: bool = True) -> AsyncGenerator[EaselRun]:
        """`easel run`, connected to Discord; stopped in order at the end. What it printed is then looked through: no
        secret may be in it, and with `well` no error."""
        identified = self.discord.gateway.identifies
        connected = self.discord.until(lambda: self.discord.gateway.identifies > identified, PATIENCE)
        async with easel_run(directory=self.directory, settings=self.settings) as run:
            await run.meanwhile(connected)
            if self.relay is not None:
                self.relay.target = (await run.logged("listening"))["port"]
            yield run
        self.check_output(run.output)
        assert not well or [each for each in run.log if each.get("level") in {"error", "critical"}] == []

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
        secrets += [each.read_text().strip() for each in self.data.glob("secret.key")]
        secrets.append("&hm=")  # of a signed URL at the CDN
        assert [each for each in secrets if each in output] == []

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

    def books(self, channel: Channel) -> Books:
        with closing(sqlite3.connect(f"file:{self.data / 'easel.db'}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            found = database.execute("SELECT * FROM jobs WHERE channel_id = ? ORDER BY created_at", [channel.id])
            jobs = [dict(row) for row in found]
            query = "SELECT kind, amount, pictures FROM ledger WHERE channel_id = ? ORDER BY id"
            return Books(jobs, [tuple(row) for row in database.execute(query, [channel.id])])

    async def settled(self, run: EaselRun, channel: Channel, jobs: int = 1) -> Books:
        """Wait until that many jobs of a channel have come to their end."""

        def find() -> Books | None:
            books = self.books(channel)
            return books if sum(each["finished_at"] is not None for each in books.jobs) == jobs else None

        return await run.until(find)


@asynccontextmanager
async def open_deployment(directory: Path, *, webhooks: bool = True, **settings: str) -> AsyncGenerator[Deployment]:
    """A deployment in an empty directory; with `webhooks` Replicate reaches it, without it opens no port.

    Each webhook is sent once: what a process that is down misses, no later one is told.
    """
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(DiscordServer(token=DISCORD_TOKEN))
        # Enough for tests that start the program again and again.
        discord.gateway.session_starts, discord.gateway.max_concurrency = 1_000_000, 1_000
        replicate = await stack.enter_async_context(
            ReplicateServer(token=REPLICATE_TOKEN, seconds=lambda _: 0.0, paint=paint, webhook_retry_delays=())
        )
        relay = await stack.enter_async_context(Relay()) if webhooks else None
        deployment = Deployment(directory, discord, replicate, relay)
        deployment.settings |= settings
        yield deployment
        assert discord.unknown_requests == []
