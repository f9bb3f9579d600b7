"""`/usage`: a member's own account, which adds up, and which nobody else sees."""

from bot.demo.reading import text_of
from bot.demo.room import Room
from bot.domain.quota import Allowance, GuildLimits, UsageLimits
from tests.storage.examples import NOON


async def test_usage_adds_up_what_a_member_had_made(room: Room) -> None:
    for prompt, quality, count in (("a fox", "low", 2), ("a hare", "high", 1), ("something forbidden", "high", 5)):
        await room.member.slash(room.channel, "imagine", prompt=prompt, quality=quality, count=count)
        await room.app.dispatch.idle()
    await room.other_member.slash(room.channel, "imagine", prompt="not mine", quality="high")
    await room.app.dispatch.idle()

    result = await room.member.slash(room.channel, "usage")
    assert result.ephemeral
    text = text_of(result.response)
    assert "**Today**  3 pictures, $0.15" in text
    assert "**This month**  3 pictures, $0.15" in text
    assert "High quality: 1 picture, $0.13" in text
    assert "Low quality: 2 pictures, $0.02" in text
    assert "[a fox](https://discord.com/channels/" in text
    assert "something forbidden" in text
    assert "no picture" in text
    assert "not mine" not in text


async def test_usage_of_somebody_who_never_asked_for_anything(room: Room) -> None:
    result = await room.member.slash(room.channel, "usage")
    assert "**Today**  0 pictures, $0.00" in text_of(result.response)


async def test_usage_tells_the_limits_of_each_request(room: Room) -> None:
    limits = GuildLimits(member=UsageLimits(request=Allowance(pictures=4, amount=250_000), cooldown=90))
    await room.app.client.studio.budgets.change_limits(room.member.guild.id, lambda _: limits, None, NOON)
    text = text_of((await room.member.slash(room.channel, "usage")).response)
    assert "- 4 pictures a request\n- $0.25 a request\n- 90 seconds from one request to the next" in text


async def test_the_ledger_agrees_with_what_replicate_bills(room: Room) -> None:
    for prompt, count in (("a fox", 3), ("something forbidden", 2), ("a hare", 1)):
        await room.member.slash(room.channel, "imagine", prompt=prompt, quality="medium", count=count)
        await room.app.dispatch.idle()
    usage = await room.app.store.usage(room.member.id, room.app.client.studio.clock.now(), 5)
    assert usage.month.amount == sum(room.replicate.billed.values()) == 4 * 47_000
