"""A create whose answer never comes, in a process that goes on: found where it ran, sent again only where it didn't."""

import pytest

from bot.demo.replicate_faults import Fault, LoseAnswer, Reset
from tests.process.deployment import LOW, Deployment
from tests.process.program import EaselRun
from tests.wire.world import Channel, Member

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest.mark.parametrize(
    ("fault", "finding", "creates"),
    [(LoseAnswer(), "the create had arrived", 1), (Reset(), "the create never arrived; it is sent again", 2)],
    ids=["answer lost", "reset before it took effect"],
)
async def test_there_is_one_run_whatever_became_of_the_answer(
    deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member, *, fault: Fault, finding: str, creates: int
) -> None:
    replicate = deployment.replicate
    asked = len(replicate.requests)
    replicate.faults.order(fault, method="POST", path="*/predictions")
    replicate.start_gate.hold()  # a webhook would bring the id that the answer didn't
    interaction = await deployment.discord.slash(ann, channel, "imagine", prompt=f"once, {fault!r}", quality="low")
    await easel.logged(finding)
    replicate.start_gate.release()

    message = await interaction.until(lambda message: message.pictures)
    books = await deployment.settled(easel, channel)
    deployment.assert_made(interaction, message)
    assert channel.messages == [message]
    assert books.ledger == [("hold", LOW, 1), ("capture", LOW, 1)]
    sent = [each for each in replicate.requests[asked:] if each.method == "POST"]
    assert len(sent) == creates
