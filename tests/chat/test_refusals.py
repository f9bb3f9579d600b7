"""Bad input: one clear sentence for its member alone, no prediction, nothing held, nothing charged."""

from typing import Any

import discord
import pytest
from simcord.results import InteractionResult

from bot.demo.reading import text_of
from bot.demo.room import Room
from tests.chat.pictures import jpeg, png

HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1" + bytes(64)


@pytest.fixture
def room_overrides() -> dict[str, Any]:
    return {"easel_member_daily_pictures": 6, "easel_daily_spend_usd": 0.5}


async def refused_at_once(room: Room, **options: Any) -> str:
    """The private answer to a command that is refused on what the interaction itself shows."""
    result = await room.member.slash(room.channel, "imagine", **options)
    assert result.ephemeral, "a refusal is seen by its member alone"
    await nothing_happened(room)
    return text_of(result.response)


async def refused_on_reading(room: Room, **options: Any) -> str:
    """The private follow-up to a command whose card went away again."""
    result: InteractionResult = await room.member.slash(room.channel, "imagine", **options)
    await room.app.dispatch.idle()
    assert result.response is None, "the card is deleted"
    (followup,) = result.followups
    assert followup.ephemeral
    await nothing_happened(room)
    return text_of(followup)


async def nothing_happened(room: Room) -> None:
    await room.app.dispatch.idle()
    assert not room.replicate.runs
    usage = await room.app.store.usage(room.member.id, room.app.client.studio.clock.now(), 0)
    assert (usage.today.pictures, usage.today.amount) == (0, 0)


async def test_a_prompt_of_blanks(room: Room) -> None:
    assert "Write what you would like to see" in await refused_at_once(room, prompt="  \n ")


async def test_transparent_with_jpeg_says_what_to_choose_instead(room: Room) -> None:
    text = await refused_at_once(room, prompt="a fox", background="transparent", format="jpeg")
    assert "JPEG can't hold a transparent background. Choose PNG or WebP as the format" in text


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("photo.heic", HEIC, "is a HEIC file, which can't be used. Attach it as PNG, JPEG, WebP, GIF or BMP"),
        ("notes.pdf", b"%PDF-1.7", "isn't a picture"),
    ],
)
async def test_a_file_whose_name_tells_already(room: Room, name: str, data: bytes, words: str) -> None:
    assert words in await refused_at_once(room, prompt="make it night", image=(name, data))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("fox.png", b"this is text", "`fox.png` isn't a picture"),
        ("fox.png", png(noise=60)[:-4000], "`fox.png` is damaged or incomplete"),
        ("fox.jpg", jpeg()[:300], "`fox.jpg` is damaged or incomplete"),
        ("fox.png", HEIC, "is a HEIC file, which can't be used"),
    ],
)
async def test_a_file_whose_bytes_tell(room: Room, name: str, data: bytes, words: str) -> None:
    assert words in await refused_on_reading(room, prompt="make it night", image=(name, data))


async def test_one_bad_picture_among_good_ones(room: Room) -> None:
    text = await refused_on_reading(room, prompt="both", image=("good.png", png()), image_2=("bad.png", b"no"))
    assert "`bad.png`" in text


async def test_a_private_request_with_a_bad_picture_is_answered_in_place(room: Room) -> None:
    result = await room.member.slash(
        room.channel, "imagine", prompt="make it night", image=("fox.png", b"text"), private=True
    )
    await room.app.dispatch.idle()
    assert result.ephemeral
    assert "isn't a picture" in text_of(result.response)
    await nothing_happened(room)


@pytest.mark.parametrize(
    ("permission", "words"), [("attach_files", "**Attach Files**"), ("send_messages", "**Send Messages**")]
)
async def test_a_channel_where_the_bot_may_not_answer(room: Room, permission: str, words: str) -> None:
    guild = room.channel.guild
    assert guild is not None
    assert guild.me is not None
    closed = guild.create_text_channel(
        "closed", overwrites={guild.me: discord.PermissionOverwrite(**{permission: False})}
    )
    result = await room.member.slash(closed, "imagine", prompt="a fox")
    assert result.ephemeral
    assert words in text_of(result.response)
    await nothing_happened(room)


async def test_the_members_pictures_of_the_day(room: Room) -> None:
    first = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low", count=5)
    await room.app.dispatch.idle()
    assert not first.ephemeral
    second = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low", count=2)
    assert second.ephemeral
    assert "You have 1 of 6 pictures left today, and asked for 2. That is the limit for everyone." in text_of(
        second.response
    )
    assert "There is more again from <t:" in text_of(second.response)
    await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    await room.app.dispatch.idle()
    third = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    assert "You have used your 6 pictures for today" in text_of(third.response)
    other = await room.other_member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    assert not other.ephemeral, "it is each member's own"
    await room.app.dispatch.idle()
    assert len(room.replicate.runs) == 3


async def test_the_budget_that_all_share(room: Room) -> None:
    await room.member.slash(room.channel, "imagine", prompt="a fox", quality="high", count=3)
    await room.app.dispatch.idle()
    refused = await room.other_member.slash(room.channel, "imagine", prompt="a fox", quality="high")
    assert refused.ephemeral
    text = text_of(refused.response)
    assert "All who use this bot have $0.116 of $0.50 left today, and this may cost $0.128" in text
    assert "A lower quality or fewer pictures may still fit" in text
    fits = await room.other_member.slash(room.channel, "imagine", prompt="a fox", quality="medium")
    assert not fits.ephemeral
    await room.app.dispatch.idle()


async def test_a_failed_job_gives_its_pictures_and_its_money_back(room: Room) -> None:
    await room.member.slash(room.channel, "imagine", prompt="something forbidden", quality="low", count=6)
    await room.app.dispatch.idle()
    again = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low", count=6)
    assert not again.ephemeral
    await room.app.dispatch.idle()
