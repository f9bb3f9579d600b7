"""What needs the operator: `Incidents` of `bot.service.ports` over SQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.incident import Incident, IncidentKind
from bot.service.ports import Notice, NoticePost
from bot.storage.engine import Database, Turn
from bot.storage.tables import incidents, notices

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=30)
"""Between two tries of a post. The first is longer than a call may take."""

PATIENCE = timedelta(hours=6)
"""How old a notice may be and still be told. The log has it in any case."""

MOST_POSTS, WINDOW = 3, timedelta(minutes=15)
"""So many posts in so long a time; what comes meanwhile goes into the next one."""

KEEP = timedelta(days=7)


class SqlIncidents:
    """One process at a time, so that each begins once, ends once, and is told by one."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def seen(self, found: Sequence[Incident], now: datetime) -> Sequence[Incident]:
        begun: list[Incident] = []
        async with self.database.write() as connection:
            await self.database.take_turn(connection, Turn.INCIDENTS)
            for each in found:
                over_at = now + each.quiet
                known = update(incidents).where(incidents.c.key == each.key).values(over_at=over_at)
                if (await connection.execute(known)).rowcount:
                    continue
                what = {"kind": each.kind, "subject": each.subject, "began_at": now}
                row = {"key": each.key, "passing": each.passing, "over_at": over_at, **what}
                await connection.execute(incidents.insert().values(row))
                await connection.execute(notices.insert().values(words=each.words, at=now, over=False, **what))
                begun.append(each)
        return begun

    async def settle(self, now: datetime) -> Sequence[Notice]:
        async with self.database.write() as connection:
            await self.database.take_turn(connection, Turn.INCIDENTS)
            over = incidents.delete().where(incidents.c.over_at <= now).returning(incidents)
            ended = [
                Notice(IncidentKind(row.kind), row.subject, "", row.began_at, now, over=True)
                for row in (await connection.execute(over)).all()
                if not row.passing
            ]
            for each in ended:
                what = {"kind": each.kind, "subject": each.subject, "words": each.words, "began_at": each.began_at}
                await connection.execute(notices.insert().values(at=now, over=True, **what))
            await connection.execute(notices.delete().where(notices.c.at <= now - KEEP))
        return ended

    async def claim_post(self, now: datetime) -> NoticePost | None:
        async with self.database.write() as connection:
            await self.database.take_turn(connection, Turn.INCIDENTS)
            due = and_(~notices.c.posted, notices.c.at > now - PATIENCE)
            unfinished = select(notices.c.post, notices.c.tries).where(due, notices.c.try_at <= now)
            if again := (await connection.execute(unfinished.order_by(notices.c.post_at).limit(1))).first():
                pause = min(FIRST_PAUSE * 2 ** min(again.tries, 10), LONGEST_PAUSE)
                retry = {"try_at": now + pause, "tries": again.tries + 1}
                await connection.execute(update(notices).where(notices.c.post == again.post).values(retry))
                return await _read(connection, again.post)
            new = and_(due, notices.c.post.is_(None))
            first = await connection.scalar(select(func.min(notices.c.id)).where(new))
            latest = select(func.count(notices.c.post.distinct())).where(notices.c.post_at > now - WINDOW)
            if first is None or (await connection.scalar(latest) or 0) >= MOST_POSTS:
                return None
            post = f"notices-{first}"
            claim = {"post": post, "post_at": now, "try_at": now + FIRST_PAUSE, "tries": 1}
            await connection.execute(update(notices).where(new).values(claim))
            return await _read(connection, post)

    async def posted(self, post_id: str) -> None:
        async with self.database.write() as connection:
            await connection.execute(update(notices).where(notices.c.post == post_id).values(posted=True))


async def _read(connection: AsyncConnection, post: str) -> NoticePost:
    rows = await connection.execute(select(notices).where(notices.c.post == post).order_by(notices.c.id))
    return NoticePost(post, [_notice(row) for row in rows])


def _notice(row: Row[tuple[object, ...]]) -> Notice:
    return Notice(IncidentKind(row.kind), row.subject, row.words, row.began_at, row.at, over=row.over)
