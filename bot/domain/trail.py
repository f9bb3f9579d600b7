"""What moderators did, and what Easel did on their rules: who, what, when, why, before and after."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    actor_id: int | None  # a Discord id; None: Easel itself, on the guild's rules; 0: one who was erased
    at: datetime
    subject_id: int | None = None  # the member whom it concerns; 0: one who was erased
    job_id: str | None = None
    reason: str = ""  # in the actor's words
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    id: int | None = field(default=None, compare=False)  # once it was entered; later ones are higher

    def narrowed(self) -> "TrailEntry | None":
        """The entry with no more of `before` and `after` than what differs; None where nothing does."""
        before, after = difference(self.before or {}, self.after or {})
        return replace(self, before=before, after=after) if before != after else None


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What two JSON objects don't share, of each, at whatever depth. What one of them doesn't have is None there, and
    lists of the same values are the same."""
    was: dict[str, Any] = {}
    now: dict[str, Any] = {}
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if _is_object(old) or _is_object(new):
            inner_was, inner_now = difference(old or {}, new or {})
            if inner_now:
                was[name], now[name] = inner_was, inner_now
        elif _comparable(old) != _comparable(new):
            was[name], now[name] = old, new
    return was, now


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)


def _comparable(value: Any) -> Any:
    return sorted(map(repr, value)) if isinstance(value, list) else value  # pyright: ignore[reportUnknownArgumentType] # JSON
