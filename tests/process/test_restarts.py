"""What a restart finds half-done, it finishes: one run, one answer and one capture for each command."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from bot.demo.replicate_faults import Hang, Wait
from tests.process.deployment import LOW, Books, Deployment, open_deployment, png
from tests.process.program import PATIENCE, EaselRun, execute
from tests.wire import faults
from tests.wire.discord_server import File, Interaction, Message, Route
from tests.wire.world import Channel

pytestmark = pytest.mark.asyncio(loop_scope="package")


@dataclass(frozen=True, slots=True)
class Command:
    """A command in a channel of its own."""

    interaction: Interaction
    channel: Channel

    @property
    def message(self) -> Message:
        """The one message that is there now."""
        (message,) = (each for each in self.channel.messages if not each.deleted)
        return message


class Stage:
    """Where commands are brought to a place of their life and left there."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.discord = deployment.discord
        self.replicate = deployment.replicate

    async def imagine(self, prompt: str, **options: object) -> Command:
        channel, member = self.deployment.guild.channel(prompt), self.deployment.guild.member(prompt)
        interaction = await self.discord.slash(member, channel, "imagine", prompt=prompt, quality="low", **options)
        await interaction.answered()
        return Command(interaction, channel)

    async def created(self, command: Command) -> None:
        """Wait until Replicate has made the command's run."""
        (prompt,) = (each["value"] for each in command.interaction.data["options"] if each["name"] == "prompt")
        async with asyncio.timeout(PATIENCE):
            await self.replicate.until(lambda: [run for run in self.replicate.runs if run.input["prompt"] == prompt])

    async def struck(self) -> None:
        """Wait until Discord has met its next fault."""
        await self.discord.until(lambda: not self.discord.faults.left)

    async def assert_made_once(self, run: EaselRun, command: Command) -> Books:
        """The command's one message shows its one run's picture; it was booked once, and none of it twice."""
        books = await self.deployment.settled(run, command.channel)
        self.deployment.assert_made(command.interaction, command.message)
        assert books.ledger == [("hold", LOW, 1), ("capture", LOW, 1)]
        assert self.replicate.billed[self.deployment.run_of(command.interaction).id] == LOW
        return books


PLACES = ("reading its picture", "sending its create", "running", "editing its message", "sending a new message")


@dataclass(frozen=True, slots=True)
class Crash:
    """A process that was killed with one command at each of `PLACES`, and the one that was started after it."""

    stage: Stage
    run: EaselRun
    commands: dict[str, Command]
    statuses: dict[str, str]  # of their jobs, as the killed process left them


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def crash(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Crash]:
    async with open_deployment(tmp_path_factory.mktemp("crash")) as deployment:
        stage = Stage(deployment)
        discord, replicate = stage.discord, stage.replicate
        commands: dict[str, Command] = {}
        async with deployment.running() as run:
            discord.faults.inject("PATCH", Route.WEBHOOK_MESSAGE, faults.Hang(handled=True))
            commands["editing its message"] = await stage.imagine("an edit whose answer hangs")
            await stage.struck()

            discord.faults.inject("POST", Route.MESSAGES, faults.Hang(handled=True))
            replicate.end_gate.hold()
            commands["sending a new message"] = renewed = await stage.imagine("a new message whose answer hangs")
            discord.world.delete(renewed.message)
            await stage.created(renewed)
            replicate.end_gate.release()
            await stage.struck()

            replicate.end_gate.hold()
            commands["running"] = await stage.imagine("a run that takes its time")
            await stage.created(commands["running"])

            replicate.faults.order(Hang(done=True), method="POST", path="*/predictions")
            commands["sending its create"] = await stage.imagine("a create whose answer hangs")
            await stage.created(commands["sending its create"])

            discord.faults.inject("GET", Route.CDN, faults.Hang())
            picture = File("fox.png", png(), "image/png")
            commands["reading its picture"] = await stage.imagine("a picture that hangs", image=picture)
            await stage.struck()
            await run.kill()
        statuses = {place: deployment.books(each.channel).jobs[0]["status"] for place, each in commands.items()}
        replicate.end_gate.release()
        async with deployment.running() as run:
            yield Crash(stage, run, commands, statuses)


async def test_the_crash_left_a_job_in_each_status(crash: Crash) -> None:
    assert [crash.statuses[place] for place in PLACES] == [
        "staging",
        "submitting",
        "running",
        "delivering",
        "delivering",
    ]


@pytest.mark.parametrize("place", PLACES)
async def test_what_a_killed_process_left_is_finished_once(crash: Crash, place: str) -> None:
    await crash.stage.assert_made_once(crash.run, crash.commands[place])


async def test_a_new_message_that_was_sent_before_the_crash_is_not_sent_again(crash: Crash) -> None:
    command = crash.commands["sending a new message"]
    await crash.stage.assert_made_once(crash.run, command)
    sent = [each for each in crash.stage.discord.requests if each.route == Route.MESSAGES]
    assert len(sent) == 2, "it was repeated, since its answer never came, and its nonce made it one"
    assert len(command.channel.messages) == 2, "the card that was deleted, and this one"


async def test_no_create_is_sent_twice(crash: Crash) -> None:
    for command in crash.commands.values():
        await crash.stage.assert_made_once(crash.run, command)
    creates = [each for each in crash.stage.replicate.requests if each.method == "POST"]
    assert len(creates) == len(PLACES)


async def test_the_buttons_of_before_the_restart_work_after_it(crash: Crash) -> None:
    command = crash.commands["running"]
    books = await crash.stage.assert_made_once(crash.run, command)
    message = command.message
    await crash.stage.discord.click(command.interaction.actor, message, f"easel:delete:{books.jobs[0]['id']}")
    await crash.stage.discord.until(lambda: message.deleted)


async def test_the_commands_are_not_synced_anew(crash: Crash) -> None:
    synced = [each for each in crash.stage.discord.requests if each.method == "PUT"]
    assert len(synced) == 1


async def test_a_stop_in_order_waits_for_a_create_and_the_next_start_goes_on(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with open_deployment(tmp_path_factory.mktemp("stop")) as deployment:
        stage = Stage(deployment)
        replicate = stage.replicate
        replicate.end_gate.hold()
        async with deployment.running() as run:
            running = await stage.imagine("a run in flight")
            await stage.created(running)
            answer = asyncio.Event()
            replicate.faults.order(Wait(answer), method="POST", path="*/predictions")
            sending = await stage.imagine("a create in flight")
            await replicate.until(lambda: not replicate.faults.pending)
            stopping = asyncio.create_task(run.stop())
            await run.logged("stopping")
            answer.set()
            assert await stopping == 0, run.output
        statuses = [deployment.books(each.channel).jobs[0]["status"] for each in (running, sending)]
        assert statuses == ["running", "running"]
        assert len(replicate.runs) == 2

        replicate.end_gate.release()
        async with deployment.running() as run:
            for command in (running, sending):
                await stage.assert_made_once(run, command)
        assert len([each for each in replicate.requests if each.method == "POST"]) == 2


async def test_a_second_process_on_the_same_database_refuses_to_start(deployment: Deployment, easel: EaselRun) -> None:
    second = await execute("run", directory=deployment.directory, settings=deployment.settings)
    assert second.code == 1
    assert "Another Easel process is using" in second.stderr
    assert "Traceback" not in second.stderr
    assert easel.code is None
