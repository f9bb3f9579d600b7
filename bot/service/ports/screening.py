"""What judges prompts and pictures by what they show, as a port."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain.request import InputImage


class CheckFailed(Exception):
    """There is no judgement: the classifier can't be reached, is busy, or doesn't take the key. The message says why,
    without the key."""


class Classifier(Protocol):
    async def classify(
        self, account: str, text: str, pictures: Sequence[tuple[InputImage, bytes]]
    ) -> Mapping[str, float]:
        """By category, as the vendor names them, the highest score (0 to 1) of the text and of any picture; empty where
        there is no key for the account's jobs. Raises `CheckFailed` within ten seconds."""
        ...

    async def has_key(self, guild_id: int | None) -> bool:
        """Whether there is a key for the jobs of a guild. May raise `StoreUnavailable` of `bot.domain.errors`."""
        ...
