"""What needs the operator: an incident begins, lasts for as long as it is seen, and is over after a quiet while."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

SETTLED = timedelta(minutes=3)
"""How long what lasts must not have been seen to be over. What comes and goes faster is one incident."""


class IncidentKind(StrEnum):
    REPLICATE_TOKEN = "replicate_token"  # noqa: S105 # Replicate refuses it
    NO_CREDIT = "no_credit"  # nor has Replicate's account any left
    OPENAI_KEY = "openai_key"  # OpenAI refuses it, or it is out of credit
    DATABASE = "database"  # it couldn't be used
    BLOBS = "blobs"  # the directory of kept pictures can't be used
    DISK = "disk"  # it is nearly full
    WEBHOOKS = "webhooks"  # they are asked for, and none arrives
    MISTAKE = "mistake"  # a job was given up for a reason of ours
    SESSION_STARTS = "session_starts"  # few are left for the day
    SPENDING = "spending"  # near a ceiling, or at it
    DEAD_PROCESS = "dead_process"  # one was taken for dead
    QUEUE = "queue"  # requests wait for too long


@dataclass(frozen=True, slots=True)
class Incident:
    """`words` tell the operator what is the matter and what to do, without secrets and without what members wrote.

    `subject` tells those of one kind apart. One that is seen again within `quiet` is the same one still. A `passing`
    one has no end worth telling of.
    """

    kind: IncidentKind
    words: str
    subject: str = ""
    quiet: timedelta = SETTLED
    passing: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind} {self.subject}"
