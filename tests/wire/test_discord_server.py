"""discord.py 2.7.1 against the stand-in, over real sockets."""

import asyncio
from typing import Any

import discord
import pytest
from discord import ui

from tests.wire.clients import PNG, Card, Options, Run, answer_with_card, original, uploads
from tests.wire.discord_server import DiscordServer, File, Interaction, Message
from tests.wire.interactions import Impossible
from tests.wire.world import Channel, Guild, Member


class DeleteButton(ui.DynamicItem[ui.Button[Any]], template=r"delete:(?P<job>\w+)"):
    def __init__(self, job: str) -> None:
        super().__init__(ui.Button(label="Delete", custom_id=f"delete:{job}"))
        self.job = job

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: Any, /
    ) -> "DeleteButton":
        return cls(match["job"])

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(view=Card(f"{self.job} is gone"))


async def test_a_command_is_answered_with_a_card(
    server: DiscordServer, run: Run, channel: Channel, ann: Member
) -> None:
    seen: list[tuple[str, str, int, int, discord.Permissions]] = []

    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        limit, permissions = interaction.filesize_limit, interaction.app_permissions
        seen.append((options.prompt, options.quality, options.count, limit, permissions))
        answer = await interaction.response.send_message(view=Card("On it"))
        assert answer.message_id is not None
        assert isinstance(answer.resource, discord.InteractionMessage)

    async with run(imagine):
        interaction = await server.slash(ann, channel, "imagine", prompt="a fox", quality="High: fine", count=3)
        await interaction.answered()

    assert [each[:4] for each in seen] == [("a fox", "high", 3, 10 * 1024 * 1024)]
    assert seen[0][4].attach_files
    assert not seen[0][4].manage_messages
    assert interaction.original is not None
    assert interaction.original.text == "On it"
    assert interaction.response_type == 4
    assert interaction.response_time is not None
    assert 0 < interaction.response_time < 3
    assert server.gateway.identifies == 1


async def test_an_attached_picture_is_read_from_the_cdn(
    server: DiscordServer, run: Run, channel: Channel, ann: Member
) -> None:
    seen: list[tuple[str, str | None, int, bytes]] = []

    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        assert options.image is not None
        picture = options.image
        seen.append((picture.filename, picture.content_type, picture.size, await picture.read()))
        await interaction.response.send_message("thank you")

    async with run(imagine):
        picture = File("my cat.png", PNG + b"cat", "image/png")
        await (await server.slash(ann, channel, "imagine", prompt="again", image=picture)).answered()
    assert seen == [("my_cat.png", "image/png", 11, PNG + b"cat")]


async def test_the_original_is_edited_into_a_gallery_and_filled_by_more_edits(
    server: DiscordServer, run: Run, channel: Channel, ann: Member
) -> None:
    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        await interaction.response.send_message(view=Card("Drawing"))
        webhook = original(client, interaction)
        edited = await webhook.edit_message(  # pyright: ignore[reportCallIssue] - the id goes into the path as it is
            "@original",  # pyright: ignore[reportArgumentType]
            view=Card("Two", "a.png", "b.png"),
            attachments=uploads("a.png", "b.png"),
        )
        await webhook.edit_message(
            edited.id,
            view=Card("Three", "a.png", "b.png", "c.png"),
            attachments=[*edited.attachments, *uploads("c.png")],
        )

    async with run(imagine) as client:
        interaction = await server.slash(ann, channel, "imagine", prompt="three")
        message = await interaction.until(lambda message: len(message.pictures) == 3)

    assert [picture.data for picture in message.pictures] == [PNG + b"a.png", PNG + b"b.png", PNG + b"c.png"]
    assert message.text == "Three"
    assert [len(revision["attachments"]) for revision in message.revisions] == [0, 2, 3]
    assert interaction.messages == [message]


async def test_an_edit_keeps_only_the_attachments_that_it_lists(
    server: DiscordServer, run: Run, channel: Channel, ann: Member
) -> None:
    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        await interaction.response.send_message("Look", files=uploads("a.png", "b.png"))
        message = await interaction.original_response()
        await message.edit(attachments=message.attachments[1:])

    async with run(imagine):
        interaction = await server.slash(ann, channel, "imagine", prompt="two")
        message = await interaction.until(lambda message: len(message.attachments) == 1)
    assert message.attachments[0].filename == "b.png"


async def test_after_the_token_has_expired_the_bot_edits_through_the_channel(
    server: DiscordServer, run: Run, channel: Channel, ann: Member
) -> None:
    refused: list[discord.HTTPException] = []

    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        answer = await interaction.response.send_message(view=Card("Drawing"))
        server.clock.advance(15 * 60 + 1)
        with pytest.raises(discord.HTTPException) as caught:
            await interaction.edit_original_response(view=Card("Too late"))
        refused.append(caught.value)
        assert answer.message_id is not None
        assert interaction.channel_id is not None
        message = client.get_partial_messageable(interaction.channel_id).get_partial_message(answer.message_id)
        await message.edit(view=Card("Done", "a.png"), attachments=uploads("a.png"))

    async with run(imagine) as client:
        interaction = await server.slash(ann, channel, "imagine", prompt="slow")
        message = await interaction.until(lambda message: message.pictures)
    assert message.text == "Done"
    assert [(error.status, error.code) for error in refused] == [(401, 50027)]


async def test_an_ephemeral_answer_is_out_of_the_channels_reach(
    server: DiscordServer, run: Run, channel: Channel, ann: Member, guild: Guild
) -> None:
    refused: list[discord.HTTPException] = []

    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        answer = await interaction.response.send_message(view=Card("Only you"), ephemeral=True)
        assert answer.message_id is not None
        assert interaction.channel_id is not None
        message = client.get_partial_messageable(interaction.channel_id).get_partial_message(answer.message_id)
        for call in (message.edit(view=Card("All of you")), message.fetch(), message.delete()):
            with pytest.raises(discord.HTTPException) as caught:
                await call
            refused.append(caught.value)
        button: ui.Button[Any] = ui.Button(custom_id="x", label="x")
        await interaction.edit_original_response(view=Card("Still only you", button=button))

    async with run(imagine) as client:
        interaction = await server.slash(ann, channel, "imagine", prompt="secret")
        message = await interaction.until(lambda message: "Still" in message.text)
    assert [(error.status, error.code) for error in refused] == [(404, 10008)] * 3
    assert message.ephemeral
    with pytest.raises(Impossible):
        await server.click(guild.member("bob"), message, "x")


async def test_a_card_is_taken_away_and_followed_up_privately(
    server: DiscordServer, run: Run, channel: Channel, ann: Member
) -> None:
    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        await interaction.response.send_message(view=Card("Checking"))
        await interaction.delete_original_response()
        await interaction.followup.send(view=Card("That is no picture"), ephemeral=True)

    async with run(imagine):
        interaction = await server.slash(ann, channel, "imagine", prompt="x")
        refusal = await interaction.until(lambda message: message.ephemeral)
    assert refusal.text == "That is no picture"
    assert interaction.original is not refusal
    assert [message.deleted for message in interaction.messages] == [True, False]


@pytest.mark.parametrize("deferred_privately", [False, True])
async def test_the_first_follow_up_of_a_deferral_is_as_private_as_the_deferral(
    server: DiscordServer, run: Run, channel: Channel, ann: Member, *, deferred_privately: bool
) -> None:
    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        await interaction.response.defer(ephemeral=deferred_privately, thinking=True)
        await interaction.followup.send("first", ephemeral=not deferred_privately)
        await interaction.followup.send("second", ephemeral=not deferred_privately)

    async with run(imagine):
        interaction = await server.slash(ann, channel, "imagine", prompt="x")
        second = await interaction.until(lambda message: message.content == "second")
    assert interaction.original is not None
    assert interaction.original.content == "first"
    assert interaction.original.ephemeral is deferred_privately
    assert second.ephemeral is not deferred_privately


async def test_a_button_is_clicked_after_a_restart(
    server: DiscordServer, run: Run, channel: Channel, ann: Member
) -> None:
    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        await interaction.response.send_message(view=Card("A fox", button=DeleteButton("job7")))

    async with run(imagine):
        interaction = await server.slash(ann, channel, "imagine", prompt="a fox")
        message = await interaction.until(lambda message: message.controls)

    async with run(imagine) as client:
        client.add_dynamic_items(DeleteButton)
        click = await server.click(ann, message, "delete:job7")
        assert await click.until(lambda message: message.text == "job7 is gone") is message
    assert click.response_type == 7
    with pytest.raises(Impossible):
        await server.click(ann, message, "delete:job7")


async def test_a_modal_is_opened_and_submitted_with_a_file(
    server: DiscordServer, run: Run, channel: Channel, ann: Member
) -> None:
    class Remix(ui.Modal, title="Remix"):
        prompt = ui.Label(text="Prompt", component=ui.TextInput[Any](custom_id="prompt", max_length=100))
        picture = ui.Label(text="Picture", component=ui.FileUpload[Any](custom_id="picture", required=False))

        async def on_submit(self, interaction: discord.Interaction) -> None:
            assert isinstance(self.prompt.component, ui.TextInput)
            assert isinstance(self.picture.component, ui.FileUpload)
            [attachment] = self.picture.component.values
            await interaction.response.send_message(f"{self.prompt.component.value}: {await attachment.read()!r}")

    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        await interaction.response.send_modal(Remix())

    async with run(imagine):
        opened = await (await server.slash(ann, channel, "imagine", prompt="x")).answered()
        with pytest.raises(Impossible):
            await server.submit_modal(opened, prompt="x" * 101)
        submitted = await server.submit_modal(opened, prompt="bluer", picture=[File("a.png", b"blue")])
        message = await submitted.until(lambda message: message.content)
    assert message.content == "bluer: b'blue'"


async def test_a_response_after_three_seconds_finds_no_interaction(
    server: DiscordServer, run: Run, channel: Channel, ann: Member
) -> None:
    refused: list[discord.HTTPException] = []
    came = asyncio.Event()

    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        server.clock.advance(3.1)
        with pytest.raises(discord.NotFound) as caught:
            await answer_with_card(interaction, options)
        refused.append(caught.value)
        came.set()

    async with run(imagine):
        interaction = await server.slash(ann, channel, "imagine", prompt="x")
        await asyncio.wait_for(came.wait(), 10)
    assert [error.code for error in refused] == [10062]
    assert interaction.response_type is None
    assert interaction.messages == []


async def test_two_hundred_interactions_at_once(server: DiscordServer, run: Run, guild: Guild) -> None:
    channels = [guild.channel(f"channel-{number}") for number in range(4)]
    members = [guild.member(f"member-{number}") for number in range(20)]

    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        await answer_with_card(interaction, options)
        name = f"{options.prompt}.png"
        await interaction.edit_original_response(view=Card("Done", name), attachments=uploads(name))

    async def use(number: int) -> tuple[Interaction, Message]:
        channel, member = channels[number % 4], members[number % 20]
        interaction = await server.slash(member, channel, "imagine", prompt=f"picture-{number}")
        return interaction, await interaction.until(lambda message: message.pictures)

    async with run(imagine):
        done = await asyncio.gather(*(use(number) for number in range(200)))

    assert [message.pictures[0].data for _, message in done] == [PNG + b"picture-%d.png" % n for n in range(200)]
    assert all(interaction.response_time is not None for interaction, _ in done)
    assert len({message.id for _, message in done}) == 200
    assert sum(len(channel.messages) for channel in channels) == 200


async def test_a_user_brings_the_application_into_direct_messages(server: DiscordServer, run: Run) -> None:
    user = server.world.user("zoe")
    direct = server.world.direct_messages(user)

    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        assert interaction.guild is None
        assert interaction.context.dm_channel
        await answer_with_card(interaction, options)
        await interaction.user.send("and a direct message")

    async with run(imagine):
        interaction = await server.slash(user, direct, "imagine", prompt="x")
        await server.until(lambda: len(direct.messages) == 2)
    assert interaction.original is direct.messages[0]
    assert direct.messages[1].content == "and a direct message"
