"""A picture over the place's own limit: it is made to fit, the card says so, and nothing is dropped."""

import re
from io import BytesIO

import aiohttp
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
    link = re.search(r"To be saved until <t:\d+:t>: \[original of picture 1\]\((\S+)\)\.", message.text)
    assert link is not None
    async with aiohttp.ClientSession() as http, http.get(link[1]) as original:
        assert [await original.read()] == list(deployment.run_of(large).files.values())

    small = await deployment.discord.slash(ann, channel, "imagine", prompt="small", quality="low", format="png")
    message = await small.until(lambda message: message.pictures)
    deployment.assert_made(small, message)
    assert "made to fit" not in message.text
    await deployment.settled(easel, channel, 2)


async def test_where_more_is_taken_a_picture_stays_as_it_is(deployment: Deployment, easel: EaselRun) -> None:
    boosted = deployment.discord.world.guild(attachment_size_limit=50 * 1024 * 1024)
    channel, ann = boosted.channel(), boosted.member("ann")
    huge = await deployment.discord.slash(ann, channel, "imagine", prompt="storm", quality="low", format="png")
    message = await huge.until(lambda message: message.pictures)
    deployment.assert_made(huge, message)
    assert len(message.pictures[0].data) > 10 * 1024 * 1024
    assert "made to fit" not in message.text
    await deployment.settled(easel, channel, 1)
