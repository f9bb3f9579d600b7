"""Sound requests that may not run now: limits, places, and the rules of a guild."""

from dataclasses import dataclass

from bot.domain.errors.base import AdmissionRefused


class OverLimit(AdmissionRefused):
    """A limit of `bot.domain.quota` keeps the request out. Numbers are pictures, or micro-dollars where `unit` is
    `amount`."""


@dataclass(unsafe_hash=True)
class LimitReached(OverLimit, code="limit_reached"):
    """What was asked doesn't fit into what is left of a period. The strings are values of `Scope`, `Period`, `Unit`."""

    scope: str
    period: str
    unit: str
    limit: int
    used: int  # spent or held
    asked: int
    resets_at: int  # Unix time, seconds
    role_id: int | None = None  # whose limit it is, where not all members have it
    lowered: bool = False  # by a sanction, for the member alone
    granted: int = 0  # pictures that one request may still be for, from a grant


@dataclass(unsafe_hash=True)
class RequestOverLimit(OverLimit, code="request_over_limit"):
    """One request may not be as large as this."""

    unit: str
    limit: int
    asked: int


@dataclass(unsafe_hash=True)
class CoolingDown(OverLimit, code="cooling_down"):
    """Too soon after the member's last request."""

    cooldown: int  # seconds
    until: int  # Unix time, seconds


@dataclass(unsafe_hash=True)
class MissingPermissions(AdmissionRefused, code="missing_permissions"):
    """The bot may not do what an answer with pictures needs, in this channel. Names as discord.py spells Discord's."""

    permissions: tuple[str, ...]


@dataclass(unsafe_hash=True)
class PlaceNotAllowed(AdmissionRefused, code="place_not_allowed"):
    """The operator doesn't allow requests from such a place."""

    by_user: bool  # as an app that the user has installed; else in a direct message


class RuledOut(AdmissionRefused):
    """The guild's rules keep the request out."""


@dataclass(unsafe_hash=True)
class ClosedHere(RuledOut, code="closed_here"):
    """Easel isn't to be used in this channel."""


@dataclass(unsafe_hash=True)
class RoleNeeded(RuledOut, code="role_needed"):
    role_ids: tuple[int, ...]  # of which one is needed


@dataclass(unsafe_hash=True)
class MemberTooNew(RuledOut, code="member_too_new"):
    days: int  # of membership that are needed
    until: int  # Unix time, seconds


@dataclass(unsafe_hash=True)
class ChoiceNotAllowed(RuledOut, code="choice_not_allowed"):
    field: str
    value: str
    allowed: tuple[str, ...]  # of a count the most


@dataclass(unsafe_hash=True)
class MemberTimedOut(RuledOut, code="member_timed_out"):
    """Discord keeps the member from talking in the guild for now."""

    until: int  # Unix time, seconds


@dataclass(unsafe_hash=True)
class MemberBlocked(RuledOut, code="member_blocked"):
    """Moderators, or the guild's ladder, have blocked the member."""

    sanction_id: int
    until: int | None  # Unix time, seconds; None: for good
    reason: str  # in a moderator's words, for the member alone


@dataclass(unsafe_hash=True)
class WordBlocked(RuledOut, code="word_blocked"):
    """The prompt says what the guild's words, or its AutoMod rules, don't allow. Which is not its member's to know."""

    in_style: bool = False  # the style that was chosen says it


@dataclass(unsafe_hash=True)
class StoreUnavailable(AdmissionRefused, code="store_unavailable"):
    """The database can't take the job now."""
