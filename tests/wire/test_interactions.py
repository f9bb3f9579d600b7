"""Interactions by bare calls: their responses and tokens in time, and what a member can do with a command."""

import pytest

from tests.wire.clients import Api
from tests.wire.conftest import IMAGINE
from tests.wire.discord_server import DiscordServer, File, Interaction
from tests.wire.interactions import Impossible
from tests.wire.payloads import buttons, callback, card, option, text, webhook
from tests.wire.rules import JSON, MEBIBYTE
from tests.wire.world import Channel, Guild, Member, Permission


async def test_a_second_response_is_refused(bare: Api, interaction: Interaction) -> None:
    assert (await bare("POST", callback(interaction), {"type": 4, "data": {"content": "x"}}))[0] == 200
    assert await bare.refusal("POST", callback(interaction), {"type": 5}) == (400, 40060)


async def test_a_response_that_is_refused_leaves_the_interaction_open(bare: Api, interaction: Interaction) -> None:
    assert await bare.refusal("POST", callback(interaction), {"type": 4, "data": {}}) == (400, 50006)
    assert (await bare("POST", callback(interaction), {"type": 4, "data": {"content": "x"}}))[0] == 200


async def test_without_with_response_the_answer_is_empty(bare: Api, interaction: Interaction) -> None:
    path = callback(interaction).split("?")[0]
    assert await bare("POST", path, {"type": 4, "data": {"content": "x"}}) == (204, None)


async def test_the_first_response_may_come_within_three_seconds(
    server: DiscordServer, bare: Api, interaction: Interaction
) -> None:
    server.clock.advance(3)
    assert (await bare("POST", callback(interaction), {"type": 5}))[0] == 200


async def test_an_interaction_that_was_not_answered_in_time_is_lost(
    server: DiscordServer, bare: Api, interaction: Interaction
) -> None:
    server.clock.advance(3.01)
    assert await bare.refusal("POST", callback(interaction), {"type": 5}) == (404, 10062)
    assert await bare.refusal("POST", webhook(interaction), {"content": "x"}) == (404, 10015)


async def test_the_webhook_serves_only_after_a_response(bare: Api, interaction: Interaction) -> None:
    assert await bare.refusal("POST", webhook(interaction), {"content": "x"}) == (404, 10015)
    assert await bare.refusal("GET", webhook(interaction, "@original")) == (404, 10015)
    assert (await bare("POST", callback(interaction), {"type": 5}))[0] == 200
    assert (await bare("GET", webhook(interaction, "@original")))[1]["flags"] == 128
    assert (await bare("POST", webhook(interaction), {"content": "x"}))[0] == 200


async def test_the_token_lives_for_fifteen_minutes(server: DiscordServer, bare: Api, interaction: Interaction) -> None:
    await bare("POST", callback(interaction), {"type": 4, "data": {"content": "x"}})
    server.clock.advance(15 * 60)
    assert (await bare("PATCH", webhook(interaction, "@original"), {"content": "y"}))[0] == 200
    server.clock.advance(0.1)
    assert await bare.refusal("PATCH", webhook(interaction, "@original"), {"content": "z"}) == (401, 50027)
    assert await bare.refusal("POST", webhook(interaction), {"content": "z"}) == (401, 50027)


async def test_unknown_tokens_and_messages(server: DiscordServer, bare: Api, interaction: Interaction) -> None:
    application = server.world.application_id
    await bare("POST", callback(interaction), {"type": 4, "data": {"content": "x"}})
    assert await bare.refusal("POST", f"/interactions/{interaction.id}/nope/callback", {"type": 5}) == (404, 10062)
    assert await bare.refusal("PATCH", f"/webhooks/{application}/nope/messages/@original", {}) == (401, 50027)
    assert await bare.refusal("GET", f"/webhooks/1/{interaction.token}/messages/@original") == (404, 10015)
    assert await bare.refusal("GET", webhook(interaction, "1")) == (404, 10008)
    assert await bare("DELETE", webhook(interaction, "@original")) == (204, None)
    assert await bare.refusal("GET", webhook(interaction, "@original")) == (404, 10008)


async def test_an_update_answers_only_a_component(bare: Api, interaction: Interaction) -> None:
    assert await bare.refusal("POST", callback(interaction), {"type": 7, "data": {"content": "x"}}) == (400, 50035)


async def test_a_deferred_update_leaves_the_message_and_lets_it_be_edited(
    server: DiscordServer, bare: Api, interaction: Interaction, ann: Member
) -> None:
    await bare("POST", callback(interaction), {"type": 4, "data": card(text("one"), buttons("go"))})
    assert interaction.original is not None
    click = await server.click(ann, interaction.original, "go")
    assert (await bare("POST", callback(click), {"type": 6}))[0] == 200
    assert interaction.original.text == "one"
    assert (await bare("PATCH", webhook(click, "@original"), card(text("two"))))[0] == 200
    assert interaction.original.text == "two"
    assert interaction.original.controls == {}


async def test_choices_are_proposed_while_a_member_types(
    server: DiscordServer, bare: Api, ann: Member, channel: Channel
) -> None:
    typing = await server.autocomplete(ann, channel, "imagine", focused="prompt", prompt="a f")
    choices = [{"name": "a fox", "value": "a fox"}]
    assert await bare.refusal("POST", callback(typing), {"type": 4, "data": {"content": "x"}}) == (400, 50035)
    assert (await bare("POST", callback(typing), {"type": 8, "data": {"choices": choices}}))[0] == 200
    assert (await typing.answered()).choices == choices


# ---------------------------------------------------------------------------------------------------- commands


@pytest.mark.parametrize(
    "command",
    [
        pytest.param({"name": "Imagine", "description": "x"}, id="an upper case name"),
        pytest.param({"name": "imagine", "description": ""}, id="no description"),
        pytest.param(
            {"name": "imagine", "description": "x", "options": [option(name=f"o{n}") for n in range(26)]},
            id="26 options",
        ),
        pytest.param(
            {
                "name": "imagine",
                "description": "x",
                "options": [option(choices=[{"name": f"c{n}", "value": f"c{n}"} for n in range(26)])],
            },
            id="26 choices",
        ),
        pytest.param(
            {"name": "imagine", "description": "x", "options": [option(name="a"), option(name="b", required=True)]},
            id="a required option after another",
        ),
        pytest.param(
            {
                "name": "imagine",
                "description": "x",
                "options": [
                    option(name=f"o{m}", choices=[{"name": f"{n:050}", "value": n} for n in range(25)])
                    for m in range(7)
                ],
            },
            id="more than 8000 characters",
        ),
    ],
)
async def test_a_command_that_discord_would_not_take(server: DiscordServer, bare: Api, command: JSON) -> None:
    path = f"/applications/{server.world.application_id}/commands"
    assert await bare.refusal("PUT", path, [command]) == (400, 50035)
    assert await bare.refusal("PUT", path, [IMAGINE, IMAGINE]) == (400, 50035)
    assert [each["name"] for each in (await bare("GET", path))[1]] == ["imagine"]


async def test_a_synced_command_keeps_its_id(server: DiscordServer, bare: Api) -> None:
    path = f"/applications/{server.world.application_id}/commands"
    _, [before] = await bare("GET", path)
    await bare.sync(IMAGINE | {"description": "Anew"})
    _, [after] = await bare("GET", path)
    assert after["id"] == before["id"]
    assert after["version"] != before["version"]


async def test_members_can_only_do_what_discords_client_lets_them(
    server: DiscordServer, bare: Api, ann: Member, channel: Channel, guild: Guild
) -> None:
    await bare.sync(
        IMAGINE,
        {
            "name": "quota",
            "description": "x",
            "default_member_permissions": str(int(Permission.MANAGE_GUILD)),
            "options": [{"type": 1, "name": "set", "description": "x", "options": [option(name="amount", type=4)]}],
        },
    )
    for refused in (
        server.slash(ann, channel, "nothing"),
        server.slash(ann, channel, "imagine"),
        server.slash(ann, channel, "imagine", prompt="x" * 4001),
        server.slash(ann, channel, "imagine", prompt=7),
        server.slash(ann, channel, "imagine", prompt="x", style="oil"),
        server.slash(ann, channel, "quota set", amount=1),
    ):
        with pytest.raises(Impossible):
            await refused
    admin = guild.member("root", permissions=Permission.ADMINISTRATOR)
    with pytest.raises(Impossible):
        await server.slash(admin, channel, "quota")
    quota = await server.slash(admin, channel, "quota set", amount=3)
    inner = quota.data["options"][0]
    assert (inner["name"], inner["options"][0]["value"]) == ("set", 3)


async def test_a_file_may_claim_another_size(server: DiscordServer, bare: Api, ann: Member, channel: Channel) -> None:
    huge = File("a.png", b"a", "image/png", claimed_size=60 * MEBIBYTE)
    interaction = await server.slash(ann, channel, "imagine", prompt="x", image=huge)
    [attachment] = interaction.data["resolved"]["attachments"].values()
    assert attachment["size"] == 60 * MEBIBYTE
