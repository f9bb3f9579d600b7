"""Pictures on their way to Discord take no more memory than they may: what is more waits before it is fetched."""

import asyncio
from pathlib import Path

from tests.process.deployment import Deployment, open_deployment
from tests.wire.discord_server import Route
from tests.wire.faults import Wait

JOBS = 3


def downloads(deployment: Deployment) -> int:
    """How many pictures Replicate was asked for."""
    return sum(each.path.startswith("/delivery/") for each in deployment.replicate.requests)


async def test_a_delivery_waits_until_the_ones_before_it_have_let_go_of_their_pictures(tmp_path: Path) -> None:
    async with open_deployment(tmp_path, EASEL_DELIVERY_MEMORY_MB="1") as deployment, deployment.running() as run:
        discord, replicate = deployment.discord, deployment.replicate
        channel, other = deployment.guild.channel(), deployment.guild.channel()
        members = [deployment.guild.member(f"member {number}") for number in range(JOBS)]
        uploads = [asyncio.Event() for _ in members]
        discord.faults.inject("PATCH", Route.WEBHOOK_MESSAGE, *map(Wait, uploads))
        replicate.end_gate.hold()
        asked = [
            # Each is expected to be larger than all there is room for, and the last one is.
            await discord.slash(member, channel, "imagine", prompt=f"{what} snow", count=2, format="PNG")
            for member, what in zip(members, ("deep", "fresh", "noise of"), strict=True)
        ]
        await replicate.until(lambda: len(replicate.runs) == JOBS)
        replicate.end_gate.release()
        await replicate.until(lambda: sum(each.status == 200 for each in replicate.webhooks) >= JOBS)

        for number, upload in enumerate(uploads, start=1):
            await replicate.until(lambda: downloads(deployment) >= 2 * number)  # noqa: B023 # called at once
            usage = await discord.slash(members[0], other, "usage")
            await usage.until(lambda message: message.text)
            assert downloads(deployment) == 2 * number, "the others wait, though all have ended"
            upload.set()

        for interaction in asked:
            deployment.assert_made(interaction, await interaction.until(lambda message: len(message.pictures) == 2))
        await deployment.settled(run, channel, JOBS)
