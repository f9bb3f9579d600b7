"""`/edit` as members type it: `/imagine` from one to four pictures."""

import json
from typing import Any

import pytest
from simcord.backend.errors import SetupError

from bot.demo.reading import text_of
from bot.demo.room import Room
from tests.chat.pictures import jpeg, png


def created(room: Room) -> list[dict[str, Any]]:
    """The inputs of the runs that Replicate was asked for."""
    return [json.loads(each.body)["input"] for each in room.replicate.requests if each.path.endswith("/predictions")]


async def test_one_to_four_pictures_are_edited_in_their_order(room: Room) -> None:
    names = ("image", "image_2", "image_3", "image_4")
    files = {name: (f"{name}.png", png()) if name != "image_2" else (f"{name}.jpg", jpeg()) for name in names}
    for count in range(1, 5):
        attached = {name: files[name] for name in names[:count]}
        result = await room.member.slash(room.channel, "edit", prompt="make it night", quality="low", **attached)
        await room.app.dispatch.idle()
        assert result.response is not None
        assert len(result.response.attachments) == 1
        assert f"made from {count} picture" in text_of(result.response)
        sent = created(room)[-1]
        assert sent["prompt"] == "make it night"
        kinds = [url.partition(";")[0] for url in sent["input_images"]]
        assert kinds == ["data:image/png", "data:image/jpeg", "data:image/png", "data:image/png"][:count]


async def test_pictures_may_be_left_out_in_between(room: Room) -> None:
    pictures = {"image": ("a.png", png()), "image_4": ("b.jpg", jpeg())}
    await room.member.slash(room.channel, "edit", prompt="both", private=True, count=2, format="png", **pictures)
    await room.app.dispatch.idle()
    (sent,) = created(room)
    assert [url.partition(";")[0] for url in sent["input_images"]] == ["data:image/png", "data:image/jpeg"]
    assert (sent["number_of_images"], sent["output_format"]) == (2, "png")


async def test_it_has_the_options_of_imagine_and_needs_a_picture(room: Room) -> None:
    tree = room.app.client.tree
    imagine, edit = ({each["name"]: each for each in _options(tree, name)} for name in ("imagine", "edit"))
    assert edit.keys() == imagine.keys()
    assert list(edit)[:2] == ["prompt", "image"]
    assert [name for name, each in edit.items() if each["required"]] == ["prompt", "image"]
    assert [name for name, each in imagine.items() if each["required"]] == ["prompt"]
    assert {name for name in edit if edit[name] != imagine[name]} == {"image"}
    with pytest.raises(SetupError):
        await room.member.slash(room.channel, "edit", prompt="without any")


async def test_what_is_no_picture_is_refused_in_words(room: Room) -> None:
    result = await room.member.slash(room.channel, "edit", prompt="make it night", image=("fox.png", b"text"))
    await room.app.dispatch.idle()
    (told,) = result.followups
    assert told.ephemeral
    assert "`fox.png` isn't a picture" in text_of(told)
    assert not room.replicate.runs


def _options(tree: Any, name: str) -> list[dict[str, Any]]:
    return tree.get_command(name).to_dict(tree)["options"]
