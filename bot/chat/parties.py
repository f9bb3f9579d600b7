"""Whose limits a guild's moderators may set, and the sheets on which each one's are entered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.chat.entries import amount_text, pause_text, pictures_text, read_amount, read_pause, read_pictures
from bot.chat.words import limits_panel as words
from bot.domain.quota import Allowance, GuildLimits, UsageLimits


@dataclass(frozen=True, slots=True)
class Party:
    """`key` is "server" (all members together), "member" (each), or the id of a role, as it stands in `custom_id`s."""

    key: str

    @property
    def role_id(self) -> int | None:
        return int(self.key) if self.key.isdecimal() else None

    def limits(self, held: GuildLimits) -> UsageLimits:
        """What is set for the party itself."""
        if self.role_id is not None:
            return held.roles.get(self.role_id, UsageLimits())
        return held.guild if self == SERVER else held.member

    def changed(self, held: GuildLimits, limits: UsageLimits) -> GuildLimits:
        """Raises `TooManyRoles`."""
        if self.role_id is not None:
            return held.with_role(self.role_id, limits)
        return replace(held, guild=limits) if self == SERVER else replace(held, member=limits)


SERVER = Party("server")
MEMBER = Party("member")


def role_party(role_id: int, guild_id: int) -> Party:
    """Everyone's role, which has the guild's id, is each member's."""
    return MEMBER if role_id == guild_id else Party(str(role_id))


class Sheet(StrEnum):
    """Limits that are entered together."""

    PICTURES = "pictures"
    AMOUNTS = "amounts"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Entry:
    """One limit on a sheet. `kind` is "pictures", "amount" or "pause"; `part` names the allowance that it is in."""

    kind: str
    part: str

    def of(self, limits: UsageLimits) -> int | None:
        if self.kind == "pause":
            return limits.cooldown
        allowance: Allowance = getattr(limits, self.part)
        return allowance.pictures if self.kind == "pictures" else allowance.amount

    def put(self, limits: UsageLimits, value: int | None) -> UsageLimits:
        if self.kind == "pause":
            return replace(limits, cooldown=value)
        allowance: Allowance = getattr(limits, self.part)
        return replace(limits, **{self.part: replace(allowance, **{self.kind: value})})

    def text(self, limits: UsageLimits) -> str:
        """As it is entered; "" where it isn't set."""
        return _WRITTEN[self.kind](self.of(limits))

    def read(self, text: str) -> int | None:
        """Raises `BadEntry`."""
        return _READ[self.kind](text)


_WRITTEN: Mapping[str, Callable[[int | None], str]] = {
    "pictures": pictures_text,
    "amount": amount_text,
    "pause": pause_text,
}
_READ: Mapping[str, Callable[[str], int | None]] = {
    "pictures": read_pictures,
    "amount": read_amount,
    "pause": read_pause,
}
_PERIODS = ("day", "week", "month")

SHEETS: Mapping[Sheet, Sequence[Entry]] = {
    Sheet.PICTURES: [Entry("pictures", each) for each in _PERIODS],
    Sheet.AMOUNTS: [Entry("amount", each) for each in _PERIODS],
    Sheet.REQUEST: [Entry("pictures", "request"), Entry("amount", "request"), Entry("pause", "request")],
}


def sheets_of(party: Party) -> Sequence[Sheet]:
    """All members together have no limits by request."""
    return (Sheet.PICTURES, Sheet.AMOUNTS) if party == SERVER else tuple(Sheet)


def sheet_label(sheet: Sheet) -> str:
    match sheet:
        case Sheet.PICTURES:
            return words.pictures_label()
        case Sheet.AMOUNTS:
            return words.amounts_label()
        case Sheet.REQUEST:
            return words.request_label()
