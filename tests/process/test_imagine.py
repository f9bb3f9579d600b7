"""`/imagine` over the wire: what is answered, what is asked of whom, and how often."""

import pytest

from tests.process.deployment import LOW, Deployment
from tests.process.program import EaselRun
from tests.wire.discord_server import Route
from tests.wire.world import Channel, Member

pytestmark = pytest.mark.asyncio(loop_scope="package")

CREATE = "/v1/models/openai/gpt-image-2/predictions"


async def test_the_answer_comes_at_once_and_becomes_the_pictures(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member
) -> None:
    discord, replicate = deployment.discord, deployment.replicate
    asked_discord, asked_replicate = len(discord.requests), len(replicate.requests)
    replicate.end_gate.hold()
    interaction = await discord.slash(
        ann, channel, "imagine", prompt="a heron at dawn", quality="Low: about $0.012 a picture", count=3
    )
    await interaction.answered()
    assert interaction.response_time is not None
    assert interaction.response_time < 2, "well inside Discord's 3 s"
    assert interaction.original is not None
    assert "> a heron at dawn" in interaction.original.text
    assert "may cost up to $0.04" in interaction.original.text

    replicate.end_gate.release()
    message = await interaction.until(lambda message: message.pictures)
    books = await deployment.settled(easel, channel)

    assert channel.messages == [message] == interaction.messages
    assert not message.ephemeral
    deployment.assert_made(interaction, message)
    assert "$0.04" in message.text
    assert books.ledger == [("hold", 3 * LOW, 3), ("capture", 3 * LOW, 3)]
    assert replicate.billed[deployment.run_of(interaction).id] == 3 * LOW
    calls = [(each.method, each.route, each.status) for each in discord.requests[asked_discord:]]
    assert calls == [
        ("POST", Route.CALLBACK, 200),
        ("GET", Route.GUILD_MEMBER, 200),  # whether she was timed out meanwhile, beside the fetch of the pictures
        ("PATCH", Route.WEBHOOK_MESSAGE, 200),
    ]
    (prediction,) = (each for each in replicate.runs if each.input["prompt"] == "a heron at dawn")
    asked = [(each.method, each.path) for each in replicate.requests[asked_replicate:]]
    secret = ("GET", "/v1/webhooks/default/secret")  # once, for the first webhook of a process
    assert sorted(each for each in asked if each != secret) == sorted(
        [("POST", CREATE), *(("GET", f"/delivery/{prediction.id}/{name}") for name in prediction.files)]
    )


async def test_the_token_goes_to_the_api_and_nowhere_else(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member
) -> None:
    interaction = await deployment.discord.slash(ann, channel, "imagine", prompt="a kestrel", quality="low")
    await interaction.until(lambda message: message.pictures)
    await deployment.settled(easel, channel)
    calls = {each.path.startswith("/v1/"): each.with_token for each in deployment.replicate.requests}
    assert calls == {True: True, False: False}


async def test_a_private_answer_is_the_members_alone(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member
) -> None:
    interaction = await deployment.discord.slash(
        ann, channel, "imagine", prompt="a shy wren", quality="low", private=True
    )
    message = await interaction.until(lambda message: message.pictures)
    assert message.ephemeral
    assert message is interaction.original
    assert channel.messages == [message]
    deployment.assert_made(interaction, message)
    assert (await deployment.settled(easel, channel)).captured == LOW


async def test_a_refusal_of_the_safety_system_ends_on_the_card_and_costs_nothing(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member
) -> None:
    interaction = await deployment.discord.slash(ann, channel, "imagine", prompt="a forbidden owl", quality="low")
    message = await interaction.until(lambda message: "safety system refused this" in message.text)
    assert channel.messages == [message]
    assert (await deployment.settled(easel, channel)).ledger == [("hold", LOW, 1), ("release", LOW, 0)]
    assert deployment.run_of(interaction).id not in deployment.replicate.billed


async def test_pictures_beyond_one_request_arrive_by_successive_edits(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member
) -> None:
    interaction = await deployment.discord.slash(
        ann, channel, "imagine", prompt="noise, four of it", quality="low", format="PNG", count=4
    )
    message = await interaction.until(lambda message: len(message.pictures) == 4)
    books = await deployment.settled(easel, channel)
    deployment.assert_made(interaction, message)
    assert channel.messages == [message]
    assert [len(revision["attachments"]) for revision in message.revisions] == [0, 3, 4]
    assert sum(len(each.data) for each in message.pictures) > 25 << 20, "more than Discord takes in one request"
    assert books.captured == 4 * LOW
