"""What a message says, for the tour and for tests: a Components V2 message has no content to read."""

from typing import Any

from simcord.results import ResponseMessage


def components_of(response: ResponseMessage | None, kind: int | None = None) -> list[dict[str, Any]]:
    """All components of the message, top to bottom; of one type (Discord's number for it), where that is given."""
    found: list[dict[str, Any]] = []

    def walk(component: dict[str, Any]) -> None:
        if kind is None or component.get("type") == kind:
            found.append(component)
        for child in component.get("components", []):
            walk(child)

    for component in response.components if response else []:
        walk(component)
    return found


def text_of(response: ResponseMessage | None) -> str:
    """All text of the message, top to bottom; its content, where it is no Components V2 message."""
    shown = [str(component["content"]) for component in components_of(response) if "content" in component]
    return "\n".join(shown) or (response.content if response else "")
