"""What the stand-in refuses of messages, channels and calls, and how, by bare calls."""

import json

import pytest

from tests.wire.clients import Api
from tests.wire.discord_server import DiscordServer, Interaction
from tests.wire.payloads import buttons, callback, card, gallery, text, webhook
from tests.wire.rules import EPHEMERAL, JSON, MEBIBYTE
from tests.wire.world import EVERYDAY, Channel, Guild, Member, Permission


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(card(*[text() for _ in range(41)]), id="41 components"),
        pytest.param(card({"type": 17, "components": [text() for _ in range(40)]}), id="41 components, nested"),
        pytest.param(card(text("x" * 2001), text("x" * 2000)), id="4001 characters"),
        pytest.param(card(gallery()), id="an empty gallery"),
        pytest.param(card(gallery(*["https://a.test/b.png"] * 11)), id="11 gallery items"),
        pytest.param(card(gallery("attachment://nothing.png")), id="a picture that is not attached"),
        pytest.param(card(gallery("file:///b.png")), id="a scheme that isn't allowed"),
        pytest.param(card(buttons("x" * 101)), id="a custom_id of 101"),
        pytest.param(card(buttons("a", "a")), id="a custom_id twice"),
        pytest.param(card(buttons(*"abcdef")), id="six buttons in a row"),
        pytest.param(card(text()) | {"content": "x"}, id="content beside components v2"),
        pytest.param(card(text()) | {"embeds": [{"title": "x"}]}, id="an embed beside components v2"),
        pytest.param({"components": [text()]}, id="components v2 without the flag"),
        pytest.param({"content": "x" * 2001}, id="content of 2001"),
        pytest.param({"content": "x", "nonce": "n" * 26}, id="a nonce of 26"),
        pytest.param({"content": "x", "attachments": [{"id": "123"}]}, id="an attachment that isn't there"),
    ],
)
async def test_a_bad_form_is_refused(bare: Api, channel: Channel, body: JSON) -> None:
    assert await bare.refusal("POST", f"/channels/{channel.id}/messages", body) == (400, 50035)
    assert channel.messages == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(card(*[text() for _ in range(40)]), id="40 components"),
        pytest.param(card(text("x" * 4000)), id="4000 characters"),
        pytest.param(card(gallery(*["https://a.test/b.png"] * 10)), id="10 gallery items"),
        pytest.param(card(buttons("x" * 100)), id="a custom_id of 100"),
        pytest.param({"content": "x" * 2000, "nonce": "n" * 25}, id="content of 2000"),
    ],
)
async def test_what_is_just_within_a_limit_passes(bare: Api, channel: Channel, body: JSON) -> None:
    assert (await bare("POST", f"/channels/{channel.id}/messages", body))[0] == 200


async def test_a_refused_edit_changes_nothing(bare: Api, channel: Channel) -> None:
    path = f"/channels/{channel.id}/messages"
    _, message = await bare("POST", path, card(text("before"), gallery("attachment://a.png")), files={"a.png": b"a"})
    here = f"{path}/{message['id']}"
    assert await bare.refusal("PATCH", here, {"content": "x"}) == (400, 50035)
    assert await bare.refusal("PATCH", here, {"flags": 0, "components": []}) == (400, 50035)
    assert await bare.refusal("PATCH", here, card(gallery("attachment://b.png")) | {"attachments": []}) == (400, 50035)
    _, after = await bare("GET", here)
    assert channel.messages[0].text == "before"
    assert [each["filename"] for each in after["attachments"]] == ["a.png"]


async def test_files_have_a_limit_each_and_a_request_one_in_all(
    server: DiscordServer, bare: Api, guild: Guild, ann: Member, channel: Channel
) -> None:
    guild.attachment_size_limit = 8 * MEBIBYTE
    interaction = await server.slash(ann, channel, "imagine", prompt="x")
    assert interaction.payload()["attachment_size_limit"] == 8 * MEBIBYTE
    await bare("POST", callback(interaction), {"type": 5})
    path = webhook(interaction, "@original")
    at_limit, too_large = b"x" * (8 * MEBIBYTE), b"x" * (8 * MEBIBYTE + 1)
    assert await bare.refusal("PATCH", path, {}, files={"a.png": too_large}) == (413, 40005)
    three = {f"{number}.png": at_limit for number in range(3)}
    assert (await bare("PATCH", path, {}, files=three))[0] == 200
    four = three | {"4.png": b"x" * MEBIBYTE}  # 25 MiB, and the form around them
    assert await bare.refusal("PATCH", path, {"attachments": []}, files=four) == (413, 40005)
    assert len(interaction.messages[0].attachments) == 3


async def test_an_interaction_takes_larger_files_than_the_bot_by_itself_where_its_member_has_nitro(
    bare: Api, server: DiscordServer, ann: Member, channel: Channel
) -> None:
    ann.user.attachment_size_limit = 12 * MEBIBYTE
    interaction = await server.slash(ann, channel, "imagine", prompt="x")
    assert interaction.payload()["attachment_size_limit"] == 12 * MEBIBYTE
    await bare("POST", callback(interaction), {"type": 5})
    assert interaction.original is not None
    large = {"a.png": b"x" * (11 * MEBIBYTE)}
    here = f"/channels/{channel.id}/messages"
    assert (await bare("PATCH", webhook(interaction, "@original"), {}, files=large))[0] == 200
    assert await bare.refusal("PATCH", f"{here}/{interaction.original.id}", {}, files=large) == (413, 40005)
    assert await bare.refusal("POST", here, {}, files=large) == (413, 40005)


async def test_a_message_older_than_an_hour_takes_few_edits(server: DiscordServer, bare: Api, channel: Channel) -> None:
    path = f"/channels/{channel.id}/messages"
    _, message = await bare("POST", path, {"content": "x"})
    here = f"{path}/{message['id']}"
    server.clock.advance(3600)
    assert [(await bare("PATCH", here, {"content": "y"}))[0] for _ in range(6)] == [200] * 6
    server.clock.advance(1)
    assert [(await bare("PATCH", here, {"content": "z"}))[0] for _ in range(4)] == [200, 200, 200, 429]
    status, refusal = await bare("PATCH", here, {"content": "z"})
    assert (status, refusal["code"], refusal["retry_after"], refusal["global"]) == (429, 30046, 60, False)
    assert (await bare("DELETE", here))[0] == 204


async def test_a_message_holds_ten_files(bare: Api, channel: Channel) -> None:
    path = f"/channels/{channel.id}/messages"
    _, message = await bare("POST", path, {}, files={f"{number}.png": b"x" for number in range(10)})
    assert len(message["attachments"]) == 10
    assert await bare.refusal("PATCH", f"{path}/{message['id']}", {}, files={"11.png": b"x"}) == (400, 50035)
    keep: JSON = {"attachments": [{"id": message["attachments"][3]["id"]}, {"id": 0, "description": "the new one"}]}
    _, edited = await bare("PATCH", f"{path}/{message['id']}", keep, files={"11.png": b"new"})
    assert [each["filename"] for each in edited["attachments"]] == ["3.png", "11.png"]
    assert edited["attachments"][1]["description"] == "the new one"
    assert await bare.read(edited["attachments"][1]["url"]) == (200, b"new")


async def test_attachments_expire_and_their_urls_are_signed(server: DiscordServer, bare: Api, channel: Channel) -> None:
    _, message = await bare("POST", f"/channels/{channel.id}/messages", {}, files={"a.png": b"a"})
    url = message["attachments"][0]["url"]
    assert (await bare.read(url.split("?")[0]))[0] == 404
    assert (await bare.read(url.replace("hm=", "hm=1")))[0] == 404
    assert await bare.read(url) == (200, b"a")
    server.clock.advance(25 * 3600)
    assert (await bare.read(url))[0] == 404


async def test_an_enforced_nonce_makes_one_message(server: DiscordServer, bare: Api, channel: Channel) -> None:
    path, body = f"/channels/{channel.id}/messages", {"content": "x", "nonce": "job7", "enforce_nonce": True}
    _, first = await bare("POST", path, body)
    _, again = await bare("POST", path, body)
    assert first["id"] == again["id"]
    assert first["nonce"] == "job7"
    assert (await bare("POST", path, body | {"enforce_nonce": False}))[1]["id"] != first["id"]
    server.clock.advance(600)
    assert (await bare("POST", path, body))[1]["id"] != first["id"]


async def test_a_mention_pings_unless_it_is_forbidden(bare: Api, channel: Channel, ann: Member) -> None:
    path, body = f"/channels/{channel.id}/messages", card(text(f"@everyone <@{ann.user.id}>"))
    _, loud = await bare("POST", path, body)
    _, quiet = await bare("POST", path, body | {"allowed_mentions": {"parse": []}})
    assert (loud["mention_everyone"], [each["id"] for each in loud["mentions"]]) == (True, [str(ann.user.id)])
    assert (quiet["mention_everyone"], quiet["mentions"]) == (False, [])


# ------------------------------------------------------------------------------------------- access and tokens


async def test_access_to_a_channel(server: DiscordServer, bare: Api, guild: Guild) -> None:
    hidden = guild.channel(app_permissions=EVERYDAY & ~Permission.VIEW_CHANNEL)
    silent = guild.channel(app_permissions=EVERYDAY & ~Permission.SEND_MESSAGES)
    textual = guild.channel(app_permissions=EVERYDAY & ~Permission.ATTACH_FILES)
    foreign = server.world.guild(installed=False).channel()
    body = {"content": "x"}
    assert await bare.refusal("POST", f"/channels/{hidden.id}/messages", body) == (403, 50001)
    assert await bare.refusal("GET", f"/channels/{hidden.id}") == (403, 50001)
    assert await bare.refusal("POST", f"/channels/{foreign.id}/messages", body) == (403, 50001)
    assert await bare.refusal("POST", f"/channels/{silent.id}/messages", body) == (403, 50013)
    assert await bare.refusal("POST", f"/channels/{textual.id}/messages", body, files={"a": b"a"}) == (403, 50013)
    assert (await bare("POST", f"/channels/{textual.id}/messages", body))[0] == 200
    assert await bare.refusal("GET", "/channels/1") == (404, 10003)
    assert await bare.refusal("GET", f"/channels/{silent.id}/messages/1") == (404, 10008)


async def test_a_message_is_deleted_once(bare: Api, channel: Channel) -> None:
    _, message = await bare("POST", f"/channels/{channel.id}/messages", {"content": "x"})
    path = f"/channels/{channel.id}/messages/{message['id']}"
    assert await bare("DELETE", path) == (204, None)
    assert await bare.refusal("DELETE", path) == (404, 10008)
    assert await bare.refusal("PATCH", path, {"content": "y"}) == (404, 10008)


async def test_an_ephemeral_message_is_not_in_the_channel(bare: Api, interaction: Interaction) -> None:
    body = {"type": 4, "data": {"content": "x", "flags": EPHEMERAL}}
    _, answer = await bare("POST", callback(interaction), body)
    assert answer["interaction"]["response_message_ephemeral"] is True
    path = f"/channels/{interaction.channel.id}/messages/{answer['resource']['message']['id']}"
    for method in ("GET", "PATCH", "DELETE"):
        assert await bare.refusal(method, path, {"content": "y"}) == (404, 10008)
    assert (await bare("PATCH", webhook(interaction, "@original"), {"content": "y"}))[1]["flags"] == EPHEMERAL


async def test_direct_messages_may_be_closed(server: DiscordServer, bare: Api) -> None:
    user = server.world.user("shy", accepts_direct_messages=False)
    _, opened = await bare("POST", "/users/@me/channels", {"recipient_id": str(user.id)})
    assert await bare.refusal("POST", f"/channels/{opened['id']}/messages", {"content": "x"}) == (403, 50007)
    assert await bare.refusal("POST", "/users/@me/channels", {"recipient_id": "1"}) == (400, 50033)


async def test_who_shares_nothing_with_the_bot_gets_no_direct_message(
    server: DiscordServer, bare: Api, guild: Guild, ann: Member
) -> None:
    _, opened = await bare("POST", "/users/@me/channels", {"recipient_id": str(ann.user.id)})
    path = f"/channels/{opened['id']}/messages"
    assert (await bare("POST", path, {"content": "x"}))[0] == 200
    guild.without(ann)
    assert await bare.refusal("POST", path, {"content": "x"}) == (403, 50278)
    server.world.guild().member(ann.user)
    assert (await bare("POST", path, {"content": "x"}))[0] == 200


async def test_a_deleted_channel_is_gone_for_tokens_too(
    server: DiscordServer, bare: Api, interaction: Interaction
) -> None:
    await bare("POST", callback(interaction), {"type": 4, "data": {"content": "x"}})
    await server.delete_channel(interaction.channel)
    assert interaction.original is not None
    assert interaction.original.deleted
    here = f"/channels/{interaction.channel.id}/messages"
    assert await bare.refusal("PATCH", webhook(interaction, "@original"), {"content": "y"}) == (404, 10003)
    assert await bare.refusal("POST", webhook(interaction), {"content": "y"}) == (404, 10003)
    assert await bare.refusal("PATCH", f"{here}/{interaction.original.id}", {"content": "y"}) == (404, 10003)
    assert await bare.refusal("POST", here, {"content": "y"}) == (404, 10003)


async def test_a_bot_that_was_kicked_has_its_tokens_and_nothing_else(
    server: DiscordServer, bare: Api, guild: Guild, ann: Member, interaction: Interaction
) -> None:
    await bare("POST", callback(interaction), {"type": 4, "data": {"content": "x"}})
    _, letters = await bare("POST", "/users/@me/channels", {"recipient_id": str(ann.user.id)})
    await server.kick(guild)
    assert interaction.original is not None
    here = f"/channels/{interaction.channel.id}/messages"
    assert (await bare("PATCH", webhook(interaction, "@original"), {"content": "y"}))[0] == 200
    assert await bare.refusal("PATCH", f"{here}/{interaction.original.id}", {"content": "y"}) == (403, 50001)
    assert await bare.refusal("POST", here, {"content": "y"}) == (403, 50001)
    assert await bare.refusal("POST", f"/channels/{letters['id']}/messages", {"content": "y"}) == (403, 50278)


async def test_the_bot_token_is_checked_where_it_is_needed(bare: Api, interaction: Interaction) -> None:
    assert await bare.refusal("GET", "/users/@me", token="wrong") == (401, 0)
    assert await bare.refusal("POST", f"/channels/{interaction.channel.id}/messages", {}, token="wrong") == (401, 0)
    assert (await bare("POST", callback(interaction), {"type": 5}, token="wrong"))[0] == 200


async def test_unknown_routes_and_wrong_methods_are_recorded(server: DiscordServer, bare: Api) -> None:
    assert await bare.refusal("GET", "/guilds/1/members") == (404, 0)
    assert await bare.refusal("DELETE", "/users/@me") == (404, 0)
    assert [each.path for each in server.unknown_requests] == ["/api/v10/guilds/1/members", "/api/v10/users/@me"]
    assert server.token not in json.dumps([str(request) for request in server.requests])
