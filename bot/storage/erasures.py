"""What is let go without anybody's asking: `Erasures` of `bot.service.ports` over SQL."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import case, exists, literal, or_, select, union, update

from bot.domain.moderation import Policy
from bot.service.ports import Cutoffs, Stripped
from bot.storage.engine import Database, Turn
from bot.storage.keys import retire
from bot.storage.moderation_tables import appeals, cases, purges, reviews, sanctions, trail, trusted
from bot.storage.preferences import lock_guild
from bot.storage.privacy import binds, forget_words
from bot.storage.rows import LIVE
from bot.storage.strip import AT_STAKE, KEPT, forget_messages, strip_jobs
from bot.storage.tables import credentials, grants, guilds, jobs, people, styles

_STYLES = "styles/"
_MOST_ASKED = 500  # ids in one statement


class SqlErasures:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def strip_ended(self, cutoffs: Cutoffs, now: datetime, most: int, after: datetime | None = None) -> Stripped:
        moment = jobs.c.finished_at.type
        otherwise = literal(cutoffs.otherwise, moment)
        of_guilds = {guild_id: literal(each, moment) for guild_id, each in cutoffs.of_guilds.items()}
        cutoff = case(of_guilds, value=jobs.c.guild_id, else_=otherwise) if of_guilds else otherwise
        latest = max([cutoffs.otherwise, *cutoffs.of_guilds.values()])
        # From where the last batch ended: PostgreSQL would walk over all that this has just taken out of the index.
        within = [jobs.c.finished_at < latest, *([] if after is None else [jobs.c.finished_at >= after])]
        oldest = (
            select(jobs.c.id, jobs.c.finished_at)
            .where(KEPT, *within, jobs.c.finished_at < cutoff, ~AT_STAKE)
            .order_by(jobs.c.finished_at, jobs.c.id)
            .limit(most)
        )
        async with self._database.write() as connection:
            found = (await connection.execute(oldest)).all()
            if not found:
                return Stripped(0, None)
            stripped = await strip_jobs(connection, now, jobs.c.id.in_([row.id for row in found]))
            return Stripped(stripped, found[-1].finished_at)

    async def forget_traces(self, now: datetime) -> int:
        async with self._database.write() as connection:
            needed = exists().where(sanctions.c.person_id == people.c.id, binds(now))
            over = (people.c.trace.is_not(None), people.c.trace_until < now, ~needed)
            ids = select(people.c.id).where(*over).scalar_subquery()
            await connection.execute(sanctions.delete().where(sanctions.c.person_id.in_(ids)))
            await connection.execute(appeals.delete().where(appeals.c.person_id.in_(ids)))
            forgotten = await connection.execute(update(people).where(*over).values(trace=None, trace_until=None))
            # Who wrote something while they were erased has written it as nobody.
            await forget_words(connection, people.c.discord_id.is_(None))
            await forget_messages(connection)
        await self._database.scrub()  # once a day, whatever was erased before
        return forgotten.rowcount

    async def unneeded(self, keys: Collection[str]) -> Collection[str]:
        of_jobs = {key: key.partition("/")[0] for key in keys if not key.startswith(_STYLES)}
        job_ids, needed = sorted(set(of_jobs.values())), set[str]()
        async with self._database.read() as connection:
            for first in range(0, len(job_ids), _MOST_ASKED):
                some = jobs.c.id.in_(job_ids[first : first + _MOST_ASKED])
                needed.update(await connection.scalars(select(jobs.c.id).where(some, or_(KEPT, LIVE))))
            named: set[str] = set()
            if len(of_jobs) < len(keys):
                for style in await connection.scalars(select(styles.c.style)):
                    named.update(each.key for each in style.pictures)
        return {key for key in keys if (of_jobs[key] not in needed if key in of_jobs else key not in named)}

    async def note_left(self, guild_id: int, now: datetime) -> None:
        async with self._database.write() as connection:
            await lock_guild(self._database, connection, guild_id)
            here = (guilds.c.id == guild_id, guilds.c.left_at.is_(None))
            await connection.execute(update(guilds).where(*here).values(left_at=now))

    async def note_present(self, guild_ids: Collection[int]) -> None:
        gone = select(guilds.c.id).where(or_(guilds.c.left_at.is_not(None), guilds.c.erased_at.is_not(None)))
        async with self._database.read() as connection:
            back = set(await connection.scalars(gone)) & set(guild_ids)
        if back:
            async with self._database.write() as connection:
                of_them = guilds.c.id.in_(back)
                await connection.execute(update(guilds).where(of_them).values(left_at=None, erased_at=None))

    async def known_guilds(self) -> Collection[int]:
        left = select(guilds.c.id).where(guilds.c.left_at.is_not(None))
        known = union(*(select(column).distinct() for column in (
            guilds.c.id, credentials.c.guild_id, grants.c.guild_id, trail.c.guild_id
        )))  # fmt: skip
        async with self._database.read() as connection:
            return set(await connection.scalars(known)) - set(await connection.scalars(left))

    async def left_before(self, moment: datetime) -> Collection[int]:
        async with self._database.read() as connection:
            due = select(guilds.c.id).where(guilds.c.left_at < moment, guilds.c.erased_at.is_(None))
            return (await connection.scalars(due)).all()

    async def erase_guild(self, guild_id: int, left_before: datetime, now: datetime) -> bool:
        async with self._database.write() as connection:
            await self._database.take_turn(connection, Turn.ADMISSION)
            await lock_guild(self._database, connection, guild_id)
            due = (guilds.c.id == guild_id, guilds.c.left_at < left_before, guilds.c.erased_at.is_(None))
            nothing = {"policy": Policy(), "limits": None, "words": None, "mirrored": 0, "erased_at": now}
            # Marked as erased ahead of the trail, whose entries nothing else lets go.
            if not (await connection.execute(update(guilds).where(*due).values(nothing))).rowcount:
                return False
            await retire(connection, guild_id, now)
            await strip_jobs(connection, now, jobs.c.guild_id == guild_id, KEPT)
            ended = select(jobs.c.id).where(jobs.c.guild_id == guild_id, ~LIVE)
            await connection.execute(
                reviews.delete().where(reviews.c.guild_id == guild_id, reviews.c.job_id.in_(ended))
            )
            for table in (styles, trail, cases, purges, trusted, sanctions, appeals):
                await connection.execute(table.delete().where(table.c.guild_id == guild_id))
            await connection.execute(update(grants).where(grants.c.guild_id == guild_id).values(reason=""))
        await self._database.scrub()
        return True
