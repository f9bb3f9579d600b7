"""The stand-in's answers, and discord.py's requests, against Discord's OpenAPI file."""

from typing import Any

import discord
import pytest
from discord import ui

from tests.wire.clients import Api, Card, Options, SketchClient, original, running, uploads
from tests.wire.conftest import IMAGINE
from tests.wire.discord_server import DiscordServer, File, Route
from tests.wire.faults import KINDS, Respond, refused
from tests.wire.rules import JSON, Refusal
from tests.wire.specification import Specification, discord_specification
from tests.wire.world import Channel, Member


@pytest.fixture(scope="module")
def specification() -> Specification:
    found = discord_specification()
    if found is None:
        pytest.skip("set EASEL_SPECS to the directory of discord-openapi.json to hold the stand-in against it")
    return found


class Remix(ui.Modal, title="Remix"):
    prompt = ui.Label(text="Prompt", component=ui.TextInput[Any](custom_id="prompt", max_length=100))
    picture = ui.Label(text="Picture", component=ui.FileUpload[Any](custom_id="picture", required=False))
    which = ui.Label(
        text="Which", component=ui.Select[Any](custom_id="which", options=[discord.SelectOption(label="One")])
    )
    parts = ui.Label(
        text="Parts",
        component=ui.CheckboxGroup[Any](
            custom_id="parts", options=[discord.CheckboxGroupOption(label="Sky")], required=False
        ),
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Thank you", ephemeral=True)


class Gallery(Card):
    """A card with every kind of component that shows something."""

    def __init__(self, text: str, *pictures: str) -> None:
        super().__init__(text, *pictures, button=ui.Button(custom_id="go", label="Go", emoji="🎨"))
        self.add_item(ui.Separator())
        for name in pictures[:1]:
            self.add_item(ui.Section("Beside", accessory=ui.Thumbnail(f"attachment://{name}", description="Alt")))
            self.add_item(ui.File(f"attachment://{name}"))
        select: ui.Select[Any] = ui.Select(custom_id="pick", options=[discord.SelectOption(label="One")])
        self.add_item(ui.ActionRow(select))
        self.add_item(ui.ActionRow(ui.Button(label="Open", url="https://example.test/picture")))


async def go_through_everything(client: discord.Client, interaction: discord.Interaction) -> None:
    """Every call that a bot of ours makes through discord.py."""
    await interaction.response.send_message(view=Gallery("Drawing"))
    here = original(client, interaction)
    await here.edit_message(  # pyright: ignore[reportCallIssue] - the id goes into the path as it is
        "@original",  # pyright: ignore[reportArgumentType]
        view=Gallery("Done", "a.png", "b.png"),
        attachments=uploads("a.png", "b.png"),
    )
    await interaction.original_response()
    follow_up = await interaction.followup.send(view=Gallery("Privately"), ephemeral=True, wait=True)
    await follow_up.edit(view=Gallery("Privately", "c.png"), attachments=uploads("c.png"))
    await interaction.followup.fetch_message(follow_up.id)
    await follow_up.delete()
    if interaction.guild_id is not None:
        await client.http.get_member(interaction.guild_id, interaction.user.id)
        assert [each.id async for each in client.fetch_guilds()] == [interaction.guild_id]
        await (await client.fetch_guild(interaction.guild_id, with_counts=False)).fetch_channels()
    channel = await client.fetch_channel(interaction.channel_id or 0)
    assert isinstance(channel, discord.TextChannel | discord.Thread)
    posted = await channel.send(view=Gallery("Here", "d.png"), files=uploads("d.png"), nonce="job7")
    await posted.edit(view=Gallery("Here", "d.png", "e.png"), attachments=[*posted.attachments, *uploads("e.png")])
    await posted.fetch()
    await posted.delete()
    if isinstance(channel, discord.Thread):
        await channel.edit(archived=False)
    embed = discord.Embed(title="Log", description="A report", timestamp=discord.utils.utcnow())
    await channel.send("content", embed=embed, allowed_mentions=discord.AllowedMentions.none())
    await interaction.user.send("kept for you", files=uploads("f.png"))
    await interaction.delete_original_response()


async def test_every_route_is_as_specified(
    server: DiscordServer, api: Api, specification: Specification, channel: Channel, ann: Member
) -> None:
    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        match options.prompt:
            case "modal":
                await interaction.response.send_modal(Remix())
            case "defer":
                await interaction.response.defer(thinking=True)
                await interaction.followup.send("Here", file=uploads("g.png")[0])
            case "click":
                await interaction.response.send_message(view=Gallery("Click"))
            case _:
                await go_through_everything(client, interaction)

    client = SketchClient(imagine, intents=discord.Intents(guilds=True))

    @client.tree.context_menu(name="Edit image")
    async def edit_image(interaction: discord.Interaction, message: discord.Message) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.send_message(f"Of {len(message.attachments)} pictures", ephemeral=True)

    @client.event
    async def on_interaction(interaction: discord.Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        if interaction.type is discord.InteractionType.component:
            await interaction.response.edit_message(view=Gallery("Clicked"))

    for method, route in server.rest.handlers:
        server.rate_limits.limit(method, route, 50, 1.0)
    async with running(server, client):
        everything = await server.slash(ann, channel, "imagine", prompt="all", image=File("a.png", b"a"))
        await everything.until(lambda message: message.deleted and message is everything.original)
        in_thread = await server.slash(ann, ann.guild.thread(channel), "imagine", prompt="all")
        await in_thread.until(lambda message: message.deleted and message is in_thread.original)
        picture = server.say(ann, channel, "Mine", File("c.png", b"c"))
        menu = await (await server.message_command(ann, picture, "Edit image")).answered()
        assert menu.messages[0].text == "Of 1 pictures"
        opened = await (await server.slash(ann, channel, "imagine", prompt="modal")).answered()
        await (
            await server.submit_modal(opened, prompt="bluer", which=["One"], picture=[File("b.png", b"b")])
        ).answered()
        deferred = await server.slash(ann, channel, "imagine", prompt="defer")
        await deferred.until(lambda message: message.attachments)
        to_click = await (await server.slash(ann, channel, "imagine", prompt="click")).answered()
        await (await server.click(ann, to_click.messages[0], "go")).answered()
    application = f"/applications/{server.world.application_id}"
    await api("GET", "/gateway")
    await api("GET", "/gateway/bot")
    await api("GET", "/applications/@me")
    await api("GET", f"{application}/commands")
    await api("PUT", f"{application}/guilds/{ann.guild.id}/commands", [IMAGINE])
    await api("GET", f"{application}/guilds/{ann.guild.id}/commands")

    assert client.errors == []
    assert [problem for call in server.requests for problem in specification.problems(call)] == []
    assert {call.status for call in server.requests} == {200, 204}
    assert all("X-RateLimit-Bucket" in call.answer_headers for call in server.requests)
    met = {(call.method, call.route) for call in server.requests}
    assert met == {known for known in server.rest.handlers if known[1] is not Route.CDN}


async def test_refusals_are_as_specified(
    server: DiscordServer, bare: Api, specification: Specification, channel: Channel
) -> None:
    messages = f"/channels/{channel.id}/messages"
    gallery: JSON = {"type": 12, "items": []}
    answers = [
        await bare("GET", "/users/@me", token="wrong"),
        await bare("GET", "/channels/1"),
        await bare("POST", messages, {"flags": 1 << 15, "components": [gallery]}),
        await bare("POST", messages, {}, files={f"{number}": b"x" for number in range(11)}),
    ]
    assert [status for status, _ in answers] == [401, 404, 400, 400]
    calls = [call for call in server.requests if call.status != 200]
    for call in calls:
        call.payload = None  # it was wrong on purpose
    assert [problem for call in calls for problem in specification.problems(call)] == []


async def test_errors_on_demand_are_as_specified(
    server: DiscordServer, api: Api, specification: Specification, channel: Channel
) -> None:
    """Every refusal, and every 429 of Discord's own. It has no answers of the proxy in its file, and none of 5xx."""
    limits = [each for each in KINDS.values() if isinstance(each, Respond) and each.status == 429]
    own = [each for each in limits if "Via" in each.headers]
    server.faults.inject("POST", Route.MESSAGES, *map(refused, Refusal), *own)
    for _ in [*Refusal, *own]:
        await api("POST", f"/channels/{channel.id}/messages", {"content": "x"})
    assert server.faults.left == []
    assert [problem for call in server.requests for problem in specification.problems(call)] == []
    assert {call.status for call in server.requests} == {400, 401, 403, 404, 413, 429}


async def test_the_specification_finds_what_is_wrong(
    bare: Api, server: DiscordServer, specification: Specification, channel: Channel
) -> None:
    await bare("POST", f"/channels/{channel.id}/messages", {"content": "x"}, files={"a.png": b"a"})
    call = server.requests[-1]
    assert specification.problems(call) == []
    call.answer_headers = {"X-RateLimit-Limit": "five"}
    assert len(specification.problems(call)) == 5
    call.answer_headers = {}
    del call.answer["attachments"][0]["proxy_url"]
    call.payload["content"] = 7
    answered, asked = specification.problems(call)[::-1]
    assert "proxy_url" in answered
    assert "$.content" in asked
