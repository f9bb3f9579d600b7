"""What enters a guild's trail, and how it is read back."""

import pytest
from pydantic import SecretStr

from bot.domain.errors import TooManyStyles
from bot.domain.ledger import Grant
from bot.domain.moderation import Spoilers
from bot.domain.options import Options
from bot.domain.quota import Allowance, GuildLimits, UsageLimits
from bot.domain.style import MOST_STYLES, Style
from bot.domain.trail import Action, TrailEntry
from bot.service.ports import KeySet
from bot.storage.budgets import SqlBudgets
from bot.storage.keys import SqlKeys
from bot.storage.preferences import SqlPreferences
from bot.storage.store import SqlStore
from bot.storage.trail import SqlTrail
from tests.storage.examples import ANOTHER_MEMBER, GUILD, MEMBER, NOON, a_job, admit

BY = ANOTHER_MEMBER
LATER = NOON.replace(hour=13)


async def test_every_change_enters_with_what_it_changed_and_by_whom(store: SqlStore) -> None:
    database = store.database
    preferences, budgets, keys = SqlPreferences(database), SqlBudgets(database), SqlKeys(database)
    ends_at = int(LATER.timestamp())
    made: list[TrailEntry] = []

    def expect(action: Action, subject_id: int | None = None, job_id: str | None = None, **rest: object) -> None:
        made.append(TrailEntry(GUILD, action, BY, NOON, subject_id, job_id, **rest))  # type: ignore[arg-type] # names are checked by the class

    for _ in range(2):  # the second changes nothing
        await preferences.change_policy(GUILD, lambda held: held.with_rules(7, spoilers=Spoilers.ALWAYS), BY, NOON)
    always = {"channels": {"7": {"spoilers": "always"}}}
    expect(Action.POLICY, before={"channels": {"7": {"spoilers": None}}}, after=always)
    await preferences.change_policy(GUILD, lambda held: held.with_rules(7, open=False), BY, NOON)
    expect(Action.POLICY, before={"channels": {"7": {"open": None}}}, after={"channels": {"7": {"open": False}}})

    limits = GuildLimits(member=UsageLimits(day=Allowance(pictures=5)))
    for _ in range(2):
        await budgets.change_limits(GUILD, lambda _: limits, BY, NOON)
    was, now = ({"member": {"day": {"pictures": each}}} for each in (None, 5))
    expect(Action.LIMITS, before=was, after=now)

    grant = Grant(GUILD, 20, LATER, BY, member_id=MEMBER, reason="for the fair")
    grant_id = None
    for _ in range(2):
        grant_id = await budgets.grant(grant, reference="one", now=NOON) or grant_id
    facts = {"pictures": 20, "ends_at": ends_at}
    expect(Action.GRANT, MEMBER, reason="for the fair", after=facts)
    assert grant_id is not None
    assert [await budgets.revoke(GUILD, grant_id, BY, NOON) for _ in range(2)] == [True, False]
    expect(Action.REVOKE, MEMBER, before=facts)
    await budgets.grant(Grant(GUILD, 3, LATER, BY, role_id=5), reference="two", now=NOON)
    expect(Action.GRANT, after={"pictures": 3, "ends_at": ends_at, "role_id": 5})

    for _ in range(2):
        await preferences.save_style(GUILD, Style("Ink", "in ink", options=Options(quality="low")), BY, NOON)
    ink = {"name": "Ink", "suffix": "in ink", "pictures": 0, "quality": "low"}
    expect(Action.STYLE, after=ink)
    expect(Action.STYLE, before={"name": "Ink"}, after={"name": "Ink"})
    await preferences.save_style(GUILD, Style("INK", "in black ink"), BY, NOON)
    expect(
        Action.STYLE,
        before={"name": "Ink", "suffix": "in ink", "quality": "low"},
        after={"name": "INK", "suffix": "in black ink", "quality": None},
    )
    await preferences.rename_style(GUILD, "ink", "Oil", BY, NOON)
    expect(Action.STYLE, before={"name": "INK"}, after={"name": "Oil"})
    for _ in range(2):
        await preferences.remove_style(GUILD, "oil", BY, NOON)
    expect(Action.STYLE, before={"name": "Oil", "suffix": "in black ink", "pictures": 0})

    brought = KeySet(SecretStr("r8_secret"), SecretStr("sk-secret"))
    await keys.bring(GUILD, brought, BY, NOON)
    held = await keys.held(GUILD)
    assert held is not None
    expect(Action.KEY, after={"account": held.account, "vendors": ["openai", "replicate"]})
    for _ in range(2):
        await keys.retire(GUILD, BY, NOON)
    expect(Action.KEY, before={"account": held.account})

    own, of_another, private = [await admit(store, a_job(guild_id=each)) for each in (GUILD, GUILD, None)]
    await store.cancel(own.id, MEMBER, NOON)
    await store.cancel(private.id, BY, NOON)
    assert [await store.cancel(of_another.id, BY, NOON) for _ in range(2)] == [True, False]
    expect(Action.CANCEL, MEMBER, of_another.id)

    entered = await SqlTrail(store.database).entries(GUILD, 50)
    assert list(entered) == made[::-1]
    assert "secret" not in str(entered)


async def test_what_fails_enters_nothing(store: SqlStore) -> None:
    preferences, trail = SqlPreferences(store.database), SqlTrail(store.database)
    for number in range(MOST_STYLES):
        await preferences.save_style(GUILD, Style(f"{number}", "x"), BY, NOON)
    with pytest.raises(TooManyStyles):
        await preferences.save_style(GUILD, Style("one too many", "x"), BY, NOON)
    assert len(await trail.entries(GUILD, 200)) == MOST_STYLES


async def test_entries_are_found_by_each_filter_and_by_all_together(store: SqlStore) -> None:
    trail = SqlTrail(store.database)
    entries = [
        TrailEntry(guild_id, action, by, at, subject_id=subject)
        for guild_id in (GUILD, GUILD + 1)
        for action in (Action.WARN, Action.BLOCK)
        for by in (BY, None)
        for subject in (MEMBER, None)
        for at in (NOON, LATER)
    ]
    ids = [await trail.enter(each) for each in entries]
    own = [each for each in entries if each.guild_id == GUILD][::-1]
    assert list(await trail.entries(GUILD, 100)) == own
    assert list(await trail.entries(GUILD, 3)) == own[:3]
    assert list(await trail.entries(GUILD, 100, before_id=ids[4])) == entries[:4][::-1]
    assert list(await trail.entries(GUILD, 100, subject_id=MEMBER)) == [each for each in own if each.subject_id]
    assert list(await trail.entries(GUILD, 100, actor_id=BY)) == [each for each in own if each.actor_id]
    warned = [each for each in own if each.action is Action.WARN]
    assert list(await trail.entries(GUILD, 100, actions=[Action.WARN])) == warned
    assert list(await trail.entries(GUILD, 100, since=LATER)) == [each for each in own if each.at == LATER]
    assert list(await trail.entries(GUILD, 100, until=LATER)) == [each for each in own if each.at == NOON]
    both = [Action.WARN, Action.LIFT]
    [one] = await trail.entries(
        GUILD, 100, subject_id=MEMBER, actor_id=BY, actions=both, since=NOON, until=LATER, before_id=ids[-1]
    )
    assert one == TrailEntry(GUILD, Action.WARN, BY, NOON, subject_id=MEMBER)
    assert await trail.entries(GUILD, 100, subject_id=1) == []
