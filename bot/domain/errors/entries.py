"""What a moderator entered or chose can't be used. Nothing is changed then."""

from dataclasses import dataclass

from bot.domain.errors.base import RequestRefused


class EntryRefused(RequestRefused):
    """What a moderator entered can't be used. Nothing is changed."""


@dataclass(unsafe_hash=True)
class BadEntry(EntryRefused, code="bad_entry"):
    """It can't be read as what it has to be."""

    kind: str  # "pictures", "amount", "pause", "end"
    text: str


@dataclass(unsafe_hash=True)
class EndPassed(EntryRefused, code="end_passed"):
    """It would end before it begins."""


@dataclass(unsafe_hash=True)
class EndTooFar(EntryRefused, code="end_too_far"):
    limit: int  # days


@dataclass(unsafe_hash=True)
class UnknownTimeZone(EntryRefused, code="unknown_time_zone"):
    name: str
    near: tuple[str, ...]  # names that may have been meant


@dataclass(unsafe_hash=True)
class TooManyRoles(EntryRefused, code="too_many_roles"):
    """So many roles have limits of their own already."""

    limit: int


@dataclass(unsafe_hash=True)
class BadLadder(EntryRefused, code="bad_ladder"):
    """A line can't be read as a rung."""

    line: str


@dataclass(unsafe_hash=True)
class BadRungs(EntryRefused, code="bad_rungs"):
    """There are too many of them, or two for as many strikes."""

    limit: int


class OutOfReach(EntryRefused):
    """A moderator may not impose anything on that member."""


@dataclass(unsafe_hash=True)
class NotOneself(OutOfReach, code="not_oneself"):
    pass


@dataclass(unsafe_hash=True)
class NotABot(OutOfReach, code="not_a_bot"):
    user_id: int


@dataclass(unsafe_hash=True)
class RanksTooHigh(OutOfReach, code="ranks_too_high"):
    """The member owns the guild, administers it, or has a role as high as the moderator's highest."""

    user_id: int


@dataclass(unsafe_hash=True)
class NotAMember(EntryRefused, code="not_a_member"):
    """The one who was named isn't in the guild, or is a bot."""

    user_id: int


class SettingRefused(EntryRefused):
    """What a moderator chose can't be set."""


@dataclass(unsafe_hash=True)
class CannotPost(SettingRefused, code="cannot_post"):
    """The bot can't post pictures in the channel. Names of permissions as discord.py spells Discord's."""

    channel_id: int
    permissions: tuple[str, ...]


@dataclass(unsafe_hash=True)
class ReviewNeedsChannel(SettingRefused, code="review_needs_channel"):
    """Nobody would find what waits."""


@dataclass(unsafe_hash=True)
class ChannelNeededForReview(SettingRefused, code="channel_needed_for_review"):
    """The channel is the only one that shows what waits."""


@dataclass(unsafe_hash=True)
class BadWord(EntryRefused, code="bad_word"):
    """An entry of a list of words can't be used."""

    line: int  # of what was entered, from 1
    entry: str
    problem: str  # "empty", "too_long", "pattern", "matches_all", "too_complex"
    detail: str = ""  # the limit, or what the engine of patterns says


@dataclass(unsafe_hash=True)
class TooManyWords(EntryRefused, code="too_many_words"):
    kind: str  # "phrases", "patterns"
    limit: int


@dataclass(unsafe_hash=True)
class NoWordList(EntryRefused, code="no_word_list"):
    """The file can't be read as a list of words: it is too large, or no text in UTF-8."""

    limit: int  # bytes
