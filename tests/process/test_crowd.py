"""Many members at once."""

import asyncio
from collections import Counter

import pytest

from tests.process.deployment import LOW, Deployment
from tests.process.program import EaselRun
from tests.wire.discord_server import Route
from tests.wire.world import Channel

pytestmark = pytest.mark.asyncio(loop_scope="package")

MEMBERS, EACH = 11, 10


async def test_a_crowd_is_answered_in_time_and_served_in_full(
    deployment: Deployment, easel: EaselRun, channel: Channel
) -> None:
    discord, replicate = deployment.discord, deployment.replicate
    asked = len(discord.requests)
    members = [deployment.guild.member(f"member {number}") for number in range(MEMBERS)]
    interactions = await asyncio.gather(
        *(
            discord.slash(member, channel, "imagine", prompt=f"{member.user.name}, wish {wish}", quality="low")
            for member in members
            for wish in range(EACH)
        )
    )
    await asyncio.gather(*(each.answered() for each in interactions))
    times = sorted(each.response_time or 0 for each in interactions)
    assert times[-1] < 3, "Discord waits no longer"
    messages = await asyncio.gather(*(each.until(lambda message: message.pictures, 40) for each in interactions))
    books = await deployment.settled(easel, channel, jobs=MEMBERS * EACH)

    for interaction, message in zip(interactions, messages, strict=True):
        deployment.assert_made(interaction, message)
        assert message is interaction.original
    assert len(channel.messages) == MEMBERS * EACH
    billed = [replicate.billed[deployment.run_of(each).id] for each in interactions]
    assert books.captured == sum(billed) == MEMBERS * EACH * LOW
    assert Counter(kind for kind, *_ in books.ledger) == {"hold": MEMBERS * EACH, "capture": MEMBERS * EACH}
    calls = [(each.route, each.status) for each in discord.requests[asked:]]
    assert {status for _, status in calls} == {200}
    assert Counter(route for route, _ in calls)[Route.CALLBACK] == MEMBERS * EACH
