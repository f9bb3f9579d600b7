"""From bytes to JSON values, without trust in their shape."""

import json
import re
from typing import Any, TypeAlias, cast

JsonObject: TypeAlias = dict[str, Any]


class MalformedAnswer(ValueError):
    """What came is not what Replicate's API documents; nothing in it is to be relied on."""


_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""How JSON writes half a character that takes two of UTF-16's units: alone it is none, and can't be sent or stored."""


def decode(body: bytes) -> Any:
    """The JSON value in a body, all its text whole: half a character becomes "?". Raises `MalformedAnswer`."""
    try:
        written = body.decode("utf-8-sig")
        value = json.loads(written)
        if _HALF.search(written):
            value = json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
        return value
    except (ValueError, RecursionError):
        pass
    # Raised here, so that the parser's error, which holds the whole body, is not dragged along as the context.
    raise MalformedAnswer("not JSON")


def as_object(value: object, what: str) -> JsonObject:
    """The value, if it is a JSON object. Raises `MalformedAnswer`, naming `what` it was to be."""
    if not isinstance(value, dict):
        raise MalformedAnswer(f"{what} is no object")
    return cast("JsonObject", value)


def text(value: object) -> str:
    """The value if it is a string, else the empty one."""
    return value if isinstance(value, str) else ""
