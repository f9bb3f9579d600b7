"""`/imagine` as members type it: the answer at once, the pictures in its place, and what was asked of Replicate."""

import base64
import json
from io import BytesIO
from typing import Any

import discord
import pytest
from PIL import Image
from simcord.results import InteractionResult

from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from tests.chat.pictures import jpeg, png
from tests.chat.places import age_restrict, allow_low_moderation

GALLERY = 12  # Discord's component type


async def imagine(room: Room, **options: Any) -> InteractionResult:
    """Type the command as a member, and wait until everything that follows from it has happened."""
    result = await room.member.slash(room.channel, "imagine", **options)
    await room.app.dispatch.idle()
    return result


def created(room: Room) -> list[dict[str, Any]]:
    """The bodies of the creates that Replicate received."""
    return [json.loads(each.body) for each in room.replicate.requests if each.path.endswith("gpt-image-2/predictions")]


async def test_the_answer_comes_at_once_and_says_what_will_happen(room: Room) -> None:
    room.replicate.end_gate.hold()
    result = await room.member.slash(
        room.channel, "imagine", prompt="a fox in the snow", quality="high", aspect_ratio="16:9", count=2
    )
    text = text_of(result.response)
    assert not result.ephemeral
    assert f"<@{room.member.id}> asked for\n> a fox in the snow" in text
    assert "High quality · Wide 16:9 · 2 pictures · WebP" in text
    assert "GPT Image 2" in text
    assert "may cost up to $0.26" in text
    assert "<t:" in text
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()


async def test_the_card_becomes_the_pictures(room: Room) -> None:
    result = await imagine(room, prompt="a fox in the snow", quality="low", count=3)
    response = result.response
    assert response is not None
    assert [Image.open(BytesIO(await each.read())).size for each in response.attachments] == [(16, 16)] * 3
    (gallery,) = components_of(response, GALLERY)
    assert len(gallery["items"]) == 3
    assert gallery["items"][1]["description"] == (
        "Picture 2 of 3. AI-generated picture for the prompt: a fox in the snow"
    )
    text = text_of(response)
    assert "GPT Image 2 · " in text
    assert "$0.04" in text  # three at $0.012
    assert "may cost" not in text
    assert len(room.channel.history()) == 2, "the welcome, and this one message"


async def test_the_bytes_of_the_model_are_passed_on_untouched(room: Room) -> None:
    result = await imagine(room, prompt="a fox", format="png")
    assert result.response is not None
    (attachment,) = result.response.attachments
    (run,) = room.replicate.runs
    assert attachment.filename.endswith(".png")
    url = run.output[0].removeprefix(room.replicate.url.removesuffix("/v1"))
    fetched = [each for each in room.replicate.requests if each.path == url]
    assert len(fetched) == 1, "each picture is fetched once"
    assert len(await attachment.read()) == attachment.size


async def test_every_option_reaches_replicate_as_its_schema_spells_it(room: Room) -> None:
    age_restrict(room)
    await allow_low_moderation(room)
    await imagine(
        room, prompt="a fox", quality="medium", aspect_ratio="2048x1152", background="transparent", count=4,
        format="png", moderation="low",
    )  # fmt: skip
    (body,) = created(room)
    user_id = body["input"].pop("user_id")
    assert body["input"] == {
        "prompt": "a fox",
        "quality": "medium",
        "aspect_ratio": "2048x1152",
        "background": "transparent",
        "number_of_images": 4,
        "output_format": "png",
        "moderation": "low",
        "output_compression": 90,
    }
    assert body["webhook"].startswith("http://127.0.0.1:")
    assert str(room.member.id) not in user_id
    assert len(user_id) == 32


async def test_the_pseudonym_is_stable_for_a_member_and_differs_between_members(room: Room) -> None:
    await imagine(room, prompt="one", quality="low")
    await imagine(room, prompt="two", quality="low")
    await room.other_member.slash(room.channel, "imagine", prompt="three", quality="low")
    await room.app.dispatch.idle()
    first, second, third = (body["input"]["user_id"] for body in created(room))
    assert first == second != third


async def test_attached_pictures_are_given_to_replicate_clean(room: Room) -> None:
    result = await imagine(
        room, prompt="make it night", image=("holiday.jpg", jpeg(gps=True)), image_2=("logo.png", png())
    )
    (body,) = created(room)
    sent = body["input"]["input_images"]
    assert [url.partition(";")[0] for url in sent] == ["data:image/jpeg", "data:image/png"]
    assert "made from 2 pictures" in text_of(result.response)
    assert b"Exif" not in Image.open(BytesIO(_bytes_of(sent[0]))).info.get("exif", b"")


async def test_a_large_attachment_is_uploaded_as_a_file(room: Room) -> None:
    await imagine(room, prompt="make it night", image=("noise.png", png(noise=400)))
    (body,) = created(room)
    (url,) = body["input"]["input_images"]
    assert url.startswith(f"{room.replicate.url}/files/")


async def test_only_the_first_frame_of_an_animation_is_used_and_the_card_says_so(room: Room) -> None:
    frames = [Image.new("RGB", (8, 8), (index * 80, 0, 0)) for index in range(3)]
    output = BytesIO()
    frames[0].save(output, "GIF", save_all=True, append_images=frames[1:])
    result = await imagine(room, prompt="make it night", image=("dance.gif", output.getvalue()))
    assert "Only the first of 3 frames of `dance.gif` was used" in text_of(result.response)


async def test_a_private_answer_is_seen_by_the_member_alone(room: Room) -> None:
    result = await imagine(room, prompt="a secret fox", quality="low", private=True)
    assert result.ephemeral
    assert result.response is not None
    assert len(result.response.attachments) == 1
    assert not [each for each in room.channel.history(viewer=room.other_member) if each.id == result.response.id]


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("@everyone look", "> @\u200beveryone look\n"),
        ("**bold**\n> quote\n# head", "> \\*\\*bold\\*\\*\n> \\> quote\n> \\# head\n"),
        ("[safe](https://evil.example)", "> \\[safe](https://evil.example)\n"),
        ("<@123456789012345678> <#2> </imagine:3>", "> \\<@\u200b123456789012345678> \\<#2> \\</imagine:3>\n"),
        ("``` code", "> \\`\\`\\` code\n"),
    ],
)
async def test_a_prompt_has_no_effect_as_markdown_or_mention(room: Room, prompt: str, shown: str) -> None:
    result = await imagine(room, prompt=prompt, quality="low")
    assert shown in text_of(result.response)
    message = result.response.message if result.response else None
    assert isinstance(message, discord.Message)
    assert not message.mention_everyone


async def test_choices_carry_words_and_prices_from_the_catalogue(room: Room) -> None:
    commands = {command.name: command.to_dict(room.app.client.tree) for command in room.app.client.tree.get_commands()}
    options: dict[str, Any] = {option["name"]: option for option in commands["imagine"]["options"]}  # type: ignore[typeddict-item]
    names = {name: [choice["name"] for choice in option.get("choices", [])] for name, option in options.items()}
    assert "High: about $0.13 a picture" in names["quality"]
    assert "Low: about $0.012 a picture" in names["quality"]
    assert "Wide 16:9" in names["aspect_ratio"]
    assert "2160 × 3840 pixels, tall" in names["aspect_ratio"]
    assert len(names["aspect_ratio"]) == 18
    assert names["count"] == ["1 picture", *(f"{count} pictures" for count in range(2, 11))]
    assert next(iter(options)) == "prompt"
    assert {"image", "image_2", "image_3", "image_4", "private", "moderation"} <= options.keys()


def _bytes_of(data_uri: str) -> bytes:
    return base64.b64decode(data_uri.partition(",")[2])
