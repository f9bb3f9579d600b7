"""Where a command is used: in threads and forum posts, in private places, on messages; and what holds there."""

import pytest

from tests.wire.clients import Api
from tests.wire.conftest import IMAGINE
from tests.wire.discord_server import DiscordServer, File
from tests.wire.interactions import Impossible
from tests.wire.payloads import callback, card, gallery, text, webhook
from tests.wire.world import Channel, Guild, Member

MENU = {"name": "Edit image", "type": 3}


async def test_a_thread_comes_with_its_parent(server: DiscordServer, bare: Api, guild: Guild, ann: Member) -> None:
    forum = guild.channel("exhibition", forum=True, age_restricted=True)
    post = guild.thread(forum, "Foxes, please")
    payload = (await server.slash(ann, post, "imagine", prompt="a fox")).payload()
    assert payload["channel"]["type"] == 11
    assert payload["channel"]["parent_id"] == str(forum.id)
    assert "nsfw" not in payload["channel"]
    assert (forum.payload()["type"], forum.payload()["nsfw"]) == (15, True)
    assert [each["id"] for each in guild.payload()["threads"]] == [str(post.id)]


async def test_an_archived_thread_keeps_its_messages_as_they_are_until_it_is_written_into(
    server: DiscordServer, bare: Api, guild: Guild, channel: Channel, ann: Member
) -> None:
    thread = guild.thread(channel)
    interaction = await server.slash(ann, thread, "imagine", prompt="a fox")
    await bare("POST", callback(interaction), {"type": 4, "data": card(text("one"))})
    await server.archive(thread)
    path = webhook(interaction, "@original")
    assert await bare.refusal("PATCH", path, card(text("two"))) == (400, 50083)
    assert await bare.refusal("DELETE", path) == (400, 50083)
    assert thread.archived
    assert (await bare("POST", f"/channels/{thread.id}/messages", {"content": "x"}))[0] == 200
    assert not thread.archived
    assert (await bare("PATCH", path, card(text("two"))))[0] == 200


async def test_a_locked_thread_stays_as_it_is(server: DiscordServer, bare: Api, guild: Guild, channel: Channel) -> None:
    thread = guild.thread(channel)
    await server.archive(thread, locked=True)
    assert await bare.refusal("POST", f"/channels/{thread.id}/messages", {"content": "x"}) == (403, 50083)
    assert thread.messages == []


async def test_a_group_is_out_of_the_bots_reach(server: DiscordServer, bare: Api, ann: Member) -> None:
    await bare.sync(IMAGINE | {"contexts": [0, 1, 2], "integration_types": [0, 1]})
    group = server.world.group(ann.user, server.world.user("bob"))
    interaction = await server.slash(ann.user, group, "imagine", prompt="a fox")
    payload = interaction.payload()
    assert (payload["context"], payload["channel"]["type"]) == (2, 3)
    assert payload["authorizing_integration_owners"] == {"1": str(ann.user.id)}
    assert (await bare("POST", callback(interaction), {"type": 4, "data": {"content": "x"}}))[0] == 200
    assert await bare.refusal("POST", f"/channels/{group.id}/messages", {"content": "x"}) == (403, 50001)


@pytest.mark.parametrize(
    ("contexts", "installs", "offered"),
    [
        pytest.param([0], [0], {"guild"}, id="guilds alone"),
        pytest.param([0, 1], [0], {"guild", "direct messages"}, id="the bot's direct messages too"),
        pytest.param([0, 1, 2], [0, 1], {"guild", "direct messages", "elsewhere", "group"}, id="everywhere"),
        pytest.param([0, 1, 2], [1], {"direct messages", "elsewhere", "group"}, id="users alone"),
    ],
)
async def test_a_command_is_offered_where_it_says(
    server: DiscordServer, bare: Api, contexts: list[int], installs: list[int], offered: set[str]
) -> None:  # fmt: skip
    await bare.sync(IMAGINE | {"contexts": contexts, "integration_types": installs})
    guild, elsewhere = server.world.guild(), server.world.guild("Elsewhere", installed=False)
    ann = guild.member("ann")
    places = {
        "guild": (ann, guild.channel()),
        "direct messages": (ann.user, server.world.direct_messages(ann.user)),
        "elsewhere": (elsewhere.member(ann.user), elsewhere.channel()),
        "group": (ann.user, server.world.group(ann.user)),
    }
    found: set[str] = set()
    for name, (actor, place) in places.items():
        try:
            await server.slash(actor, place, "imagine", prompt="a fox")
        except Impossible:
            continue
        found.add(name)
    assert found == offered


async def test_a_command_of_a_message_brings_the_message_along(
    server: DiscordServer, bare: Api, channel: Channel, ann: Member
) -> None:
    await bare.sync(IMAGINE, MENU)
    curator = server.world.user("curator", bot=True)
    cat, dog = File("cat.png", b"cat", "image/png"), File("dog.png", b"dog", "image/png")
    shown = server.say(curator, channel, "", cat, dog, **card(text("Two"), gallery("attachment://cat.png")))
    asked = await server.message_command(ann, shown, "Edit image")
    assert (asked.data["type"], asked.data["name"], asked.data["target_id"]) == (3, "Edit image", str(shown.id))
    message = asked.data["resolved"]["messages"][str(shown.id)]
    assert message["author"]["bot"]
    assert [each["filename"] for each in message["attachments"]] == ["cat.png", "dog.png"]
    assert message["components"][1]["items"][0]["media"]["url"] == message["attachments"][0]["url"]
    assert (await bare.read(message["attachments"][1]["url"])) == (200, b"dog")
    with pytest.raises(Impossible):
        await server.message_command(ann, shown, "imagine")
    server.world.delete(shown)
    with pytest.raises(Impossible):
        await server.message_command(ann, shown, "Edit image")


async def test_a_spoiler_stays_one(bare: Api, channel: Channel) -> None:
    hidden = {"type": 12, "items": [{"media": {"url": "attachment://SPOILER_a.png"}, "spoiler": True}]}
    _, sent = await bare("POST", f"/channels/{channel.id}/messages", card(hidden), files={"SPOILER_a.png": b"a"})
    assert sent["components"][0]["items"][0]["spoiler"] is True
    path = f"/channels/{channel.id}/messages/{sent['id']}"
    _, edited = await bare("PATCH", path, card(gallery(sent["attachments"][0]["url"])))
    assert edited["components"][0]["items"][0]["spoiler"] is False
