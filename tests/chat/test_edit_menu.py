"""Apps → Edit image, on messages of all kinds: the private card, its menus, the form; with another bot behind each."""

from typing import Any

import discord
import pytest
from simcord.results import InteractionResult

from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from tests.chat.forms import chosen, offered, parts, restart
from tests.chat.pictures import jpeg, png
from tests.chat.test_buttons import made
from tests.chat.test_imagine import GALLERY

MENU = 3  # Discord's component type
MANY = [(f"{number}.png", png()) for number in range(1, 11)]


@pytest.fixture
def room_overrides() -> dict[str, Any]:
    return {"easel_member_daily_pictures": 2}


async def opened(room: Room, message: Any) -> InteractionResult:
    """The private card for the message, opened by the member."""
    card = await room.member.context_menu(room.channel, "Edit image", message)
    assert card.ephemeral
    return card


def choices(card: InteractionResult) -> dict[str, list[str]]:
    """What each menu of the card shows as chosen."""
    return {
        menu["custom_id"].rpartition(":")[2]: [each["label"] for each in menu["options"] if each.get("default")]
        for menu in components_of(card.response, MENU)
    }


def gallery(card: InteractionResult) -> list[str]:
    return [item["media"]["url"] for each in components_of(card.response, GALLERY) for item in each["items"]]


async def test_pictures_of_another_member(room: Room) -> None:
    message = await room.other_member.send(
        room.channel, "look", attachments=[("fox.png", png()), ("notes.txt", b"no picture"), ("hen.jpg", jpeg())]
    )
    card = await opened(room, message)
    assert card.response is not None
    assert "Choose from these 2 pictures" in text_of(card.response)
    assert [each.rpartition("/")[2] for each in gallery(card)] == ["fox.png", "hen.jpg"]
    assert choices(card) == {"background": [], "output_format": [], "count": [], "private": []}

    for option, label in (
        ("background", "Background: Transparent (PNG or WebP)"),
        ("output_format", "Format: PNG"),
        ("count", "2 pictures"),
    ):
        await restart(room)
        menu = next(each for each in components_of(card.response, MENU) if each["custom_id"].endswith(option))
        value = next(each["value"] for each in menu["options"] if each["label"] == label)
        await room.member.select(card.response, [value], custom_id=menu["custom_id"])
        assert choices(card)[option] == [label]
    assert len(gallery(card)) == 2

    await restart(room)
    shown = await room.member.click(card.response, label="Write the prompt")
    assert len(parts(shown)) == 5
    assert chosen(shown, "pictures") == ["Picture 1"]
    menu = offered(shown, "pictures")
    await restart(room)
    edited = await room.member.submit_modal(
        shown, {"prompt": "make it night", "pictures": [menu["Picture 2"]], "more": [("owl.png", png())]}
    )
    await room.app.dispatch.idle()
    assert not edited.ephemeral
    text = text_of(edited.response)
    assert f"<@{room.member.id}> asked for\n> make it night" in text
    assert "2 pictures · PNG · transparent background · made from 2 pictures" in text
    (run,) = room.replicate.runs
    assert [each.partition(";")[0] for each in run.input["input_images"]] == ["data:image/jpeg", "data:image/png"]

    # The card is still there, and so is the presser's quota: it is spent.
    shown = await room.member.click(card.response, label="Write the prompt")
    refused = await room.member.submit_modal(shown, {"prompt": "make it day"})
    assert "You have used your 2 pictures for today" in text_of(refused.response)
    assert refused.ephemeral


async def test_a_private_answer_and_a_choice_taken_back(room: Room) -> None:
    card = await opened(room, await room.member.send(room.channel, attachments=[("fox.png", png())]))
    assert "Edit this picture" in text_of(card.response)
    for option, values in (("private", ["true"]), ("count", ["2"]), ("count", [])):
        await restart(room)
        assert card.response is not None
        await room.member.select(card.response, values, custom_id=f"easel:option:{option}")
    assert choices(card)["count"] == []
    assert choices(card)["private"] == ["Only you see the answer"]
    assert card.response is not None
    shown = await room.member.click(card.response, label="Write the prompt")
    edited = await room.member.submit_modal(shown, {"prompt": "make it night", "quality": ["low"]})
    await room.app.dispatch.idle()
    assert edited.ephemeral
    assert "1 picture" in text_of(edited.response)


async def test_more_pictures_than_a_request_takes(room: Room) -> None:
    card = await opened(room, await room.member.send(room.channel, attachments=MANY))
    assert card.response is not None
    shown = await room.member.click(card.response, label="Write the prompt")
    everything = list(offered(shown, "pictures").values())
    refused = await room.member.submit_modal(shown, {"prompt": "all of them", "pictures": everything, "more": MANY[:7]})
    assert refused.ephemeral
    assert "You attached 17 pictures; 16 is the most." in text_of(refused.response)
    shown = await room.member.click(card.response, label="Write the prompt")
    taken = await room.member.submit_modal(shown, {"prompt": "all", "pictures": everything, "more": MANY[:6]})
    await room.app.dispatch.idle()
    assert "made from 16 pictures" in text_of(taken.response)
    (run,) = room.replicate.runs
    assert len(run.input["input_images"]) == 16


@pytest.mark.parametrize("attached", [(), (("notes.pdf", b"%PDF-1.7"),)])
async def test_a_message_without_pictures(room: Room, attached: tuple[tuple[str, bytes], ...]) -> None:
    message = await room.other_member.send(room.channel, "words", attachments=attached)
    told = await opened(room, message)
    assert "There is no picture in this message" in text_of(told.response)
    assert not components_of(told.response, MENU)


async def test_a_result_of_ours_shows_each_picture_once(room: Room) -> None:
    card = await opened(room, (await made(room, count=2)).response)
    assert len(gallery(card)) == 2


async def test_another_bots_embeds(room: Room) -> None:
    """What only a foreign host has is fetched by Discord's own proxy, or not at all."""
    attached = await room.other_member.send(room.channel, attachments=[("fox.png", png()), ("hen.jpg", jpeg())])
    fox, hen = (each.url for each in attached.attachments)
    foreign = "https://example.com/x.png"
    assert room.channel.guild is not None
    webhook = room.channel.guild.create_webhook(room.channel)
    embeds = [
        discord.Embed(title="fox").set_image(url=fox).set_thumbnail(url=foreign),
        discord.Embed.from_dict({"image": {"url": foreign, "proxy_url": hen}}),
    ]
    card = await opened(room, await webhook.send("a bot's", embeds=embeds))
    assert gallery(card) == [fox, hen]
    assert card.response is not None
    await restart(room)
    shown = await room.member.click(card.response, label="Write the prompt")
    edited = await room.member.submit_modal(
        shown, {"prompt": "make it night", "pictures": ["1", "2"], "quality": ["low"]}
    )
    await room.app.dispatch.idle()
    assert "made from 2 pictures" in text_of(edited.response)
    assert edited.response is not None
    assert len(edited.response.attachments) == 1


async def test_components_and_what_is_forwarded(room: Room) -> None:
    attached = await room.other_member.send(
        room.channel, attachments=[(name, png()) for name in ("fox.png", "hen.png", "owl.png")]
    )
    fox, hen, owl = (each.url for each in attached.attachments)
    view = discord.ui.LayoutView()
    section = discord.ui.Section[Any]("a fox", accessory=discord.ui.Thumbnail(fox))
    pictures = discord.ui.MediaGallery[Any](discord.MediaGalleryItem(hen, spoiler=True), discord.MediaGalleryItem(owl))
    view.add_item(discord.ui.Container(section, discord.ui.TextDisplay("more"), pictures))
    message = await room.app.client.get_partial_messageable(room.channel.id).send(view=view)
    card = await opened(room, message)
    assert gallery(card) == [fox, hen, owl]
    (shown,) = components_of(card.response, GALLERY)
    assert [each["spoiler"] for each in shown["items"]] == [False, True, False], "what was veiled stays so"
    forwarded = await opened(room, await room.member.forward(attached, room.channel))
    assert gallery(forwarded) == [fox, hen, owl]


async def test_a_file_in_the_form_that_is_no_picture(room: Room) -> None:
    card = await opened(room, await room.member.send(room.channel, attachments=[("fox.png", png())]))
    assert card.response is not None
    for name, data, words in (("notes.pdf", b"%PDF-1.7", "isn't a picture"), ("fox.png", b"text", "isn't a picture")):
        shown = await room.member.click(card.response, label="Write the prompt")
        refused = await room.member.submit_modal(shown, {"prompt": "both", "pictures": ["1"], "more": [(name, data)]})
        await room.app.dispatch.idle()
        (told,) = [each for each in (refused.response, *refused.followups) if each is not None]
        assert told.ephemeral
        assert words in text_of(told)
    assert not room.replicate.runs
    used = await room.app.store.usage(room.member.id, room.app.client.studio.clock.now(), 0)
    assert (used.today.pictures, used.today.amount) == (0, 0)


async def test_a_style_of_the_guild(room: Room) -> None:
    for name in ("ink", 'the "old" way — 水彩'):
        await room.moderator.slash(room.channel, "studio style save", name=name, suffix=f"in {name}")
    card = await opened(room, await room.member.send(room.channel, attachments=[("fox.png", png())]))
    assert card.response is not None
    await restart(room)
    await room.member.select(card.response, ['"the \\"old\\" way — 水彩"'], custom_id="easel:option:style")
    assert choices(card)["style"] == ['Style: the "old" way — 水彩']
    await restart(room)
    await room.member.select(card.response, ["2"], custom_id="easel:option:count")
    assert choices(card)["style"] == ['Style: the "old" way — 水彩']
    shown = await room.member.click(card.response, label="Write the prompt")
    edited = await room.member.submit_modal(shown, {"prompt": "make it night", "pictures": ["1"]})
    await room.app.dispatch.idle()
    assert "style the" in text_of(edited.response)
    (run,) = room.replicate.runs
    assert run.input["prompt"] == 'make it night\nin the "old" way — 水彩'


async def test_more_pictures_than_a_menu_lists(room: Room) -> None:
    sent = [await room.other_member.send(room.channel, attachments=MANY) for _ in range(3)]
    galleries = [
        discord.ui.MediaGallery[Any](*(discord.MediaGalleryItem(each.url) for each in message.attachments))
        for message in sent
    ]
    view = discord.ui.LayoutView()
    for each in galleries:
        view.add_item(each)
    message = await room.app.client.get_partial_messageable(room.channel.id).send(view=view)
    card = await opened(room, message)
    assert card.response is not None
    said = "Choose from these 25 pictures\n-# The message has 30; these are the first 25."
    assert said in text_of(card.response)
    await restart(room)
    await room.member.select(card.response, ["2"], custom_id="easel:option:count")
    assert said in text_of(card.response)
    assert len(gallery(card)) == 25
