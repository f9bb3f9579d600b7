"""Whose requests wait for a moderator, at which stages, and who decides."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.chat.settings.posting import check_review_channel
from bot.chat.settings.rules import choice
from bot.chat.settings.setting import Change, Choices, Entry, RoleChoice, Section, Setting, Shown
from bot.chat.words import settings as words
from bot.chat.words import settings_review as review_words
from bot.domain.moderation import Policy, Review, ReviewOf, ReviewStage

_HOURS = (1, 6, 12, 24, 48, 72, 168)

_DAYS = (1, 3, 7, 14, 30, 90)


def _review(shown: Shown) -> Review:
    return shown.holding.review or Review()


def _change(shown: Shown, change: Callable[[Review], Review]) -> Change:
    """Of one part of it; a channel that had none of its own takes the rest from the guild."""

    def changed(policy: Policy) -> Policy:
        now = replace(shown, policy=policy)
        review = change(_review(now))
        if review.of and not _review(now).of:
            check_review_channel(now, policy)
        return policy.with_rules(shown.channel_id, review=review)

    return changed


def _of_entries(shown: Shown) -> list[Entry]:
    return [Entry(review_words.review_of(each.value), each.value, each in _review(shown).of) for each in ReviewOf]


def _save_of(shown: Shown, chosen: Sequence[str]) -> Change:
    of = frozenset(ReviewOf(each) for each in chosen)
    return _change(shown, lambda review: replace(review, of=of))


def _of_said(shown: Shown) -> str:
    of = _review(shown).of
    return (
        " · ".join(review_words.review_of(each.value) for each in ReviewOf if each in of)
        if of
        else review_words.nobody()
    )


def _stage_entries(shown: Shown) -> list[Entry]:
    return [Entry(review_words.stage(each.value), each.value, each in _review(shown).stages) for each in ReviewStage]


def _save_stages(shown: Shown, chosen: Sequence[str]) -> Change:
    stages = frozenset(ReviewStage(each) for each in chosen)
    return _change(shown, lambda review: replace(review, stages=stages))


def _stages_said(shown: Shown) -> str:
    return " · ".join(review_words.stage(each.value) for each in ReviewStage if each in _review(shown).stages)


def _save_roles(shown: Shown, role_ids: tuple[int, ...]) -> Change:
    return _change(shown, lambda review: replace(review, role_ids=frozenset(role_ids)))


def _roles_said(shown: Shown) -> str:
    roles = sorted(_review(shown).role_ids)
    return words.with_role(roles) if roles else review_words.no_role()


def _day_entries(shown: Shown) -> list[Entry]:
    own = _review(shown).new_member_days
    return [Entry(words.days_words(each), str(each), each == own) for each in sorted({*_DAYS, own})]


def _save_days(shown: Shown, chosen: Sequence[str]) -> Change:
    return _change(shown, lambda review: replace(review, new_member_days=int(chosen[0])))


def _save_reviewers(_: Shown, role_ids: tuple[int, ...]) -> Change:
    return lambda policy: replace(policy, reviewer_role_ids=role_ids)


def _concerns(whose: ReviewOf) -> Callable[[Shown], bool]:
    return lambda shown: whose in _review(shown).of


REVIEW = Section(
    "review",
    review_words.review_section,
    (
        Setting(
            key="review_of",
            title=review_words.review_of_title,
            holds=_of_said,
            control=Choices(_of_entries, _save_of, least=0, most=None, placeholder=lambda _: review_words.nobody()),
            rule="review",
            about=lambda _: review_words.review_about(),
        ),
        Setting(
            key="review_stages",
            title=review_words.stages_title,
            holds=_stages_said,
            control=Choices(_stage_entries, _save_stages, most=None),
            rule="review",
            offered=lambda shown: bool(_review(shown).of),
        ),
        Setting(
            key="review_roles",
            title=review_words.review_roles_title,
            holds=_roles_said,
            control=RoleChoice(
                lambda shown: sorted(_review(shown).role_ids), _save_roles, review_words.choose_review_roles
            ),
            rule="review",
            offered=_concerns(ReviewOf.ROLES),
        ),
        Setting(
            key="review_days",
            title=review_words.new_member_title,
            holds=lambda shown: words.days_words(_review(shown).new_member_days),
            control=Choices(_day_entries, _save_days),
            rule="review",
            offered=_concerns(ReviewOf.NEW_MEMBERS),
        ),
        choice("review_hours", review_words.hours_title, _HOURS, review_words.hours),
        Setting(
            key="reviewers",
            title=review_words.reviewers_title,
            holds=lambda shown: review_words.reviewers(shown.policy.reviewer_role_ids),
            control=RoleChoice(
                lambda shown: shown.policy.reviewer_role_ids, _save_reviewers, review_words.choose_reviewers
            ),
        ),
    ),
)
