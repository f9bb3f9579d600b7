"""Ceilings and refusals over the wire, in a deployment that Replicate doesn't reach: no port is open, ends are asked
for."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from tests.process.deployment import LOW, Deployment, open_deployment
from tests.process.program import EaselRun, listening, needs_proc
from tests.wire.discord_server import Interaction
from tests.wire.world import EVERYDAY, Channel, Member, Permission

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Deployment]:
    """One picture a day for each member, and ten cents for all."""
    directory = tmp_path_factory.mktemp("limits")
    async with open_deployment(
        directory, webhooks=False, EASEL_MEMBER_DAILY_PICTURES="1", EASEL_DAILY_SPEND_USD="0.10"
    ) as deployment:
        yield deployment


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def easel(deployment: Deployment) -> AsyncGenerator[EaselRun]:
    async with deployment.running() as run:
        yield run


async def refused(deployment: Deployment, interaction: Interaction) -> str:
    """The words of a refusal, which its member alone sees."""
    await interaction.answered()
    (message,) = interaction.messages
    assert message.ephemeral
    prompts = [each["value"] for each in interaction.data["options"] if each["name"] == "prompt"]
    assert prompts[0] not in [run.input["prompt"] for run in deployment.replicate.runs]
    return message.text


async def test_twenty_at_once_against_a_quota_of_one_admit_one(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member
) -> None:
    """And the end of that one is learned by asking: the only calls beside the create and the fetch."""
    discord, replicate = deployment.discord, deployment.replicate
    interactions = await asyncio.gather(
        *(discord.slash(ann, channel, "imagine", prompt=f"wish {wish}", quality="low") for wish in range(20))
    )
    await asyncio.gather(*(each.answered() for each in interactions))
    (admitted,) = (each for each in interactions if each.original and not each.original.ephemeral)
    for each in interactions:
        if each is not admitted:
            assert "You have used your 1 picture for today" in await refused(deployment, each)

    message = await admitted.until(lambda message: message.pictures)
    books = await deployment.settled(easel, channel)
    deployment.assert_made(admitted, message)
    assert len(replicate.runs) == 1
    assert books.ledger == [("hold", LOW, 1), ("capture", LOW, 1)]
    assert replicate.webhooks == []
    asked = {each.path for each in replicate.requests if each.method == "GET"}
    assert asked == {"/v1/account", "/v1/predictions", f"/delivery/{replicate.runs[0].id}/out-0.webp"}


async def test_the_budget_that_all_share(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member
) -> None:
    interaction = await deployment.discord.slash(ann, channel, "imagine", prompt="too dear", quality="high")
    assert "and this may cost $0.128" in await refused(deployment, interaction)
    assert deployment.books(channel).jobs == []


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        (Permission.ATTACH_FILES, "I lack the permission **Attach Files**"),
        (Permission.SEND_MESSAGES, "I lack the permission **Send Messages**"),
        (Permission.ATTACH_FILES | Permission.SEND_MESSAGES, "**Send Messages** and **Attach Files**"),
    ],
)
async def test_a_channel_where_the_bot_may_not_answer(
    deployment: Deployment, easel: EaselRun, ann: Member, lacking: Permission, words: str
) -> None:
    channel = deployment.guild.channel(app_permissions=EVERYDAY & ~lacking)
    interaction = await deployment.discord.slash(ann, channel, "imagine", prompt="in the wrong place", quality="low")
    assert words in await refused(deployment, interaction)
    assert deployment.books(channel).jobs == []


@pytest.mark.parametrize("private", [False, True])
async def test_a_request_that_contradicts_itself(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member, *, private: bool
) -> None:
    interaction = await deployment.discord.slash(
        ann, channel, "imagine", prompt="glass", background="transparent", format="jpeg", private=private
    )
    assert "JPEG can't hold a transparent background" in await refused(deployment, interaction)
    assert deployment.books(channel).jobs == []


@needs_proc
async def test_nothing_listens_where_no_port_was_asked_for(easel: EaselRun) -> None:
    assert await asyncio.to_thread(listening, easel.pid) == []
