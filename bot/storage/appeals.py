"""Members' appeals: `Appeals` of `bot.service.ports` over SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.appeal import Appeal, Matter
from bot.domain.sanction import Sanction
from bot.domain.trail import Action, TrailEntry
from bot.service.ports import Decided
from bot.storage.engine import Database
from bot.storage.moderation_tables import appeals
from bot.storage.people import person
from bot.storage.sanctions import lift
from bot.storage.tables import people
from bot.storage.trail import enter

_member, _decider = people.alias("member"), people.alias("decider")
_APPEALS = (
    select(appeals, _member.c.discord_id.label("member"), _decider.c.discord_id.label("decider"))
    .join_from(appeals, _member, _member.c.id == appeals.c.person_id)
    .join(_decider, _decider.c.id == appeals.c.decided_by, isouter=True)
)


class SqlAppeals:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, appeal: Appeal) -> Appeal | None:
        assert appeal.member_id is not None  # noqa: S101 # nobody erased appeals
        async with self._database.write() as connection:
            person_id = await person(self._database, connection, appeal.member_id)
            row = {
                "guild_id": appeal.guild_id,
                "person_id": person_id,
                "about": str(appeal.about),
                "text": appeal.text,
                "made_at": appeal.made_at,
            }
            made = await connection.execute(self._database.insert_or_ignore(appeals), row)
            if not made.rowcount:
                return None
            return await _one(connection, appeals.c.person_id == person_id, appeals.c.about == str(appeal.about))

    async def of(self, member_id: int, about: str) -> Appeal | None:
        async with self._database.read() as connection:
            return await _one(connection, _member.c.discord_id == member_id, appeals.c.about == about)

    async def appeal(self, appeal_id: int) -> Appeal | None:
        async with self._database.read() as connection:
            return await _one(connection, appeals.c.id == appeal_id)

    async def posted(self, appeal_id: int, channel_id: int, message_id: int) -> None:
        async with self._database.write() as connection:
            place = {"channel_id": channel_id, "message_id": message_id}
            await connection.execute(update(appeals).where(appeals.c.id == appeal_id).values(place))

    async def undecided(self, guild_id: int, most: int) -> Sequence[Appeal]:
        async with self._database.read() as connection:
            waiting = _APPEALS.where(appeals.c.guild_id == guild_id, appeals.c.decided_at.is_(None))
            rows = await connection.execute(waiting.order_by(appeals.c.id).limit(most))
            return [_appeal(row) for row in rows.mappings()]

    async def decide(
        self, guild_id: int, appeal_id: int, by: int, now: datetime, *, granted: bool, answer: str
    ) -> Decided | None:
        async with self._database.write() as connection:
            own = (appeals.c.id == appeal_id, appeals.c.guild_id == guild_id)
            decider = await person(self._database, connection, by)
            values = {"granted": granted, "decided_at": now, "decided_by": decider, "answer": answer}
            # Of two at once the second waits for the first, and finds that it has decided.
            decided = await connection.execute(
                update(appeals).where(*own, appeals.c.decided_at.is_(None)).values(values)
            )
            appeal = await _one(connection, *own)
            if appeal is None:
                return None
            if not decided.rowcount:
                return Decided(appeal, ours=False)
            entry = TrailEntry(
                guild_id=guild_id,
                action=Action.APPEAL,
                actor_id=by,
                at=now,
                subject_id=appeal.member_id,
                job_id=appeal.about.job_id,
                reason=answer,
                after={"granted": granted, "about": str(appeal.about)},
            )
            await enter(self._database, connection, entry)
            lifted: Sequence[Sanction] = ()
            if granted and appeal.about.sanction_id is not None:
                lifted = await lift(
                    self._database, connection, guild_id, appeal.about.sanction_id, by=by, now=now, reason=answer
                )
            return Decided(appeal, ours=True, lifted=tuple(lifted))


async def _one(connection: AsyncConnection, *where: ColumnElement[bool]) -> Appeal | None:
    row = (await connection.execute(_APPEALS.where(*where))).mappings().first()
    return None if row is None else _appeal(row)


def _appeal(row: RowMapping) -> Appeal:
    return Appeal(
        guild_id=row["guild_id"],
        member_id=row["member"],
        about=Matter.parse(row["about"]),
        text=row["text"],
        made_at=row["made_at"],
        channel_id=row["channel_id"],
        message_id=row["message_id"],
        granted=row["granted"],
        decided_at=row["decided_at"],
        decided_by=row["decider"],
        answer=row["answer"] or "",
        id=row["id"],
    )
