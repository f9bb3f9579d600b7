"""What moderators did, and what Easel did on their rules: who, what, when, why, before and after."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What was done. The values are stored for good."""

    POLICY = "policy"
    LIMITS = "limits"
    GRANT = "grant"
    REVOKE = "revoke"
    KEY = "key"
    STYLE = "style"
    WORDS = "words"
    APPROVE = "approve"
    REJECT = "reject"
    EXPIRE = "expire"  # a review that nobody decided on
    TRUST = "trust"
    DISTRUST = "distrust"
    WARN = "warn"
    BLOCK = "block"
    LOWER = "lower"  # limits of one member
    LIFT = "lift"  # of a sanction
    APPEAL = "appeal"  # decided on
    REPORT = "report"  # decided on
    HIDE = "hide"
    RESTORE = "restore"
    DELETE = "delete"  # of a member's result
    PURGE = "purge"
    CANCEL = "cancel"  # of a member's job
    EXPORT = "export"
    WHOIS = "whois"


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One decision. `before` and `after` are JSON values of what changed, without prompts, keys or pictures."""

    guild_id: int
    action: Action
    actor_id: int | None  # a Discord id; None: Easel itself, on the guild's rules; or one who was erased
    at: datetime
    subject_id: int | None = None  # the member whom it concerns
    job_id: str | None = None
    reason: str = ""  # in the actor's words
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    id: int | None = field(default=None, compare=False)  # once it was entered; later ones are higher
