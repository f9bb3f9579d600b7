"""A member's word against a decision, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LONGEST_APPEAL = 1000
"""Characters, of the member's text and of the answer."""


class MatterKind(StrEnum):
    SANCTION = "sanction"  # its id
    JOB = "job"  # a request that was rejected, or pictures that were taken down: the job's id
    REFUSAL = "refusal"  # of what was asked for, by the guild's rules: all of a day's in a guild are one matter


@dataclass(frozen=True, slots=True)
class Matter:
    """What an appeal is about. A member appeals once about each."""

    kind: MatterKind
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"

    @classmethod
    def parse(cls, text: str) -> "Matter":
        """The matter of its `str`. Raises `ValueError`."""
        kind, _, key = text.partition(":")
        return cls(MatterKind(kind), key)

    @classmethod
    def refusal(cls, guild_id: int, at: datetime) -> "Matter":
        return cls(MatterKind.REFUSAL, f"{guild_id}-{at:%Y%m%d}")

    @property
    def guild_id(self) -> int | None:
        """Of a refusal, which names its guild itself."""
        return int(self.key.partition("-")[0]) if self.kind is MatterKind.REFUSAL else None

    @property
    def sanction_id(self) -> int | None:
        return int(self.key) if self.kind is MatterKind.SANCTION else None

    @property
    def job_id(self) -> str | None:
        return self.key if self.kind is MatterKind.JOB else None


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal as it stands: `granted` is None until somebody decides."""

    guild_id: int
    member_id: int | None  # a Discord id; None: of somebody who was erased
    about: Matter
    text: str
    made_at: datetime
    channel_id: int | None = None  # of the reviewers' card; None: it isn't posted anywhere
    message_id: int | None = None
    granted: bool | None = None
    decided_at: datetime | None = None
    decided_by: int | None = None
    answer: str = ""
    id: int | None = None  # once it was made
