"""A guild's rules: what a channel takes over, what a default becomes, and what they keep out."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalog import CATALOG
from bot.domain.errors import ChoiceNotAllowed, ClosedHere, MemberTooNew, RoleNeeded, RuledOut
from bot.domain.moderation import Asker, Policy, Review, ReviewOf, ReviewStage, Rules, Spoilers
from bot.domain.options import Options
from bot.domain.request import InputImage
from tests.clocks import NOON

MODEL = CATALOG["openai/gpt-image-2.5-flare"]
QUALITIES = MODEL.choices("quality")
ASKER = Asker(member_id=1, guild_id=2, channel_id=3, role_ids=frozenset({2, 5}), joined_at=NOON - timedelta(days=7))
REQUEST = Options().request(MODEL, "a fox", output_compression=90)

SOME: dict[str, Any] = {
    "open": False,
    "role_ids": (5,),
    "membership_days": 3,
    "models": (MODEL.slug,),
    "qualities": ("low",),
    "most_pictures": 2,
    "low_moderation": True,
    "review": Review(of=frozenset({ReviewOf.EVERYONE})),
    "spoilers": Spoilers.NEVER,
}


def test_rules_go_one_by_one_from_thread_to_channel_to_guild() -> None:
    assert SOME.keys() == {each.name for each in fields(Rules)}
    for name, value in SOME.items():
        rule = Rules(**{name: value})
        held = Policy(rules=rule, channels={3: Rules(), 4: Rules()})
        assert held.rules_in(9, 3) == rule
        held = Policy().with_rules(3, **{name: value})
        assert (held.rules_in(3), held.rules_in(9, 3), held.rules_in(4)) == (rule, rule, Rules())
        own = Rules(open=True, most_pictures=7).over(rule)
        assert held.with_rules(9, open=True, most_pictures=7).rules_in(9, 3) == own
        assert held.with_rules(3, **{name: None}) == Policy(), "a channel without any goes"


KEPT_OUT: dict[str, tuple[Rules, dict[str, Any], RuledOut | None]] = {
    "nothing set": (Rules(), {}, None),
    "closed": (Rules(open=False), {}, ClosedHere()),
    "a role that is held": (Rules(role_ids=(4, 5)), {}, None),
    "a role that isn't": (Rules(role_ids=(4,)), {}, RoleNeeded((4,))),
    "everyone": (Rules(role_ids=()), {}, None),
    "long enough": (Rules(membership_days=7), {}, None),
    "not long enough": (
        Rules(membership_days=8), {}, MemberTooNew(8, int((NOON + timedelta(days=1)).timestamp())),
    ),
    "another model": (
        Rules(models=("a/b",)), {}, ChoiceNotAllowed("model", MODEL.slug, ("a/b",)),
    ),
    "any model": (Rules(models=()), {}, None),
    "another quality": (Rules(qualities=("low",)), {}, ChoiceNotAllowed("quality", "auto", ("low",))),
    "its quality": (Rules(qualities=("auto", "low")), {}, None),
    "as many": (Rules(most_pictures=2), {"count": 2}, None),
    "too many": (Rules(most_pictures=2), {"count": 3}, ChoiceNotAllowed("count", "3", ("2",))),
    "laxer": (Rules(), {"moderation": "low"}, ChoiceNotAllowed("moderation", "low", ("auto",))),
    "laxer, which is allowed": (Rules(low_moderation=True), {"moderation": "low"}, None),
}  # fmt: skip


@pytest.mark.parametrize("case", KEPT_OUT)
def test_what_rules_keep_out(case: str) -> None:
    rules, changes, expected = KEPT_OUT[case]
    found = None
    try:
        rules.check(replace(REQUEST, **changes), ASKER, NOON)
    except RuledOut as refusal:
        found = refusal
    assert found == expected


def test_a_member_whose_joining_is_not_known_is_a_new_one() -> None:
    with pytest.raises(MemberTooNew):
        Rules(membership_days=1).check(REQUEST, replace(ASKER, joined_at=None), NOON)


@pytest.mark.parametrize(
    ("allowed", "default", "becomes"),
    [
        (("low", "medium"), "auto", "medium"),
        (("low", "medium"), "max", "medium"),
        (("medium", "high"), "low", "medium"),
        (("low", "max"), "high", "low"),
        (("low", "max"), "auto", "max"),
        (("auto",), "low", "auto"),
        (("low", "auto"), "auto", "auto"),
        ((), "max", "max"),
        (None, "max", "max"),
    ],
)
def test_a_default_quality_becomes_the_next_lower_one(
    allowed: tuple[str, ...] | None, default: str, becomes: str
) -> None:
    assert Rules(qualities=allowed).nearest(Options(quality=default), MODEL).quality == becomes


RULES = st.builds(
    Rules,
    qualities=st.sets(st.sampled_from(QUALITIES)).map(tuple),
    most_pictures=st.one_of(st.none(), st.integers(1, 10)),
    low_moderation=st.booleans(),
)
DEFAULTS = st.builds(
    Options,
    quality=st.one_of(st.none(), st.sampled_from(QUALITIES)),
    count=st.one_of(st.none(), st.integers(1, 10)),
    moderation=st.sampled_from([None, "auto", "low"]),
)


@given(RULES, DEFAULTS)
def test_a_default_never_refuses(rules: Rules, held: Options) -> None:
    own = Options(quality=str(MODEL.inputs["quality"].default))
    options = Options().filled(MODEL, *(rules.nearest(each, MODEL) for each in (held, own)))
    request = options.request(MODEL, "a fox", output_compression=90)
    rules.check(request, ASKER, NOON)
    if held.quality and (not rules.qualities or held.quality in rules.qualities):
        assert request.quality == held.quality, "what is allowed stays"
    if held.count and held.count <= (rules.most_pictures or 10):
        assert request.count == held.count


def test_whose_requests_wait_and_at_which_stages() -> None:
    both = frozenset(ReviewStage)
    edit = replace(REQUEST, kept=(InputImage("k", "a.png", "image/png", 1, 1, 1),))

    def waits(review: Review, request: Any = REQUEST, **changes: Any) -> bool:
        stages = replace(review, stages=both).stages_for(replace(ASKER, **changes), request, NOON)
        assert stages in (frozenset(), both)
        return bool(stages)

    assert not waits(Review())
    everyone = Review(of=frozenset({ReviewOf.EVERYONE}))
    assert waits(everyone)
    assert not waits(everyone, moderator=True)
    new = Review(of=frozenset({ReviewOf.NEW_MEMBERS}), new_member_days=8)
    assert waits(new)
    assert not waits(replace(new, new_member_days=7))
    assert waits(new, joined_at=None)
    edits = Review(of=frozenset({ReviewOf.EDITS}))
    assert (waits(edits), waits(edits, edit)) == (False, True)
    roles = Review(of=frozenset({ReviewOf.ROLES}), role_ids=frozenset({5}))
    assert (waits(roles), waits(replace(roles, role_ids=frozenset({4})))) == (True, False)
    assert waits(replace(edits, of=frozenset({ReviewOf.EDITS, ReviewOf.ROLES}), role_ids=frozenset({5})))
