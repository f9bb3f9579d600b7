"""What a message says, for the terminal and for tests: a Components V2 message has no content to read."""

import re
from collections.abc import Mapping
from datetime import datetime
from math import floor
from typing import Any

import discord
from simcord.results import ResponseMessage

_UNITS = (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60))

_TIMESTAMP = re.compile(r"<t:(\d+)(?::\w)?>")
_MENTION = re.compile(r"<[@#]!?(\d+)>")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_LINE_MARKS = re.compile(r"^(?:-# |#{1,3} )", re.MULTILINE)


def components_of(message: ResponseMessage | discord.Message | None, kind: int | None = None) -> list[dict[str, Any]]:
    """All components of the message, top to bottom; of one type (Discord's number for it), where that is given."""
    found: list[dict[str, Any]] = []

    def walk(component: dict[str, Any]) -> None:
        if kind is None or component.get("type") == kind:
            found.append(component)
        for child in component.get("components", []):
            walk(child)
        if "accessory" in component:
            walk(component["accessory"])

    for component in message.components if message else ():
        walk(component if isinstance(component, dict) else {**component.to_dict()})
    return found


def text_of(message: ResponseMessage | discord.Message | None) -> str:
    """All text of the message, top to bottom; its content, where it is no Components V2 message."""
    shown = [str(component["content"]) for component in components_of(message) if "content" in component]
    return "\n".join(shown) or (message.content if message else "")


def plain(text: str, names: Mapping[int, str], at: datetime) -> str:
    """The text as it is read at that moment: without marks, with names for ids and words for relative timestamps."""
    text = _TIMESTAMP.sub(lambda found: relative(int(found[1]), at), text)
    text = _MENTION.sub(lambda found: names.get(int(found[1]), found[0]), text)
    text = _LINE_MARKS.sub("", _LINK.sub(r"\1", text))
    return re.sub(r"\\(\W)", r"\1", text.replace("**", ""))


def relative(unix: int, at: datetime) -> str:
    """A relative timestamp in words: "in 5 minutes", "1 second ago", "now". It turns over when the page's does."""
    seconds = unix - at.timestamp()
    unit, length = next((each for each in _UNITS if abs(seconds) >= each[1]), ("second", 1))
    count = floor(seconds / length + 0.5)
    if count == 0:
        return "now"
    words = f"{abs(count)} {unit}" if abs(count) == 1 else f"{abs(count)} {unit}s"
    return f"in {words}" if count > 0 else f"{words} ago"
