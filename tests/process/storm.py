"""Rounds of commands whose processes are killed at random moments, and what is found of them in the end."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.process.commands import Command
from tests.process.deployment import NO_OTHER, Deployment, Records, SharedDatabase, open_deployment, png
from tests.process.invariants import Findings, examine
from tests.process.program import PATIENCE, EaselRun
from tests.wire.discord_server import File
from tests.wire.gateway import NotConnected
from tests.wire.world import Guild

JOBS = 20
KILLS = 5
QUIET_SECONDS = 0.3
"""Where nothing has happened for so long, the next kill comes all the same."""

MOST_EVENTS = 30
"""How many requests, at most, lie between one kill and the next. A job makes about six."""


class Fleet:
    """The processes of a deployment, as many as it should have, each with its own end. Leaving it stops them all.

    `outputs` are what those printed that are no more.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._running: dict[EaselRun, AsyncExitStack] = {}
        self.outputs: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in tuple(self._running):
            await self._part_from(each)

    @property
    def living(self) -> list[EaselRun]:
        return list(self._running)

    async def start(self, settings: Mapping[str, str] = NO_OTHER, *, prepare: str | None = None) -> EaselRun:
        stack = AsyncExitStack()
        run = await stack.enter_async_context(self._deployment.running(settings, well=False, prepare=prepare))
        self._running[run] = stack
        return run

    async def kill(self, run: EaselRun) -> None:
        await run.kill()
        await self._part_from(run)

    async def _part_from(self, run: EaselRun) -> None:
        await self._running.pop(run).aclose()
        self.outputs.append(f"--- process {run.pid}\n{run.output}")

    async def until_settled(self, patience: float = PATIENCE) -> Records:
        """Wait until every job has come to its end."""
        records = self._deployment.records()
        read = {run: len(run.log) for run in self._running}
        ended = 0  # since the tables were read

        def settled() -> bool:
            nonlocal ended, records
            # Whoever ends a job says so. The tables are read again once some of those that were unfinished have ended.
            for run in self._running:
                ended += sum(map(_tells_of_an_end, run.log[read[run] :]))
                read[run] = len(run.log)
            if records.unfinished and ended > len(records.unfinished) // 4:
                ended, records = 0, self._deployment.records()
            return not records.unfinished

        waiting = [asyncio.create_task(run.until(settled, patience)) for run in self._running]
        try:
            for each in asyncio.as_completed(waiting):
                await each
                return records
        finally:
            for each in waiting:
                each.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        raise AssertionError("no process lives")


def _tells_of_an_end(entry: Mapping[str, Any]) -> bool:
    return ("pictures" in entry and "job" in entry) or entry.get("event") == "job ended without pictures"


@asynccontextmanager
async def stormy_deployment(
    directory: Path, shared: SharedDatabase | None = None, settings: Mapping[str, str] = NO_OTHER
) -> AsyncGenerator[Deployment]:
    """Where runs take up to half a second, all of a round's may be in flight at once, and webhooks are repeated."""
    async with open_deployment(
        directory,
        shared=shared,
        seconds=lambda _: random.random() / 2,
        webhook_retry_delays=(0.5, 1.0, 2.0),
        EASEL_DAILY_SPEND_USD="100000",
        EASEL_MAX_IN_FLIGHT_PER_GUILD=str(JOBS),
    ) as deployment:
        deployment.settings |= settings
        yield deployment


async def play_round(deployment: Deployment, seed: int, *, processes: int, log: Path, kills: int = KILLS) -> Findings:
    """Send `JOBS` commands, most of them at once, and kill a process as often as said, each time in the middle of
    things, after a click on Cancel; another is started in its place. The same seed sends the same commands, and kills
    after as many requests.

    Where anything is wrong, what the processes have printed is in `log`.
    """
    chance = random.Random(seed)
    player = Player(deployment, chance)
    async with Fleet(deployment) as fleet:
        for _ in range(processes):
            await fleet.start()
        for number in range(kills):
            await player.send(JOBS - 2 * (kills - 1) if number == 0 else 2)
            await player.some_events(chance.randint(1, MOST_EVENTS))
            await player.cancel_one()
            await fleet.kill(chance.choice(fleet.living))
            await fleet.start()
        records = await fleet.until_settled()
    findings = examine(player.commands, records, deployment.replicate, deployment.discord)
    if findings.wrong:
        await asyncio.to_thread(log.write_text, "\n".join([*findings.wrong, *fleet.outputs]))
    return findings


class Player:
    """The members of one round, each with one command, in a channel that they share: of the deployment's guild, or of
    another one."""

    def __init__(self, deployment: Deployment, chance: random.Random, guild: Guild | None = None) -> None:
        self.commands: list[Command] = []
        self._deployment = deployment
        self._discord = deployment.discord
        self._chance = chance
        self._guild = guild or deployment.guild
        self._channel = self._guild.channel()

    async def send(self, count: int) -> None:
        """Send so many commands, of all sorts; those are lost that nobody listens to, as at Discord."""
        for _ in range(count):
            prompt, options = self._wish(len(self._discord.world.interactions))
            member = self._guild.member("ann")
            try:
                interaction = await self._discord.slash(
                    member, self._channel, "imagine", prompt=prompt, quality="low", **options
                )
            except NotConnected:
                continue
            self.commands.append(Command(prompt, interaction, self._channel))

    async def cancel_one(self) -> None:
        """Click Cancel on one of the cards that have it, if there is one."""
        cards = {
            custom_id: (command, message)
            for command in self.commands
            for message in command.interaction.messages
            if not message.deleted
            for custom_id in message.controls
            if custom_id.startswith("easel:cancel:")
        }
        if cards:
            custom_id = self._chance.choice(sorted(cards))
            command, message = cards[custom_id]
            with suppress(NotConnected):
                await self._discord.click(command.interaction.actor, message, custom_id)

    def _wish(self, number: int) -> tuple[str, dict[str, Any]]:
        match self._chance.randrange(6):
            case 0:
                return f"a forbidden stork, {number}", {}
            case 1:
                return f"a stork like this one, {number}", {"image": File("stork.png", png(), "image/png")}
            case 2:
                return f"a stork like this large one, {number}", {"image": File("stork.png", png(320), "image/png")}
            case 3:
                return f"some storks, {number}", {"count": self._chance.randint(2, 4)}
            case 4:
                return f"a shy stork, {number}", {"private": True}
            case _:
                return f"a stork, {number}", {}

    async def some_events(self, count: int) -> None:
        """Wait until Discord and Replicate have got so many more requests, or until nothing happens any longer."""
        enough = self._events() + count
        while (before := self._events()) < enough:
            if not await self._more_than(before, QUIET_SECONDS):
                return

    def _events(self) -> int:
        return len(self._discord.requests) + len(self._deployment.replicate.requests)

    async def _more_than(self, events: int, seconds: float) -> bool:
        waits: list[Callable[[Callable[[], object]], Awaitable[object]]] = [
            self._discord.until,
            self._deployment.replicate.until,
        ]
        tasks = [asyncio.ensure_future(wait(lambda: self._events() > events)) for wait in waits]
        try:
            return bool((await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED))[0])
        finally:
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
