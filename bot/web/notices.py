"""What strangers can bring about is logged now and then only: else they would fill the log."""

import time
from collections.abc import Callable

EVERY_SECONDS = 60.0


class Notices:
    """`now` counts seconds."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._due_at: dict[str, float] = {}

    def due(self, what: str) -> bool:
        """Whether that is to be logged, which it then isn't again for a minute."""
        now = self._now()
        if now < self._due_at.get(what, now):
            return False
        self._due_at[what] = now + EVERY_SECONDS
        return True
