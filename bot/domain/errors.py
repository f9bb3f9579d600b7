"""One class per outcome that a person sees, each with the data that its sentence needs.

The classes carry no sentences: the Discord surface words them (`bot.chat.words`), the command line words its own. An
outcome that ends a job is stored with it (`to_record`), so that it can be worded again after a restart.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


class EaselError(Exception):
    """An outcome. `code` names it in storage and metrics, and never changes once released."""

    code: ClassVar[str] = ""
    _by_code: ClassVar[dict[str, type["EaselError"]]] = {}

    def __init_subclass__(cls, code: str = "") -> None:
        super().__init_subclass__()
        cls.code = code
        if code:
            EaselError._by_code[code] = cls

    def __str__(self) -> str:
        return repr(self)

    def to_record(self) -> dict[str, Any]:
        """The outcome as JSON values: its code and its fields. Only dataclasses with a code can be recorded."""
        return {"code": self.code, **asdict(self)}  # type: ignore[call-overload] # every class with a code is a dataclass

    @staticmethod
    def from_record(record: dict[str, Any]) -> "EaselError":
        """The outcome that `to_record` recorded; `VendorFailure` for a code that this version doesn't know."""
        fields = {k: tuple(v) if isinstance(v, list) else v for k, v in record.items() if k != "code"}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] # JSON has no tuples
        known = EaselError._by_code.get(record["code"])
        return known(**fields) if known else VendorFailure(detail=str(record["code"]))


class RequestRefused(EaselError):
    """What was asked can't be done as asked; nothing was created and nothing is charged."""


@dataclass(unsafe_hash=True)
class PromptEmpty(RequestRefused, code="prompt_empty"):
    pass


@dataclass(unsafe_hash=True)
class PromptTooLong(RequestRefused, code="prompt_too_long"):
    length: int  # characters
    limit: int


@dataclass(unsafe_hash=True)
class UnknownChoice(RequestRefused, code="unknown_choice"):
    field: str
    value: str
    choices: tuple[str, ...]
    model: str = ""  # whose choices these are, as a slug; empty where they are no model's
    instead: tuple[str, ...] = ()  # the models on offer that can do all that was asked


@dataclass(unsafe_hash=True)
class OutOfRange(RequestRefused, code="out_of_range"):
    field: str
    value: int
    minimum: int
    maximum: int


@dataclass(unsafe_hash=True)
class TransparentNeedsAlpha(RequestRefused, code="transparent_needs_alpha"):
    """A transparent background in a format without transparency."""

    output_format: str
    instead: tuple[str, ...]  # the formats that can


@dataclass(unsafe_hash=True)
class NeedsAgeRestriction(RequestRefused, code="needs_age_restriction"):
    """Laxer moderation was asked for in a place that isn't age-restricted, or isn't known to be."""


@dataclass(unsafe_hash=True)
class TooManyPictures(RequestRefused, code="too_many_pictures"):
    count: int
    limit: int


class StyleRefused(RequestRefused):
    """What was asked of a guild's styles can't be done."""


@dataclass(unsafe_hash=True)
class UnknownStyle(StyleRefused, code="unknown_style"):
    name: str
    near: tuple[str, ...]  # names that may have been meant


@dataclass(unsafe_hash=True)
class StyleOutsideGuild(StyleRefused, code="style_outside_guild"):
    """Styles belong to guilds, and this is none."""


@dataclass(unsafe_hash=True)
class StyleNeedsRoom(StyleRefused, code="style_needs_room"):
    """The style's reference pictures and the member's own are more than the model takes."""

    name: str
    brings: int
    limit: int  # pictures that a member may add


@dataclass(unsafe_hash=True)
class BadStyleName(StyleRefused, code="bad_style_name"):
    limit: int  # characters


@dataclass(unsafe_hash=True)
class EmptyStyle(StyleRefused, code="empty_style"):
    """A style that would change nothing."""


@dataclass(unsafe_hash=True)
class TooManyStyles(StyleRefused, code="too_many_styles"):
    limit: int


@dataclass(unsafe_hash=True)
class StyleNameTaken(StyleRefused, code="style_name_taken"):
    name: str


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


class PictureRefused(RequestRefused):
    """One of the attached pictures can't be used."""


@dataclass(unsafe_hash=True)
class NotAPicture(PictureRefused, code="not_a_picture"):
    filename: str


@dataclass(unsafe_hash=True)
class UnsupportedPicture(PictureRefused, code="unsupported_picture"):
    """A real picture in a format that isn't taken, HEIC above all."""

    filename: str
    format: str
    accepted: tuple[str, ...]


@dataclass(unsafe_hash=True)
class DamagedPicture(PictureRefused, code="damaged_picture"):
    """Its header is a picture's, but it can't be decoded to the end: truncated or corrupt."""

    filename: str


@dataclass(unsafe_hash=True)
class PictureNotKept(PictureRefused, code="picture_not_kept"):
    """It belongs to an earlier request or to a style, and isn't kept any longer."""

    filename: str


@dataclass(unsafe_hash=True)
class PictureTooHeavy(PictureRefused, code="picture_too_heavy"):
    filename: str
    size: int  # bytes; where reading was stopped at the limit, what was declared or read until then
    limit: int  # bytes


@dataclass(unsafe_hash=True)
class PictureTooLarge(PictureRefused, code="picture_too_large"):
    """More pixels than are decoded: a decompression bomb, or a picture beyond any use here."""

    filename: str
    width: int
    height: int
    limit: int  # pixels, width times height


@dataclass(unsafe_hash=True)
class PictureUnreadable(PictureRefused, code="picture_unreadable"):
    """It could not be fetched: gone, expired, or on a host that is not allowed."""

    filename: str


@dataclass(unsafe_hash=True)
class ContentFlagged(RequestRefused, code="content_flagged"):
    """The moderation endpoint scores the prompt, or a picture, above what the guild allows."""

    categories: tuple[str, ...]  # as the vendor names them


@dataclass(unsafe_hash=True)
class CheckUnavailable(RequestRefused, code="check_unavailable"):
    """The moderation endpoint could not be asked, and the guild lets nothing pass unchecked."""


class AdmissionRefused(EaselError):
    """A sound request that may not run now."""


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


class RunFailed(EaselError):
    """An admitted job that ended without pictures."""


@dataclass(unsafe_hash=True)
class SafetyRefusal(RunFailed, code="safety_refusal"):
    """The model's safety system refused the prompt or what came of it (Replicate's E005). A second try may pass."""


@dataclass(unsafe_hash=True)
class OutOfCredit(RunFailed, code="out_of_credit"):
    """Replicate answered 402, or E001."""

    of_guild: bool = False  # the account is one that the guild has brought


@dataclass(unsafe_hash=True)
class BadToken(RunFailed, code="bad_token"):
    """Replicate (401, E002) doesn't accept the token or key."""

    of_guild: bool = False  # it is one that the guild has brought


@dataclass(unsafe_hash=True)
class VendorBusy(RunFailed, code="vendor_busy"):
    """High demand or a rate limit that outlasted our patience (E003, E004, 429, 5xx)."""


@dataclass(unsafe_hash=True)
class TimedOut(RunFailed, code="timed_out"):
    after: int  # seconds


@dataclass(unsafe_hash=True)
class InputRejected(RunFailed, code="input_rejected"):
    """Replicate says that the input is wrong (422, E006)."""

    detail: str  # the vendor's words, shortened


@dataclass(unsafe_hash=True)
class NothingReturned(RunFailed, code="nothing_returned"):
    """The run succeeded with no picture in it, which is how some refusals look."""


@dataclass(unsafe_hash=True)
class PicturesGone(RunFailed, code="pictures_gone"):
    """The run succeeded but its files can't be fetched; Replicate forgets them an hour after the end."""


@dataclass(unsafe_hash=True)
class UnknownFate(RunFailed, code="unknown_fate"):
    """It can't be known whether the create reached Replicate; it is never sent again."""


@dataclass(unsafe_hash=True)
class Canceled(RunFailed, code="canceled"):
    """Stopped on the wish of a person. Replicate bills what had begun."""

    by_moderator: bool = False


@dataclass(unsafe_hash=True)
class ReviewRejected(RunFailed, code="review_rejected"):
    reason: str  # in the reviewer's words


@dataclass(unsafe_hash=True)
class ReviewExpired(RunFailed, code="review_expired"):
    """No reviewer has decided in time."""


@dataclass(unsafe_hash=True)
class AwaitsReview(EaselError, code="awaits_review"):
    """Why a job waits: a reviewer has yet to decide on it."""

    stage: str  # a value of `ReviewStage`
    until: int  # Unix time, seconds


@dataclass(unsafe_hash=True)
class MemberBarred(RunFailed, code="member_barred"):
    """By the time the pictures can be shown, the guild has timed the member out or blocked them."""

    blocked: bool  # else timed out
    until: int | None  # Unix time, seconds; None: for good


@dataclass(unsafe_hash=True)
class InternalFailure(RunFailed, code="internal_failure"):
    """A mistake of our own, that no repetition got past."""


@dataclass(unsafe_hash=True)
class VendorFailure(RunFailed, code="vendor_failure"):
    """Any other failure at Replicate."""

    detail: str  # its code such as E6716, or its words, shortened
