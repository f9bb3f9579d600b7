"""A guild's rules: what may be asked, by whom and where, and what is looked at before it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.catalog import Model
from bot.domain.errors import ChoiceNotAllowed, ClosedHere, MemberTimedOut, MemberTooNew, RoleNeeded
from bot.domain.options import Options
from bot.domain.request import ImageRequest
from bot.domain.sanction import Ladder
from bot.domain.screening import Screening

LONGEST_REVIEW = timedelta(days=7)
"""However long a guild lets its reviewers take: what is reviewed has to be kept for as long."""


class Spoilers(StrEnum):
    """Which pictures are veiled until they are clicked."""

    NEVER = "never"
    AGE_RESTRICTED = "age_restricted"  # those in channels for adults
    ALWAYS = "always"


class ReviewOf(StrEnum):
    """Whose requests are reviewed. A rule may name several."""

    EVERYONE = "everyone"
    NEW_MEMBERS = "new_members"
    EDITS = "edits"  # requests that are made from pictures
    ROLES = "roles"


class ReviewStage(StrEnum):
    """What a reviewer decides on."""

    REQUEST = "request"  # prompt and inputs, before anything is spent
    RESULT = "result"  # the pictures, before anybody else sees them


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and where, as the interaction tells. Outside of guilds there are no roles, and nobody moderates."""

    member_id: int
    guild_id: int | None
    channel_id: int
    parent_id: int | None = None  # the channel that a thread is in
    role_ids: frozenset[int] = frozenset()
    joined_at: datetime | None = None
    timed_out_until: datetime | None = None
    moderator: bool = False  # who may review needn't be reviewed
    age_restricted: bool | None = None  # None: it can't be told


@dataclass(frozen=True, slots=True)
class Review:
    """Whose requests wait for a reviewer, and at which stages; nobody's where `of` is empty."""

    of: frozenset[ReviewOf] = frozenset()
    stages: frozenset[ReviewStage] = frozenset({ReviewStage.REQUEST})
    role_ids: frozenset[int] = frozenset()  # for `ROLES`
    new_member_days: int = 7  # for `NEW_MEMBERS`

    def stages_for(self, asker: Asker, request: ImageRequest, now: datetime) -> frozenset[ReviewStage]:
        """The stages at which this request waits. Moderators aren't reviewed: they could approve it themselves."""
        if asker.moderator:
            return frozenset()
        new = asker.joined_at is None or now - asker.joined_at < timedelta(days=self.new_member_days)
        concerned = {
            ReviewOf.EVERYONE: True,
            ReviewOf.NEW_MEMBERS: new,
            ReviewOf.EDITS: request.picture_count > 0,
            ReviewOf.ROLES: bool(self.role_ids & asker.role_ids),
        }
        return self.stages if any(concerned[each] for each in self.of) else frozenset()


@dataclass(frozen=True, slots=True)
class Oversight:
    """What stands between a job and its pictures, as was found at its admission."""

    screened: bool = False  # prompt and inputs are put to the moderation endpoint before anything is spent
    review: frozenset[ReviewStage] = frozenset()


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in a guild, or in one channel of it, whose rules go over the guild's one by one. None leaves a rule
    to the guild, or to the default."""

    open: bool | None = None  # may Easel be used at all
    role_ids: tuple[int, ...] | None = None  # one of which is needed; none at all where empty
    membership_days: int | None = None  # since the member joined
    models: tuple[str, ...] | None = None
    qualities: tuple[str, ...] | None = None
    most_pictures: int | None = None  # of one request
    low_moderation: bool | None = None  # may the vendor be asked to moderate less, where the operator allows it, too
    review: Review | None = None
    spoilers: Spoilers | None = None

    def over(self, others: "Rules") -> "Rules":
        """These rules, and the others' where these leave it open."""
        return Rules(
            **{
                each.name: mine if (mine := getattr(self, each.name)) is not None else getattr(others, each.name)
                for each in fields(self)
            }
        )

    def check(self, request: ImageRequest, asker: Asker, now: datetime) -> None:
        """Raise the first rule that keeps the request out: `ClosedHere`, `RoleNeeded`, `MemberTooNew`, or
        `ChoiceNotAllowed`."""
        if self.open is False:
            raise ClosedHere
        if self.role_ids and not asker.role_ids.intersection(self.role_ids):
            raise RoleNeeded(self.role_ids)
        if self.membership_days:
            since = asker.joined_at or now
            until = since + timedelta(days=self.membership_days)
            if now < until:
                raise MemberTooNew(self.membership_days, int(until.timestamp()))
        for name, allowed in (("model", self.models), ("quality", self.qualities)):
            if allowed and getattr(request, name) not in allowed:
                raise ChoiceNotAllowed(name, getattr(request, name), allowed)
        if self.most_pictures is not None and request.count > self.most_pictures:
            raise ChoiceNotAllowed("count", str(request.count), (str(self.most_pictures),))
        if request.moderation == "low" and not self.low_moderation:
            raise ChoiceNotAllowed("moderation", "low", ("auto",))

    def allows_model(self, slug: str) -> bool:
        return not self.models or slug in self.models

    def nearest(self, defaults: Options, model: Model) -> Options:
        """Those of the defaults that the rules allow, and of the others the nearest that they do: what nobody chose for
        this request must never refuse it."""
        quality, count, moderation = defaults.quality, defaults.count, defaults.moderation
        if quality is not None and self.qualities and quality not in self.qualities:
            quality = self._nearest_quality(quality, model)
        if count is not None and self.most_pictures is not None:
            count = min(count, self.most_pictures)
        if moderation == "low" and not self.low_moderation:
            moderation = None
        return replace(defaults, quality=quality, count=count, moderation=moderation)

    def _nearest_quality(self, quality: str, model: Model) -> str | None:
        """Of those that are allowed and that the model can do, the next lower, else the next higher. What is automatic
        is billed as the highest, and is listed as such."""
        listed = model.choices("quality")
        allowed = [each for each in listed if each in (self.qualities or ())]
        if quality not in listed or not allowed:
            return next(iter(allowed), None)
        lower = [each for each in allowed if listed.index(each) < listed.index(quality)]
        return lower[-1] if lower else allowed[0]

    def spoiler(self, *, age_restricted: bool) -> bool:
        """Whether pictures are veiled in a channel that is, or isn't, for adults."""
        chosen = self.spoilers or Spoilers.AGE_RESTRICTED
        return chosen is Spoilers.ALWAYS or (chosen is Spoilers.AGE_RESTRICTED and age_restricted)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a guild's moderators have chosen; the defaults hold where nobody has."""

    rules: Rules = Rules()  # frozen
    channels: Mapping[int, Rules] = field(default_factory=dict[int, Rules])  # of channels that differ
    time_zone: str = "UTC"  # an IANA name, by whose calendar days, weeks and months begin
    language: str | None = None  # of what the bot says in public, as Discord spells locales; None: the asker's
    summary_channel_id: int | None = None  # where last month's summary is posted; None: nowhere
    log_channel_id: int | None = None  # where reports go and the trail is mirrored; None: nowhere
    review_channel_id: int | None = None  # where reviewers find what waits for them; None: in the log channel
    reviewer_role_ids: tuple[int, ...] = ()  # that may decide, beside those who may manage messages
    review_hours: int = 24  # after which what nobody decided on has expired
    retention_days: int | None = None  # for which prompts and records are kept; None: as the operator says
    report_threshold: int = 3  # reports by so many hide a result until a moderator looks; 0: none do
    ladder: Ladder = Ladder()  # noqa: RUF009 # frozen
    automod: bool = True  # the guild's own AutoMod keyword rules hold for prompts, too
    screening: Screening = Screening()  # noqa: RUF009 # frozen

    def rules_in(self, channel_id: int, parent_id: int | None = None) -> Rules:
        """What holds in a channel; in a thread its parent's, where it has no rules of its own."""
        own = self.channels.get(channel_id, Rules())
        parent = self.channels.get(parent_id, Rules()) if parent_id is not None else Rules()
        return own.over(parent).over(self.rules)

    def with_rules(self, channel_id: int | None, **changes: object) -> "Policy":
        """The policy with changes to the rules of the guild or of one channel. A channel without any goes."""
        if channel_id is None:
            return replace(self, rules=replace(self.rules, **changes))  # type: ignore[arg-type] # names are the caller's
        rules = replace(self.channels.get(channel_id, Rules()), **changes)  # type: ignore[arg-type]
        others = {each: held for each, held in self.channels.items() if each != channel_id}
        return replace(self, channels=others if rules == Rules() else others | {channel_id: rules})

    @property
    def review_lasts(self) -> timedelta:
        """How long a review waits for a decision."""
        return min(timedelta(hours=self.review_hours), LONGEST_REVIEW)

    @property
    def reviewers_channel_id(self) -> int | None:
        return self.review_channel_id or self.log_channel_id


def check_time_out(asker: Asker, now: datetime) -> None:
    """Raise `MemberTimedOut` for a member whom the guild has timed out."""
    if asker.timed_out_until is not None and asker.timed_out_until > now:
        raise MemberTimedOut(int(asker.timed_out_until.timestamp()))
