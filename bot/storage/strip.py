"""How a job's words are erased, and what is left of it. Each function runs in its caller's transaction."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, case, exists, null, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Answer
from bot.domain.request import ImageRequest
from bot.storage.moderation_tables import cases, purged, reports, reviews
from bot.storage.rows import LIVE
from bot.storage.tables import jobs

KEPT = jobs.c.erased_at.is_(None)
"""Jobs whose words are still there, in the words of the index over those that have ended."""

AT_STAKE = or_(
    exists().where(cases.c.job_id == jobs.c.id, cases.c.decision.is_(None)),
    exists().where(purged.c.job_id == jobs.c.id, purged.c.outcome.is_(None)),
)
"""Jobs whose message moderators are about to decide on, or to remove."""

_NOTHING_ASKED = ImageRequest(model="", prompt="")
_NO_ANSWER = Answer(
    application_id=0,
    token="",
    expires_at=datetime(1970, 1, 1, tzinfo=UTC),
    channel_id=0,
    private=True,
    file_limit=0,
)


async def strip_jobs(connection: AsyncConnection, now: datetime, *where: ColumnElement[bool]) -> int:
    """Erase the words of jobs that have ended: prompt, pictures' names, message and token, what was sent and what came
    back, and why they were reported or rejected. Answers how many jobs it were. Where the message is stays known while
    that is at stake.

    What the job came to stays: whose it was, where, which model and quality, how many pictures, how long it took, what
    it cost, and the run at Replicate. Estimates, limits and the reconciliation need no more.
    """
    ended = and_(*where, ~LIVE)
    ids = select(jobs.c.id).where(ended)
    await connection.execute(
        update(reports).where(reports.c.job_id.in_(ids)).values(reason=None, said=None, answer_to=None)
    )
    await connection.execute(update(reviews).where(reviews.c.job_id.in_(ids)).values(reason=None))
    stripped = await connection.execute(
        update(jobs)
        .where(ended)
        .values(
            request=_NOTHING_ASKED,
            answer=_NO_ANSWER,
            inputs=(),
            submission=None,
            prediction=None,
            failure=None,
            oversight=None,
            message_id=case((AT_STAKE, jobs.c.message_id), else_=null()),
            message_channel_id=case((AT_STAKE, jobs.c.message_channel_id), else_=null()),
            kept_until=None,
            erased_at=now,
        )
    )
    return stripped.rowcount


async def forget_messages(connection: AsyncConnection) -> None:
    """Forget where the messages of erased jobs are that nothing is at stake about any more."""
    # By way of what may have been at stake: that is little, and the jobs are many.
    settled = union(
        select(cases.c.job_id).where(cases.c.decision.is_not(None)),
        select(purged.c.job_id).where(purged.c.outcome.is_not(None)),
    )
    erased = (jobs.c.erased_at.is_not(None), ~LIVE, jobs.c.message_id.is_not(None))
    known = (jobs.c.id.in_(select(settled.subquery().c.job_id)), *erased, ~AT_STAKE)
    await connection.execute(update(jobs).where(*known).values(message_id=None, message_channel_id=None))
