"""Modals of which no process keeps anything."""

from typing import Any

import discord

from bot.chat.buttons import JobButton
from bot.chat.modals import filled, show_modal
from bot.chat.studio import Interaction
from bot.demo.reading import text_of
from bot.demo.room import Room
from bot.domain.request import Attachment
from tests.chat.forms import restart
from tests.chat.test_buttons import made, press


def in_label(component: dict[str, Any]) -> dict[str, Any]:
    return {"type": 18, "id": 1, "component": component}


def test_every_kind_of_part_is_read() -> None:
    """As Discord's reference on components shows the responses to each."""
    url = "https://cdn.discordapp.com/fox.png"
    attachment = {
        "id": "90", "filename": "fox.png", "size": 7, "url": url, "proxy_url": url,
        "content_type": "image/png", "ephemeral": True,
    }  # fmt: skip
    form = filled(
        {
            "custom_id": "easel:edit:0",
            "components": [
                {"type": 10, "id": 9},
                in_label({"type": 4, "id": 2, "custom_id": "text", "value": "a fox\n"}),
                in_label({"type": 4, "id": 2, "custom_id": "no text", "value": ""}),
                in_label({"type": 3, "id": 2, "custom_id": "menu", "values": ["b", "a"]}),
                in_label({"type": 3, "id": 2, "custom_id": "no choice", "values": []}),
                in_label({"type": 21, "id": 2, "custom_id": "radio", "value": "c"}),
                in_label({"type": 21, "id": 2, "custom_id": "no radio", "value": None}),
                in_label({"type": 19, "id": 2, "custom_id": "files", "values": ["90"]}),
                {"type": 1, "id": 3, "components": [{"type": 4, "id": 4, "custom_id": "older", "value": "way"}]},
            ],
            "resolved": {"attachments": {"90": attachment}},
        }
    )
    assert form.one("text") == "a fox\n"
    assert form.all("menu") == ("b", "a")
    assert form.one("radio") == "c"
    assert form.one("older") == "way"
    assert [form.one(part) for part in ("no text", "no choice", "no radio", "not there")] == [None] * 4
    assert form.uploads("files") == (Attachment(90, "fox.png", url, 7, "image/png"),)


async def test_a_form_of_another_version(room: Room, monkeypatch: Any) -> None:
    async def show_old_form(interaction: Interaction) -> None:
        part: discord.ui.Label[Any] = discord.ui.Label(text="Old", component=discord.ui.TextInput(custom_id="old"))
        await show_modal(interaction, "of-old", "Old", part, subject="1")

    result = await made(room)
    with monkeypatch.context() as patch:
        patch.setattr(JobButton, "callback", lambda _self, interaction: show_old_form(interaction))
        shown = await press(room.member, result, "Edit")
    await restart(room)
    told = await room.member.submit_modal(shown, {"old": "words"})
    assert told.ephemeral
    assert "older version" in text_of(told.response)


async def test_no_modal_is_kept_in_memory(room: Room) -> None:
    result = await made(room, count=2)
    for label in ("Edit", "Variations", "Delete"):
        await press(room.member, result, label)
    store = room.app.client._connection._view_store  # pyright: ignore[reportPrivateUsage] # nothing else tells
    assert store._modals == {}  # pyright: ignore[reportPrivateUsage]
    assert store._views == {}  # pyright: ignore[reportPrivateUsage]
