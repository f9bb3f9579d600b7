"""Delivery where the first way is closed: whom it shows the pictures, and what is booked. `tests/delivery` tries every
error on every rung."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from tests.process.deployment import LOW, Books, Deployment
from tests.process.program import EaselRun
from tests.wire.discord_server import File, Interaction, Message, Route
from tests.wire.faults import RecordedRequest
from tests.wire.rules import LATE_EDITS
from tests.wire.world import Channel, Member, Permission

pytestmark = pytest.mark.asyncio(loop_scope="package")

EXPIRY = 15 * 60 + 1
"""Seconds after which an interaction's token is worth nothing."""


class Ladder:
    """What the tests around one command have in common."""

    def __init__(self, deployment: Deployment, easel: EaselRun, channel: Channel, member: Member) -> None:
        self.deployment = deployment
        self.discord = deployment.discord
        self.channel = channel
        self.member = member
        self.easel = easel

    @asynccontextmanager
    async def while_running(self, prompt: str, **options: Any) -> AsyncGenerator[Interaction]:
        """A command whose run at Replicate is held back until the block is left."""
        self.deployment.replicate.end_gate.hold()
        interaction = await self.discord.slash(
            self.member, self.channel, "imagine", prompt=prompt, **({"quality": "low"} | options)
        )
        await interaction.answered()
        await self.deployment.replicate.until(
            lambda: [run for run in self.deployment.replicate.runs if run.input["prompt"] == prompt]
        )
        yield interaction
        self.deployment.replicate.end_gate.release()

    @contextmanager
    def ahead(self, seconds: float) -> Generator[None]:
        """Discord's clock is ahead of Easel's by that much in the block, or behind it."""
        self.discord.clock.advance(seconds)
        try:
            yield
        finally:
            self.discord.clock.advance(-seconds)

    async def settled(self) -> Books:
        """The books, once the one job of the channel has ended; delivered or not, Replicate bills its run."""
        books = await self.deployment.settled(self.easel, self.channel)
        assert books.ledger == [("hold", LOW, 1), ("capture", LOW, 1)]
        return books

    def calls(self, interaction: Interaction) -> list[tuple[str, str | None, int | None]]:
        """The calls about one command after its answer, whichever way they went."""

        def about(call: RecordedRequest) -> bool:
            params = call.params
            return (
                params.get("webhook_token") == interaction.token
                or params.get("channel_id") in {str(self.channel.id), str(self.mailbox.id)}
                or (call.route == Route.DIRECT_MESSAGES and call.payload["recipient_id"] == self.member.user.id)
            )

        calls = [each for each in self.discord.requests if about(each) and each.method != "GET"]
        return [(each.method, each.route, each.status) for each in calls]

    @property
    def mailbox(self) -> Channel:
        return self.discord.world.direct_messages(self.member.user)

    def assert_in_mailbox(self, interaction: Interaction) -> Message:
        """The pictures are in a direct message, and nobody else sees any of them."""
        (letter,) = self.mailbox.messages
        self.deployment.assert_made(interaction, letter)
        assert [each for each in self.channel.messages if each.pictures] == []
        return letter


@pytest.fixture
def ladder(deployment: Deployment, easel: EaselRun, channel: Channel, ann: Member) -> Ladder:
    return Ladder(deployment, easel, channel, ann)


async def test_the_bot_edits_its_own_message_where_discord_says_that_the_token_has_expired(ladder: Ladder) -> None:
    async with ladder.while_running("late, says Discord") as interaction:
        ladder.discord.clock.advance(EXPIRY)
    await ladder.settled()
    ladder.discord.clock.advance(-EXPIRY)
    (message,) = ladder.channel.messages
    ladder.deployment.assert_made(interaction, message)
    assert ladder.calls(interaction) == [
        ("PATCH", Route.WEBHOOK_MESSAGE, 401),
        ("PATCH", Route.MESSAGE, 200),
    ]


async def test_an_expired_token_is_not_even_tried(ladder: Ladder) -> None:
    with ladder.ahead(-EXPIRY):
        async with ladder.while_running("late, says our own clock") as interaction:
            pass
        await ladder.settled()
    (message,) = ladder.channel.messages
    ladder.deployment.assert_made(interaction, message)
    assert ladder.calls(interaction) == [("PATCH", Route.MESSAGE, 200)]


async def test_a_message_that_was_deleted_is_replaced_by_one_new_message(ladder: Ladder) -> None:
    async with ladder.while_running("deleted meanwhile") as interaction:
        assert interaction.original is not None
        ladder.discord.world.delete(interaction.original)
    books = await ladder.settled()
    old, new = ladder.channel.messages
    assert old.deleted
    ladder.deployment.assert_made(interaction, new)
    (job,) = books.jobs
    assert new.nonce == job["id"], "so that a repeated send makes no second"
    assert job["message_id"] == new.id
    first, *_, last = ladder.calls(interaction)
    assert first == ("PATCH", Route.WEBHOOK_MESSAGE, 404)
    assert last == ("POST", Route.MESSAGES, 200)


async def test_a_new_message_is_filled_by_edits_too(ladder: Ladder) -> None:
    async with ladder.while_running("noise in a new message", format="png", count=4) as interaction:
        assert interaction.original is not None
        ladder.discord.world.delete(interaction.original)
    books = await ladder.deployment.settled(ladder.easel, ladder.channel)
    assert books.captured == 4 * LOW
    new = ladder.channel.messages[-1]
    ladder.deployment.assert_made(interaction, new)
    assert [len(revision["attachments"]) for revision in new.revisions] == [3, 4]


@pytest.mark.parametrize("lost", ["closed", "gone"])
async def test_where_the_channel_is_out_of_reach_the_member_gets_a_direct_message(ladder: Ladder, lost: str) -> None:
    async with ladder.while_running(f"a channel that is {lost}") as interaction:
        ladder.discord.clock.advance(EXPIRY)
        if lost == "gone":
            await ladder.discord.delete_channel(ladder.channel)
        else:
            ladder.channel.app_permissions = Permission(0)
    books = await ladder.settled()
    ladder.discord.clock.advance(-EXPIRY)
    letter = ladder.assert_in_mailbox(interaction)
    assert books.jobs[0]["message_id"] == letter.id


async def test_a_guild_that_the_bot_is_not_in_has_the_token_and_then_direct_messages(
    deployment: Deployment, easel: EaselRun
) -> None:
    elsewhere = deployment.discord.world.guild("Elsewhere", installed=False)
    ladder = Ladder(deployment, easel, elsewhere.channel(), elsewhere.member("guest"))
    async with ladder.while_running("brought along") as interaction:
        pass
    await ladder.settled()
    assert interaction.original is not None
    deployment.assert_made(interaction, interaction.original)

    late = Ladder(deployment, easel, elsewhere.channel(), elsewhere.member("late guest"))
    async with late.while_running("brought along, and late") as interaction:
        late.discord.clock.advance(EXPIRY)
    await late.settled()
    late.discord.clock.advance(-EXPIRY)
    late.assert_in_mailbox(interaction)


@pytest.mark.parametrize("lost", ["expired", "dismissed"])
async def test_a_private_answer_out_of_reach_becomes_a_direct_message_and_never_public(
    ladder: Ladder, lost: str
) -> None:
    async with ladder.while_running(f"private and {lost}", private=True) as interaction:
        assert interaction.original is not None
        if lost == "expired":
            ladder.discord.clock.advance(EXPIRY)
        else:
            ladder.discord.world.delete(interaction.original)
    await ladder.settled()
    if lost == "expired":
        ladder.discord.clock.advance(-EXPIRY)
    ladder.assert_in_mailbox(interaction)
    assert ladder.channel.messages == [interaction.original]
    routes = [route for _, route, _ in ladder.calls(interaction)]
    assert routes == [Route.WEBHOOK_MESSAGE, Route.DIRECT_MESSAGES, Route.MESSAGES]


async def test_a_channel_that_is_deleted_within_a_tokens_life_is_left_for_a_direct_message(ladder: Ladder) -> None:
    async with ladder.while_running("a channel just deleted") as interaction:
        await ladder.discord.delete_channel(ladder.channel)
    await ladder.settled()
    ladder.assert_in_mailbox(interaction)


@pytest.mark.parametrize("lost", ["member closed", "member left", "member left a deleted channel", "bot kicked"])
async def test_where_nobody_can_be_reached_the_job_ends_and_its_pictures_are_kept(
    deployment: Deployment, easel: EaselRun, lost: str
) -> None:
    guild = deployment.discord.world.guild("Fleeting")
    ladder = Ladder(deployment, easel, guild.channel(), guild.member("fleeting"))
    private = lost in {"member closed", "member left"}
    async with ladder.while_running(f"nobody to tell: {lost}", private=private) as interaction:
        ladder.discord.clock.advance(EXPIRY)
        match lost:
            case "bot kicked":
                await ladder.discord.kick(guild)
            case "member closed":
                ladder.member.user.accepts_direct_messages = False
            case _:
                guild.without(ladder.member)
                if "channel" in lost:
                    await ladder.discord.delete_channel(ladder.channel)
    (job,) = (await ladder.settled()).jobs
    ladder.discord.clock.advance(-EXPIRY)
    assert job["status"] == "succeeded"
    assert ladder.mailbox.messages == []
    assert [each for each in ladder.channel.messages if each.pictures] == []
    (kept,) = (ladder.deployment.data / "blobs").glob(f"{job['id']}.*")
    (picture,) = ladder.deployment.run_of(interaction).files.values()
    assert picture not in kept.read_bytes(), "it is kept encrypted"


async def test_a_kicked_bot_delivers_by_the_token_while_it_lives(deployment: Deployment, easel: EaselRun) -> None:
    guild = deployment.discord.world.guild("Fickle")
    ladder = Ladder(deployment, easel, guild.channel(), guild.member("fickle"))
    async with ladder.while_running("thrown out") as interaction:
        await deployment.discord.kick(guild)
    await ladder.settled()
    assert interaction.original is not None
    deployment.assert_made(interaction, interaction.original)


async def test_a_message_of_more_than_an_hour_that_takes_no_edits_is_replaced(ladder: Ladder) -> None:
    async with ladder.while_running("an old card") as interaction:
        assert interaction.original is not None
        card = interaction.original
        ladder.discord.clock.advance(3601)
        card.late_edits = [ladder.discord.clock.now()] * LATE_EDITS
    await ladder.settled()
    ladder.discord.clock.advance(-3601)
    old, new = ladder.channel.messages
    assert old is card
    assert old.deleted
    ladder.deployment.assert_made(interaction, new)


async def test_a_route_with_a_limit_is_waited_for(ladder: Ladder) -> None:
    """Two edits of a message, where Discord takes one every 50 ms."""
    ladder.discord.rate_limits.limit("PATCH", Route.WEBHOOK_MESSAGE, 1, 0.05)
    async with ladder.while_running("noise, slowly", format="png", count=4) as interaction:
        pass
    await ladder.deployment.settled(ladder.easel, ladder.channel)
    ladder.discord.rate_limits.lift()
    (message,) = ladder.channel.messages
    ladder.deployment.assert_made(interaction, message)
    assert [len(revision["attachments"]) for revision in message.revisions] == [0, 3, 4]


async def test_a_refusal_on_reading_that_can_not_follow_up_goes_by_direct_message(ladder: Ladder) -> None:
    """The card is taken down by its author, since the token no longer serves."""
    with ladder.ahead(-EXPIRY):
        lie = File("fox.png", b"this is text", "image/png")
        await ladder.discord.slash(ladder.member, ladder.channel, "imagine", prompt="late and no picture", image=lie)
        letter = await ladder.discord.until(lambda: next(iter(ladder.mailbox.messages), None))
    assert "`fox.png` isn't a picture" in letter.text
    (card,) = ladder.channel.messages
    assert card.deleted
