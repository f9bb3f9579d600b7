"""What needs the operator: it begins once and ends once, and one process tells of it, however many there are."""

import asyncio
from datetime import timedelta

from bot.domain.incident import SETTLED, Incident, IncidentKind
from bot.service.ports import NoticePost
from bot.storage.incidents import FIRST_PAUSE, KEEP, MOST_POSTS, PATIENCE, WINDOW, SqlIncidents
from bot.storage.store import SqlStore
from tests.storage.conftest import Opener
from tests.storage.examples import NOON

SECOND = timedelta(seconds=1)
FULL = Incident(IncidentKind.DISK, "Free some space.", subject="host")
DIED = Incident(IncidentKind.DEAD_PROCESS, "Look at the log.", subject="host-7", passing=True)
SPENT = Incident(IncidentKind.SPENDING, "$8 of $10.", subject="day", quiet=timedelta(days=35), passing=True)


def told(post: NoticePost | None) -> list[tuple[IncidentKind, bool]]:
    return [(each.kind, each.over) for each in post.notices] if post else []


async def test_many_processes_see_it_and_one_tells(store: SqlStore, open_another: Opener) -> None:
    processes = [SqlIncidents(each.database) for each in (store, await open_another(), await open_another())]
    begun = await asyncio.gather(*(each.seen([FULL, SPENT, DIED], NOON) for each in processes * 3))
    assert sorted(map(len, begun)) == [0] * 8 + [3]
    posts = await asyncio.gather(*(each.claim_post(NOON) for each in processes * 3))
    (post,) = filter(None, posts)
    assert told(post) == [(each.kind, False) for each in (FULL, SPENT, DIED)]
    assert [each.words for each in post.notices] == [FULL.words, SPENT.words, DIED.words]
    assert len(post.id) <= 20
    await processes[1].posted(post.id)
    over = NOON + SETTLED
    ended = await asyncio.gather(*(each.settle(over) for each in processes * 3))
    assert sorted(map(len, ended)) == [0] * 8 + [1], "a passing one ends in silence"
    (post,) = filter(None, await asyncio.gather(*(each.claim_post(over) for each in processes)))
    assert told(post) == [(IncidentKind.DISK, True)]
    assert post.notices[0].began_at == NOON


async def test_what_is_seen_again_in_time_is_the_same(store: SqlStore) -> None:
    incidents = SqlIncidents(store.database)
    now = NOON
    assert await incidents.seen([FULL], now) == [FULL]
    for _ in range(5):
        now += SETTLED - SECOND
        assert await incidents.settle(now) == []
        assert await incidents.seen([FULL], now) == []
    (ended,) = await incidents.settle(now + SETTLED)
    assert (ended.subject, ended.began_at, ended.over) == ("host", NOON, True)
    assert await incidents.seen([FULL], now + SETTLED) == [FULL], "another one"


async def test_who_dies_over_a_post_is_followed_with_the_very_same_one(store: SqlStore) -> None:
    incidents = SqlIncidents(store.database)
    await incidents.seen([FULL], NOON)
    claimed = await incidents.claim_post(NOON)
    assert claimed is not None
    await incidents.seen([SPENT], NOON + SECOND)
    later = await incidents.claim_post(NOON + SECOND)
    assert told(later) == [(IncidentKind.SPENDING, False)], "what comes meanwhile is another post"
    assert await incidents.claim_post(NOON + FIRST_PAUSE - SECOND) is None
    assert await incidents.claim_post(NOON + FIRST_PAUSE) == claimed
    assert await incidents.claim_post(NOON + FIRST_PAUSE + SECOND) == later
    assert await incidents.claim_post(NOON + 2 * FIRST_PAUSE) is None, "the pause grows"
    assert await incidents.claim_post(NOON + 3 * FIRST_PAUSE) == claimed
    await incidents.posted(claimed.id)
    for minutes in range(3, int(PATIENCE / FIRST_PAUSE)):
        assert await incidents.claim_post(NOON + minutes * FIRST_PAUSE) != claimed, "it was posted"
    assert await incidents.claim_post(NOON + PATIENCE + SECOND) is None, "given up"


async def test_a_flood_comes_in_few_posts(store: SqlStore) -> None:
    incidents = SqlIncidents(store.database)
    posts: list[NoticePost] = []
    minutes = int(4 * WINDOW / timedelta(minutes=1))
    for minute in range(minutes):
        now = NOON + timedelta(minutes=minute)
        await incidents.seen([Incident(IncidentKind.MISTAKE, "x", subject=str(minute), passing=True)], now)
        if post := await incidents.claim_post(now):
            posts.append(post)
            await incidents.posted(post.id)
    assert MOST_POSTS * 3 < len(posts) <= MOST_POSTS * 4
    subjects = [each.subject for post in posts for each in post.notices]
    assert subjects == [str(minute) for minute in range(len(subjects))], "none is left out, none told twice"


async def test_old_notices_are_forgotten_and_what_lasts_is_not(store: SqlStore) -> None:
    incidents = SqlIncidents(store.database)
    await incidents.seen([FULL, SPENT], NOON)
    await incidents.settle(NOON + KEEP)
    assert told(await incidents.claim_post(NOON + KEEP)) == [(IncidentKind.DISK, True)]
    assert await incidents.seen([SPENT], NOON + KEEP) == []
