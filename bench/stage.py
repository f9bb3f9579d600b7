"""Where a program is measured: stand-ins for Discord and Replicate, and the program on a processor of its own."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path

from bench.certificates import Certificate, make_certificate
from bench.databases import server_as_deployed
from bench.pictures import picture
from bench.processes import pinned
from bot.demo.replicate_runs import Pace, at_once
from tests.process.deployment import NO_OTHER, Deployment, SharedDatabase, open_deployment
from tests.process.program import EASEL, PATIENCE, EaselRun, easel_run
from tests.wire.discord_server import Interaction
from tests.wire.world import Channel

BARE = (sys.executable, "-m", "bench.bare_bot")
"""discord.py and aiohttp alone, with the same commands: what nothing can be faster than."""

ANSWERS_ONLY = {"BARE_ANSWERS_ONLY": "true"}

_ROOT = Path(__file__).parent.parent
_PLENTY = {"EASEL_DAILY_SPEND_USD": "100000", "EASEL_MAX_IN_FLIGHT_PER_GUILD": "100000"}
_prompts = count(1)


class Stage(Deployment):
    """A deployment of which programs are measured, one after another."""

    certificate: Certificate | None = None

    @asynccontextmanager
    async def program(
        self, program: Sequence[str | Path] = EASEL, settings: Mapping[str, str] = NO_OTHER
    ) -> AsyncGenerator[EaselRun]:
        """Easel or what is in its place, connected to Discord and reached by Replicate. Leaving the block stops it.

        It keeps to the measured processor.
        """
        identified = self.discord.gateway.identifies
        settings = {"PYTHONPATH": str(_ROOT), **self.settings, **settings}
        if self.certificate is not None:
            settings["SSL_CERT_FILE"] = str(self.certificate.path)
        async with easel_run(directory=self.directory, settings=settings, forked=False, program=pinned(program)) as run:
            await run.meanwhile(self.discord.until(lambda: self.discord.gateway.identifies > identified, PATIENCE))
            port = (await run.logged("listening"))["port"]
            targets = self.relay.targets if self.relay is not None else []
            targets.append(port)
            try:
                yield run
            finally:
                targets.remove(port)

    async def imagine(self, channel: Channel, *, member: int = 0, **options: object) -> Interaction:
        """Use `/imagine` as one of the guild's members, with a prompt like no other."""
        actors = self.guild.members
        while len(actors) <= member:
            self.guild.member(f"member {len(actors)}")
        prompt = f"a fox in the snow, number {next(_prompts)}"
        return await self.discord.slash(actors[member], channel, "imagine", prompt=prompt, **options)

    def execute(self, statement: str) -> None:
        """Change the database from beside, as no program of Easel's does."""
        if self._shared is not None:
            self._shared.server.query(statement, self._shared.name)
            return
        with self.database() as database:
            database.execute(statement)
            database.commit()


@asynccontextmanager
async def open_stage(
    database: str = "SQLite",
    *,
    seconds: Pace = at_once,
    picture_bytes: int = 1_000,
    tls: bool = False,
    settings: Mapping[str, str] = NO_OTHER,
) -> AsyncGenerator[Stage]:
    """An empty deployment on one of the `DATABASES`; runs at Replicate take `seconds`, and every picture they make is
    the same PNG of about `picture_bytes`. With `tls`, Discord is spoken to over TLS.

    Raises `Unavailable`.
    """
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="easel-bench-")))
        shared = None
        if database != "SQLite":
            server = stack.enter_context(server_as_deployed())
            shared = SharedDatabase(server, server.make_database())
        painted = await asyncio.to_thread(picture, picture_bytes)
        certificate = make_certificate(directory) if tls else None
        deployment = await stack.enter_async_context(
            open_deployment(
                directory,
                seconds=seconds,
                paint=lambda values, _: [painted] * values["number_of_images"],
                shared=shared,
                tls=certificate and certificate.context,
                new=True,
            )
        )
        stage = Stage(directory, deployment.discord, deployment.replicate, deployment.relay, shared)
        stage.guild = deployment.guild
        stage.settings = {**deployment.settings, **_PLENTY, **settings}
        stage.certificate = certificate
        yield stage
