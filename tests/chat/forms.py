"""Modals as members see them, and a bot that was restarted while they did."""

from typing import Any

from simcord.results import InteractionResult

from bot.chat.client import EaselClient
from bot.demo.room import Room
from bot.domain.roles import Shards


async def restart(room: Room) -> None:
    """Let another bot take over that knows nothing of what this one has shown."""
    client = EaselClient(shards=Shards.every(1))
    client.open_studio(room.app.client.studio)
    await room.env.restart_bot(client)


def parts(shown: InteractionResult) -> dict[str, dict[str, Any]]:
    """What can be filled in of the modal that answered, by its `custom_id`."""
    modal = shown._interaction.modal  # pyright: ignore[reportPrivateUsage] # there is no other way to look at one
    assert modal is not None, "it is answered by a modal"
    labels = [part for part in modal["components"] if "component" in part]
    return {label["component"]["custom_id"]: label["component"] for label in labels}


def offered(shown: InteractionResult, part: str) -> dict[str, str]:
    """The values of a menu in the modal, by their labels."""
    return {each["label"]: each["value"] for each in parts(shown)[part]["options"]}


def chosen(shown: InteractionResult, part: str) -> list[str]:
    """The labels of what is chosen in a menu of the modal as it opens."""
    return [each["label"] for each in parts(shown)[part]["options"] if each.get("default")]
