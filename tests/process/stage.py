"""Where commands are brought to a place of their life, their process is killed, and another one finishes them."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from functools import partial

import aiohttp

from bot.demo.replicate_runs import RETENTION, Run
from bot.domain.moderation import Review, ReviewOf, ReviewStage
from bot.storage.cipher import Cipher
from bot.storage.preferences import SqlPreferences
from bot.storage.store import open_store
from tests.process.boundaries import Boundary, boundary
from tests.process.commands import Command
from tests.process.deployment import NO_OTHER, Deployment
from tests.process.invariants import Findings, examine
from tests.process.kill_points import INSTALL, When, arm, disarm, set_ahead
from tests.process.program import PATIENCE, EaselRun
from tests.wire.discord_server import Interaction
from tests.wire.world import Channel, Guild


class Stage:
    """One process at a time on a deployment, none at first. `target` is where the process is to die once it is armed.

    `commands` are those of this stage; who is `unreachable` among them can be answered nowhere. The runs of
    `twins` were started twice.
    """

    def __init__(self, deployment: Deployment, target: tuple[Boundary, When] | None = None) -> None:
        self.deployment = deployment
        self.discord = deployment.discord
        self.replicate = deployment.replicate
        self.target = target
        self.commands: list[Command] = []
        self.unreachable: list[Command] = []
        self.twins: list[Command] = []
        self._run: EaselRun | None = None
        self._runs: list[EaselRun] = []
        self._again: Callable[[], Awaitable[None]] = self.start
        self._running = AsyncExitStack()

    # ------------------------------------------------------------------------------------------ the process

    @property
    def run(self) -> EaselRun:
        assert self._run is not None
        return self._run

    async def start(self, settings: Mapping[str, str] = NO_OTHER, *, connected: bool = True, well: bool = True) -> None:
        """Start a process. With `well` it may log no error; without `connected` it may end before it is connected."""
        assert self._run is None
        self._again = partial(self.start, settings, well=well)
        self._run = await self._running.enter_async_context(
            self.deployment.running(settings, connected=connected, well=well, prepare=INSTALL)
        )
        self._runs.append(self._run)

    async def start_again(self) -> None:
        """Start a process that is like the last one."""
        await self._again()

    async def stop(self) -> None:
        """Stop the process in order, where it lives."""
        disarm(self.deployment.directory)
        self._run = None
        await self._running.aclose()

    async def kill(self) -> None:
        await self.run.kill()
        await self.stop()

    def arm(self) -> None:
        """From here on the process dies where it is to."""
        assert self.target is not None
        arm(self.deployment.directory, *self.target)

    def ahead(self, seconds: float) -> None:
        """Put the clock of this process and of those after it ahead."""
        set_ahead(self.deployment.directory, seconds)

    def die_at(self, name: str, when: When) -> None:
        """From here on the process dies at another boundary than its target."""
        arm(self.deployment.directory, boundary(name), when)

    async def killed(self) -> None:
        """Wait until the process has died where it was to."""
        if self._run is None:
            return  # the scene has waited for it
        code = await self._run.ended()
        assert code == -signal.SIGKILL, f"it ended with {code}:\n{self.output}"
        await self.stop()

    async def settled(self) -> None:
        """Wait until the jobs of all commands have come to their end, and all that was found twice has been stopped."""
        if not self.twins:
            self.replicate.end_gate.release()

        def done() -> bool:
            records = self.deployment.records()
            return not records.unfinished and len(records.strays) == len(self.twins)

        await self.run.until(done)

    @property
    def output(self) -> str:
        """What the processes have printed, one after the other."""
        return "\n---\n".join(each.output for each in self._runs)

    def findings(self) -> Findings:
        return examine(
            self.commands, self.deployment.records(), self.replicate, self.discord, unreachable=self.unreachable
        )

    # ----------------------------------------------------------------------------------------- the commands

    async def imagine(self, prompt: str, *, guild: Guild | None = None, **options: object) -> Command:
        """Send a command, of a new member in a new channel; nothing is waited for."""
        guild = guild or self.deployment.guild
        channel, member = guild.channel(), guild.member("ann")
        prompt = f"{prompt} ({len(self.discord.world.interactions)})"
        interaction = await self.discord.slash(
            member, channel, "imagine", **({"prompt": prompt, "quality": "low"} | options)
        )
        command = Command(prompt, interaction, channel)
        self.commands.append(command)
        return command

    async def let_review(self, stage: ReviewStage) -> Channel:
        """From now on all that is asked for in the deployment's guild waits for a reviewer; answers their channel."""
        guild = self.deployment.guild
        desk = guild.channel("desk")
        review = Review(of=frozenset({ReviewOf.EVERYONE}), stages=frozenset({stage}))
        cipher = Cipher.from_key((self.deployment.data / "secret.key").read_text().strip())
        store = await open_store(f"sqlite:///{self.deployment.data / 'easel.db'}", cipher)
        try:
            await SqlPreferences(store.database).change_policy(
                guild.id,
                lambda held: replace(held, review_channel_id=desk.id).with_rules(None, review=review),
                None,
                self.discord.world.clock.now(),
            )
        finally:
            await store.close()
        return desk

    async def created(self, command: Command) -> None:
        """Wait until Replicate has made the command's run."""
        async with asyncio.timeout(PATIENCE):
            await self.replicate.until(
                lambda: [run for run in self.replicate.runs if run.input["prompt"] == command.prompt]
            )

    async def ended(self, command: Command) -> None:
        """Wait until the command's run has ended at Replicate."""
        async with asyncio.timeout(PATIENCE):
            await self.replicate.until(lambda: self._run_of(command).ended)

    def forget(self, command: Command) -> None:
        """Let the command's run have ended long enough ago for Replicate to have removed its data."""
        run = self._run_of(command)
        assert run.completed_at is not None
        run.completed_at -= RETENTION

    def _run_of(self, command: Command) -> Run:
        return self.deployment.run_of(command.interaction)

    async def recorded(self, command: Command, status: str) -> str:
        """Wait until the command's job has this status; answers its id."""

        def find() -> str | None:
            jobs = [each for each in self.deployment.records().jobs if each["member_id"] == command.member_id]
            return next((each["id"] for each in jobs if each["status"] == status), None)

        return await self.run.until(find)

    def cancel(self, command: Command) -> None:
        """Ask for the command's job to be canceled, behind the back of every process."""
        with self.deployment.database() as database:
            database.execute(
                "UPDATE jobs SET cancel_at = created_at, cancel_by = person_id"
                " WHERE person_id = (SELECT id FROM people WHERE discord_id = ?)",
                [command.member_id],
            )
            database.commit()

    async def repeat_webhook(self) -> None:
        """Have Replicate send the last webhook once more."""
        sent = self.replicate.webhooks[-1]
        with suppress(aiohttp.ClientError):  # who dies of it gives no answer
            async with aiohttp.request("POST", sent.url, data=sent.body, headers=sent.headers):
                pass

    async def click(self, command: Command, button: str) -> Interaction:
        """Click `cancel`, or `delete` or `details` below the command's result, as its member."""
        message = command.message
        (custom_id,) = (each for each in message.controls if each.startswith(f"easel:{button}:"))
        return await self.discord.click(command.interaction.actor, message, custom_id)

    async def again(self, command: Command) -> Command:
        """Click Again as another member: a new command, in the place of the one that it repeats."""
        member = self.deployment.guild.member("bob")
        (custom_id,) = (each for each in command.message.controls if each.startswith("easel:again:"))
        interaction = await self.discord.click(member, command.message, custom_id)
        self.commands.remove(command)
        repeated = Command(command.prompt, interaction, command.channel)
        self.commands.append(repeated)
        return repeated
