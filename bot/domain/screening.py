"""What a guild lets pass of what the moderation endpoint judges."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Strictness(StrEnum):
    """How sure the endpoint has to be until something is refused."""

    OFF = "off"
    LAX = "lax"
    NORMAL = "normal"
    STRICT = "strict"

    @property
    def threshold(self) -> float:
        """The score from which something is refused."""
        return _THRESHOLDS[self]

    @classmethod
    def of(cls, threshold: float) -> "Strictness":
        """The laxest that refuses all that the threshold does."""
        return next(each for each in cls if each.threshold <= threshold or each is cls.STRICT)


_THRESHOLDS: Mapping[Strictness, float] = {
    Strictness.OFF: 2.0,  # no score is above 1
    Strictness.LAX: 0.8,
    Strictness.NORMAL: 0.5,
    Strictness.STRICT: 0.2,
}

DEFAULTS: Mapping[str, Strictness] = {
    "sexual/minors": Strictness.STRICT,
    "sexual": Strictness.NORMAL,
    "violence": Strictness.LAX,
    "violence/graphic": Strictness.NORMAL,
    "hate": Strictness.NORMAL,
    "hate/threatening": Strictness.NORMAL,
    "harassment": Strictness.LAX,
    "harassment/threatening": Strictness.NORMAL,
    "self-harm": Strictness.NORMAL,
    "self-harm/intent": Strictness.NORMAL,
    "self-harm/instructions": Strictness.NORMAL,
    "illicit": Strictness.LAX,
    "illicit/violent": Strictness.NORMAL,
}
"""By category, as OpenAI names them. One that is new there is judged normally."""

FIXED = frozenset({"sexual/minors"})
"""Categories that no guild can make laxer."""


@dataclass(frozen=True, slots=True)
class Screening:
    """Whether and how strictly prompts and input pictures are judged, wherever there is a key for it."""

    on: bool = True
    thresholds: Mapping[str, float] = field(default_factory=dict[str, float])  # where they differ from the defaults
    closed: bool = False  # what can't be judged is refused; else it goes on to the model, which has its own safety

    def strictness(self, category: str) -> Strictness:
        return Strictness.of(self._threshold(category))

    def with_strictness(self, category: str, strictness: Strictness) -> "Screening":
        """Raises `ValueError` for a category that is fixed."""
        if category in FIXED:
            raise ValueError(category)
        return replace(self, thresholds={**self.thresholds, category: strictness.threshold})

    def flagged(self, scores: Mapping[str, float]) -> tuple[str, ...]:
        """The categories that are refused, the surest first."""
        over = [each for each, score in scores.items() if score >= self._threshold(each)]
        return tuple(sorted(over, key=lambda each: (-scores[each], each)))

    def _threshold(self, category: str) -> float:
        default = DEFAULTS.get(category, Strictness.NORMAL).threshold
        return default if category in FIXED else self.thresholds.get(category, default)
