"""A picture over the place's own limit: it is made to fit, the card says so, and nothing is dropped."""

from io import BytesIO

import pytest
from PIL import Image

from tests.process.deployment import Deployment
from tests.process.program import EaselRun

pytestmark = pytest.mark.asyncio(loop_scope="package")

LIMIT = 600_000  # bytes


async def test_only_what_is_over_the_limit_is_refitted(deployment: Deployment, easel: EaselRun) -> None:
    guild = deployment.discord.world.guild(attachment_size_limit=LIMIT)
    channel, ann = guild.channel(), guild.member("ann")
    large = await deployment.discord.slash(ann, channel, "imagine", prompt="noise", quality="low", format="png")
    message = await large.until(lambda message: message.pictures)
    (picture,) = message.pictures
    assert len(picture.data) <= LIMIT
    assert Image.open(BytesIO(picture.data)).format == "WEBP"
    assert "Picture 1 was 7.7 MB, more than this place takes; it was made to fit as a WebP." in message.text

    small = await deployment.discord.slash(ann, channel, "imagine", prompt="small", quality="low", format="png")
    message = await small.until(lambda message: message.pictures)
    deployment.assert_made(small, message)
    assert "made to fit" not in message.text
    await deployment.settled(easel, channel, 2)
