"""Attached pictures over the wire: read once from Discord's CDN, and refused where they are not what they say."""

import base64
from io import BytesIO

import pytest
from PIL import Image

from tests.process.deployment import LOW, Deployment, png
from tests.process.program import EaselRun
from tests.wire.discord_server import File, Route
from tests.wire.world import Channel, Member

pytestmark = pytest.mark.asyncio(loop_scope="package")


def reads(deployment: Deployment, channel: Channel) -> int:
    """How often something that was attached in the channel was asked for."""
    calls = [each for each in deployment.discord.requests if each.route == Route.CDN]
    return sum(each.params["channel_id"] == str(channel.id) for each in calls)


async def test_an_attached_picture_is_read_once_and_given_to_replicate(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member
) -> None:
    small, large = png(), png(side=320)  # 0.3 MB is too much for a data: URI
    interaction = await deployment.discord.slash(
        ann, channel, "imagine", prompt="both of these at night", quality="low",
        image=File("small.png", small, "image/png"), image_2=File("large.png", large, "image/png"),
    )  # fmt: skip
    message = await interaction.until(lambda message: message.pictures)
    assert interaction.response_time is not None
    assert interaction.response_time < 2
    deployment.assert_made(interaction, message)
    assert "made from 2 pictures" in message.text
    assert reads(deployment, channel) == 2
    first, second = deployment.run_of(interaction).input["input_images"]
    sent = Image.open(BytesIO(base64.b64decode(first.partition(",")[2])))
    assert sent.tobytes() == Image.open(BytesIO(small)).tobytes()
    assert second.startswith(f"{deployment.replicate.url}/files/")
    await deployment.settled(easel, channel)


async def refused_on_reading(
    deployment: Deployment, easel: EaselRun, channel: Channel, member: Member, *, file: File, prompt: str
) -> str:
    """The words of the private follow-up that the card gave way to. Nothing was made, and nothing is held."""
    interaction = await deployment.discord.slash(member, channel, "imagine", prompt=prompt, quality="low", image=file)
    followup = await interaction.until(lambda message: message is not interaction.original)
    assert interaction.original is not None
    assert interaction.original.deleted
    assert followup.ephemeral
    assert (await deployment.settled(easel, channel)).ledger == [("hold", LOW, 1), ("release", LOW, 0)]
    assert prompt not in [run.input["prompt"] for run in deployment.replicate.runs]
    return followup.text


async def test_a_picture_on_a_host_that_is_not_allowed_is_not_asked_for(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member
) -> None:
    world = deployment.discord.world
    allowed, world.cdn_url = world.cdn_url, world.cdn_url.replace("127.0.0.1", "localhost")
    try:
        file = File("elsewhere.png", png(), "image/png")
        words = await refused_on_reading(deployment, easel, channel, ann, file=file, prompt="from elsewhere")
    finally:
        world.cdn_url = allowed
    assert "`elsewhere.png` couldn't be read from Discord" in words
    assert reads(deployment, channel) == 0


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (File("fox.png", b"this is text", "image/png"), "`fox.png` isn't a picture"),
        (File("cut.png", png(side=64)[:-2000], "image/png"), "`cut.png` is damaged or incomplete"),
        (
            File("light.png", bytes(50_000_001), "image/png", claimed_size=1000),
            "`light.png` is too large: 50 MB, and 50 MB is the most",
        ),
    ],
    ids=["text", "truncated", "heavier than it says"],
)
async def test_a_file_that_lies_is_refused_once_it_was_read(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member, *, file: File, words: str
) -> None:
    prompt = f"make of {file.filename} what you can"
    assert words in await refused_on_reading(deployment, easel, channel, ann, file=file, prompt=prompt)
    assert reads(deployment, channel) == 1


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (File("big.png", b"", "image/png", claimed_size=60_000_000), "`big.png` is too large: 60 MB"),
        (File("photo.heic", b"", "image/heic"), "is a HEIC file, which can't be used"),
        (File("notes.pdf", b"%PDF", "application/pdf"), "`notes.pdf` isn't a picture"),
    ],
    ids=["60 MB", "HEIC", "PDF"],
)
async def test_what_the_interaction_tells_of_a_file_is_refused_at_once(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member, *, file: File, words: str
) -> None:
    interaction = await deployment.discord.slash(
        ann, channel, "imagine", prompt="not even read", quality="low", image=file
    )
    await interaction.answered()
    (refusal,) = channel.messages
    assert refusal.ephemeral
    assert words in refusal.text
    assert reads(deployment, channel) == 0
    assert deployment.books(channel).jobs == []
    assert easel.code is None
