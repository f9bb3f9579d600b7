"""A guild's styles: kept by its moderators, picked by its members, and there after a restart."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from simcord import SetupError
from simcord.results import InteractionResult

from bot.chat.wishes import Chosen, Wish, request_of
from bot.chat.words.outcomes import sentence
from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from bot.domain.errors import StyleNeedsRoom
from bot.domain.options import Options
from bot.domain.request import Attachment
from bot.domain.style import MOST_STYLES, Style
from tests.chat.pictures import jpeg, png
from tests.storage.examples import NOON

GALLERY = 12  # Discord's component type


async def save(room: Room, name: str, **options: Any) -> InteractionResult:
    result = await room.moderator.slash(room.channel, "studio style save", name=name, **options)
    assert result.ephemeral
    return result


async def command(room: Room, what: str, /, **options: Any) -> str:
    """What a moderator is told."""
    return text_of((await room.moderator.slash(room.channel, f"studio style {what}", **options)).response)


async def imagine(room: Room, prompt: str, **options: Any) -> InteractionResult:
    result = await room.member.slash(room.channel, "imagine", prompt=prompt, **options)
    await room.app.dispatch.idle()
    return result


def sent(room: Room) -> list[dict[str, Any]]:
    """The inputs of the creates that Replicate received."""
    creates = [each for each in room.replicate.requests if each.path.endswith("gpt-image-2/predictions")]
    return [json.loads(each.body)["input"] for each in creates]


def references(directory: Path) -> int:
    """How many reference pictures are kept."""
    return len([*directory.glob("blobs/styles.*.blob")])


async def test_a_style_is_saved_picked_replaced_renamed_and_removed(room: Room, tmp_path: Path) -> None:
    saved = await save(
        room, " Ink  wash ", suffix="as an *ink* drawing", image=("ink.png", png()), quality="low", count=2
    )
    text = text_of(saved.response)
    assert "The style is saved" in text
    assert "### Ink wash" in text
    assert "\\*ink\\*" in text
    assert "Low quality · 2 pictures · 1 reference picture" in text
    (gallery,) = components_of(saved.response, GALLERY)
    assert gallery["items"][0]["description"] == "Reference picture 1 of the style Ink wash"

    assert references(tmp_path) == 1
    await room.env.restart_bot()
    result = await imagine(room, "a fox", style="ink WASH", aspect_ratio="16:9", image=("fox.jpg", jpeg()))
    asked = sent(room)[-1]
    assert asked["prompt"] == "a fox\nas an *ink* drawing"
    assert (asked["quality"], asked["number_of_images"], asked["aspect_ratio"]) == ("low", 2, "16:9")
    assert [each.partition(";")[0] for each in asked["input_images"]] == ["data:image/jpeg", "data:image/png"]
    assert base64.b64decode(asked["input_images"][1].partition(",")[2]) == png()
    assert "style Ink wash" in text_of(result.response)

    assert "The style is replaced" in text_of((await save(room, "INK WASH", suffix="in pencil")).response)
    assert references(tmp_path) == 0, "its pictures are gone with it"
    await imagine(room, "a hare", style="ink wash")
    assert sent(room)[-1]["prompt"] == "a hare\nin pencil"
    assert "input_images" not in sent(room)[-1]

    assert "has a new name" in await command(room, "rename", name="ink wash", new_name="Pencil")
    assert "**Pencil**" in await command(room, "list")
    await save(room, "Oil", image=("oil.png", png()))
    assert "already" in await command(room, "rename", name="oil", new_name="PENCIL")
    assert "1 reference picture" in await command(room, "show", name="oil")

    question = await room.moderator.slash(room.channel, "studio style remove", name="oil")
    assert "Remove the style `Oil`" in text_of(question.response)
    await room.env.restart_bot()
    assert question.response is not None
    await room.moderator.click(question.response, label="Remove")
    assert "is removed" in text_of(question.response)
    assert references(tmp_path) == 0
    assert "Oil" not in await command(room, "list")
    refused = await imagine(room, "a heron", style="oil")
    assert refused.ephemeral
    assert "There is no style called `oil` here" in text_of(refused.response)
    assert len(sent(room)) == 2


async def test_bad_input_is_refused_and_leaves_nothing_behind(room: Room, tmp_path: Path) -> None:
    good = ("ink.png", png())
    cases: list[tuple[dict[str, Any], str]] = [
        ({"name": "a", "image": good, "image_2": ("ink.png", b"\x89PNG nonsense")}, "ink.png"),
        ({"name": "a", "image": good, "image_2": ("notes.txt", b"words")}, "isn't a picture"),
        ({"name": "a"}, "would change nothing"),
        ({"name": "a", "suffix": "  "}, "would change nothing"),
        ({"name": "  ", "suffix": "in ink"}, "1 to 40 characters"),
        ({"name": "a", "background": "transparent", "format": "jpeg"}, "can't hold a transparent background"),
    ]
    for options, said in cases:
        result = await save(room, **options)
        assert said in text_of(result.response)
    assert "no styles yet" in await command(room, "list")
    assert references(tmp_path) == 0
    await save(room, "Ink", suffix="in ink")
    for name in ("show", "remove"):
        assert "Perhaps you meant one of these: `Ink`" in await command(room, name, name="inc")
    assert "Perhaps you meant" in await command(room, "rename", name="inc", new_name="oil")


async def test_only_moderators_may_keep_styles_and_nobody_has_any_in_direct_messages(room: Room) -> None:
    for name in ("studio style list", "studio settings"):
        with pytest.raises(SetupError, match="not visible"):
            await room.member.slash(room.channel, name)
    await save(room, "Ink", suffix="in ink")
    user = room.env.create_user("zoe")
    assert await user.autocomplete("imagine", "style", "", prompt="a fox") == []
    result = await user.slash("imagine", prompt="a fox", style="ink")
    assert "Styles belong to servers" in text_of(result.response)
    assert sent(room) == []


async def test_names_are_suggested_as_they_are_typed(room: Room) -> None:
    preferences = room.app.client.studio.preferences
    for number in range(MOST_STYLES - 2):
        await preferences.save_style(
            room.moderator.guild.id, Style(f"Ink {number:02} {'x' * 30}", "in ink"), None, NOON
        )
    for name in ("Drawing in ink", "Oil"):
        await preferences.save_style(
            room.moderator.guild.id, Style(name, "x", options=Options(quality="low")), None, NOON
        )

    async def suggested(typed: str) -> list[str]:
        choices = await room.member.autocomplete(room.channel, "imagine", "style", typed, prompt="a fox")
        assert all(each["name"] == each["value"] for each in choices)
        return [each["value"] for each in choices]

    assert await suggested("OI") == ["Oil"]
    assert await suggested("inin") == ["Drawing in ink"]
    assert (await suggested("ink 0"))[0].startswith("Ink 00")
    assert len(await suggested("")) == 25
    assert await suggested("gouache") == []
    assert [
        each["value"] for each in await room.moderator.autocomplete(room.channel, "studio style remove", "name", "oil")
    ] == ["Oil"]
    listed = await command(room, "list")
    assert listed.count("**Ink") + int(listed.rpartition("-# ")[2].partition(" more")[0]) >= MOST_STYLES - 2
    assert len(listed) <= 4_000
    result = await save(room, "One more", suffix="x")
    assert "Oil" not in text_of(result.response)
    assert "which is the most" in text_of((await save(room, "Yet one more", suffix="x")).response)


async def test_a_style_leaves_room_for_as_many_pictures_as_the_model_takes(room: Room) -> None:
    four = {f"image{suffix}": (f"fox{suffix}.png", png()) for suffix in ("", "_2", "_3", "_4")}
    await save(room, "Ink", **four)
    await imagine(room, "a fox", style="ink", **four)
    assert len(sent(room)[-1]["input_images"]) == 8
    studio = room.app.client.studio
    style = await studio.styles.find(room.moderator.guild.id, "ink")
    chosen = Chosen(Options(), studio.models[0], style)
    twelve = Wish("a fox", attachments=(Attachment(1, "fox.png", "", 1, None),) * 12)
    assert request_of(studio, twelve, chosen).picture_count == 16
    with pytest.raises(StyleNeedsRoom) as refused:
        request_of(studio, replace(twelve, kept=style.pictures[:1]), chosen)
    assert "brings 4 pictures of its own, so that you can add 12 at most" in sentence(refused.value)
