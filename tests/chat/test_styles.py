"""A guild's styles: kept by its moderators, picked by its members, and there after a restart."""

import base64
import json
from typing import Any

from simcord.results import InteractionResult

from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from tests.chat.pictures import jpeg, png

GALLERY = 12  # Discord's component type


async def save(room: Room, name: str, **options: Any) -> InteractionResult:
    result = await room.moderator.slash(room.channel, "studio style save", name=name, **options)
    assert result.ephemeral
    return result


async def imagine(room: Room, prompt: str, **options: Any) -> InteractionResult:
    result = await room.member.slash(room.channel, "imagine", prompt=prompt, **options)
    await room.app.dispatch.idle()
    return result


def asked(room: Room) -> dict[str, Any]:
    """The input of the latest create that Replicate received."""
    creates = [each for each in room.replicate.requests if each.path.endswith("gpt-image-2/predictions")]
    return json.loads(creates[-1].body)["input"]


async def test_a_style_is_saved_picked_changed_and_removed(room: Room) -> None:
    saved = await save(
        room, " Ink  wash ", suffix="as an *ink* drawing", image=("ink.png", png()), quality="low", count=2
    )
    text = text_of(saved.response)
    assert "The style is saved" in text
    assert "### Ink wash" in text
    assert "\\*ink\\*" in text
    assert "Low · 2 pictures · 1 reference picture" in text
    (gallery,) = components_of(saved.response, GALLERY)
    assert gallery["items"][0]["description"] == "Reference picture 1 of the style Ink wash"

    await room.env.restart_bot()
    result = await imagine(room, "a fox", style="ink WASH", aspect_ratio="16:9", image=("fox.jpg", jpeg()))
    sent = asked(room)
    assert sent["prompt"] == "a fox\nas an *ink* drawing"
    assert (sent["quality"], sent["number_of_images"], sent["aspect_ratio"]) == ("low", 2, "16:9")
    assert [each.partition(";")[0] for each in sent["input_images"]] == ["data:image/jpeg", "data:image/png"]
    assert base64.b64decode(sent["input_images"][1].partition(",")[2]) == png()
    assert "style Ink wash" in text_of(result.response)

    replaced = await save(room, "INK WASH", suffix="in pencil")
    assert "The style is replaced" in text_of(replaced.response)
    assert components_of(replaced.response, GALLERY) == []
    await imagine(room, "a hare", style="ink wash")
    assert asked(room)["prompt"] == "a hare\nin pencil"
    assert "input_images" not in asked(room)

    renamed = await room.moderator.slash(room.channel, "studio style rename", name="ink wash", new_name="Pencil")
    assert "has a new name" in text_of(renamed.response)
    listed = await room.moderator.slash(room.channel, "studio style list")
    assert "**Pencil**" in text_of(listed.response)

    question = await room.moderator.slash(room.channel, "studio style remove", name="pencil")
    assert "Remove the style `Pencil`" in text_of(question.response)
    await room.env.restart_bot()
    await room.moderator.click(question.response, label="Remove")
    assert "is removed" in text_of(question.response)
    assert "no styles yet" in text_of((await room.moderator.slash(room.channel, "studio style list")).response)
    refused = await imagine(room, "a heron", style="pencil")
    assert refused.ephemeral
    assert "There is no style called `pencil` here" in text_of(refused.response)
