"""Findings made small, so that a reader sees what it is about."""

import traceback
from collections.abc import Callable

TRIES = 2_000


def fails(check: Callable[[bytes], None], data: bytes) -> str | None:
    """What the check raises, and where; None where it takes the input."""
    try:
        check(data)
    except Exception as error:  # noqa: BLE001 # whatever it is, it is the finding
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} {place.filename}:{place.lineno}"
    return None


def minimised(check: Callable[[bytes], None], data: bytes) -> bytes:
    """The input with all left out that isn't needed to raise the same. As it was, where it raises nothing here: what
    hangs or eats memory can't be tried again and again."""
    wanted = fails(check, data)
    if wanted is None:
        return data
    size, tries = len(data) // 2, 0
    while size and tries < TRIES:
        at, shorter = 0, data
        while at < len(shorter) and tries < TRIES:
            tried = shorter[:at] + shorter[at + size :]
            tries += 1
            if fails(check, tried) == wanted:
                shorter = tried
            else:
                at += size
        size = size if len(shorter) < len(data) and size > 1 else size // 2
        data = shorter
    return data
