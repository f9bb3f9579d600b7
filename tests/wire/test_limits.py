"""Rate limits, once a test has set them: buckets by route and place, and the one over all."""

from tests.wire.clients import Api
from tests.wire.discord_server import DiscordServer, Interaction, Route
from tests.wire.payloads import callback, webhook
from tests.wire.timing import PATIENCE
from tests.wire.world import Channel, Guild

BODY = {"content": "x"}


async def test_a_bucket_of_a_route_tells_its_state_and_is_each_channels_own(
    server: DiscordServer, api: Api, guild: Guild, channel: Channel
) -> None:
    here, elsewhere = (f"/channels/{each.id}/messages" for each in (channel, guild.channel()))
    server.rate_limits.limit("POST", Route.MESSAGES, 2, PATIENCE)
    assert [(await api("POST", here, BODY))[0] for _ in range(3)] == [200, 200, 429]
    first, second, third = (call.answer_headers for call in server.requests)
    assert [each["X-RateLimit-Remaining"] for each in (first, second, third)] == ["1", "0", "0"]
    assert {each["X-RateLimit-Limit"] for each in (first, second, third)} == {"2"}
    assert len({each["X-RateLimit-Bucket"] for each in (first, second, third)}) == 1
    assert 0 < float(third["X-RateLimit-Reset-After"]) <= PATIENCE
    assert server.requests[-1].answer["retry_after"] <= PATIENCE
    assert len(channel.messages) == 2
    assert (await api("POST", elsewhere, BODY))[0] == 200
    assert (await api("GET", f"/channels/{channel.id}"))[0] == 200
    assert "X-RateLimit-Limit" not in server.requests[-1].answer_headers
    server.rate_limits.lift()
    assert (await api("POST", here, BODY))[0] == 200


async def test_a_window_that_has_passed_takes_more(server: DiscordServer, api: Api, channel: Channel) -> None:
    server.rate_limits.limit("GET", Route.CHANNEL, 1, 0.0)
    assert [(await api("GET", f"/channels/{channel.id}"))[0] for _ in range(3)] == [200, 200, 200]


async def test_interactions_are_exempt_from_the_limit_over_all(
    server: DiscordServer, bare: Api, interaction: Interaction
) -> None:
    server.rate_limits.limit_all(1, PATIENCE)
    here = f"/channels/{interaction.channel.id}/messages"
    assert [(await bare("POST", here, BODY))[0] for _ in range(2)] == [200, 429]
    assert server.requests[-1].answer["global"] is True
    assert (await bare("POST", callback(interaction), {"type": 4, "data": BODY}))[0] == 200
    assert (await bare("PATCH", webhook(interaction, "@original"), {"content": "y"}))[0] == 200
