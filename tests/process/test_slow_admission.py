"""A database that is slow to answer: the member is answered within Discord's three seconds all the same."""

import json
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.service import admission
from tests.process.deployment import Deployment, open_deployment
from tests.process.program import EaselRun
from tests.wire.discord_server import Route
from tests.wire.faults import Respond
from tests.wire.world import Channel, Member

pytestmark = pytest.mark.asyncio(loop_scope="package")

TRIES_ONCE_MORE = "tests.process.test_slow_admission:try_once_more"


def try_once_more() -> None:
    """Called in the process that is tested: it would try for ten seconds."""
    admission.RETRY_PAUSES = (0.0,)


@contextmanager
def held(deployment: Deployment) -> Generator[None]:
    """Hold the database's one write lock from outside, as a backup or a sick disk would."""
    database = sqlite3.connect(deployment.data / "easel.db", isolation_level=None)
    try:
        database.execute("BEGIN IMMEDIATE")
        yield
    finally:
        database.close()


async def test_the_card_says_that_it_is_checked_and_then_becomes_the_pictures(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member
) -> None:
    with held(deployment):
        interaction = await deployment.discord.slash(ann, channel, "imagine", prompt="a slow fox", quality="low")
        await interaction.answered()
        assert interaction.original is not None
        assert "Checking whether this can run" in interaction.original.text
    message = await interaction.until(lambda message: message.pictures)
    deployment.assert_made(interaction, message)
    assert (await deployment.settled(easel, channel)).captured == 12_000


async def test_what_another_process_has_answered_is_not_covered_by_a_card_that_says_less(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member
) -> None:
    answered = Respond(400, {"message": "Interaction has already been acknowledged.", "code": 40060}, handled=True)
    deployment.discord.faults.inject("POST", Route.CALLBACK, answered)
    with held(deployment):
        interaction = await deployment.discord.slash(ann, channel, "imagine", prompt="a fox of two", quality="low")
        await interaction.answered()
    message = await interaction.until(lambda message: message.pictures)
    await deployment.settled(easel, channel)
    assert sum("Checking whether" in json.dumps(each) for each in message.revisions) == 1


async def test_what_another_process_has_answered_stays_where_the_database_fails_this_one(tmp_path: Path) -> None:
    """Its card may hold the pictures by then."""
    async with open_deployment(tmp_path, webhooks=False) as deployment:
        deployment.settings["DATABASE_URL"] = f"sqlite:///{deployment.data / 'easel.db'}?timeout=2.5"
        async with deployment.running(prepare=TRIES_ONCE_MORE, well=False) as easel:
            answered = Respond(
                400, {"message": "Interaction has already been acknowledged.", "code": 40060}, handled=True
            )
            deployment.discord.faults.inject("POST", Route.CALLBACK, answered)
            channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
            with held(deployment):
                interaction = await deployment.discord.slash(ann, channel, "imagine", prompt="a fox", quality="low")
                await easel.logged("a request that another process has answered could not be admitted here")
            (card,) = interaction.messages
            assert not card.deleted


async def test_a_refusal_that_comes_late_takes_the_card_away_and_follows_privately(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member
) -> None:
    first = await deployment.discord.slash(ann, channel, "imagine", prompt="eleven foxes", quality="low", count=10)
    await first.until(lambda message: message.pictures)
    second = await deployment.discord.slash(ann, channel, "imagine", prompt="ten more", quality="low", count=10)
    await second.until(lambda message: message.pictures)
    await deployment.settled(easel, channel, 2)
    with held(deployment):
        third = await deployment.discord.slash(ann, channel, "imagine", prompt="too many foxes", quality="low")
        await third.answered()
        card = third.original
        assert card is not None
        assert not card.ephemeral
    await deployment.discord.until(lambda: len(third.messages) == 2)
    assert card.deleted
    (followup,) = (message for message in third.messages if message is not card)
    assert followup.ephemeral
    assert "You have used your 20 pictures for today" in followup.text
    assert len((await deployment.settled(easel, channel, 2)).jobs) == 2, "nothing was admitted"
