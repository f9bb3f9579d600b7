"""Paths and bodies of bare calls."""

from typing import Any

from tests.wire.discord_server import Interaction
from tests.wire.rules import IS_COMPONENTS_V2, JSON


def text(content: str = "x") -> JSON:
    return {"type": 10, "content": content}


def gallery(*urls: str) -> JSON:
    return {"type": 12, "items": [{"media": {"url": url}} for url in urls]}


def buttons(*custom_ids: str) -> JSON:
    return {"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": each} for each in custom_ids]}


def card(*components: JSON) -> JSON:
    return {"flags": IS_COMPONENTS_V2, "components": list(components)}


def option(**changes: Any) -> JSON:
    """An option of a slash command."""
    return {"type": 3, "name": "x", "description": "x"} | changes


def callback(interaction: Interaction) -> str:
    return f"/interactions/{interaction.id}/{interaction.token}/callback?with_response=true"


def webhook(interaction: Interaction, message: str = "") -> str:
    path = f"/webhooks/{interaction.world.application_id}/{interaction.token}"
    return f"{path}/messages/{message}" if message else path
