"""A month of invented use of the room's studio, until now, so that accounts have something to show.

It is the same at each start, but for the dates. Each request has its job and its entries in the ledger, as if it had
been made.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.account import OPERATOR
from bot.domain.catalog import CATALOG, DOLLAR
from bot.domain.errors import Canceled, EaselError, SafetyRefusal
from bot.domain.job import Answer, Job, JobStatus
from bot.domain.ledger import Grant
from bot.domain.quota import Allowance, Ceiling, GuildLimits, Period, Quota, Scope, Unit, UsageLimits, span
from bot.domain.request import ImageRequest
from bot.service.ports import Budgets, Store

_MODEL = CATALOG["openai/gpt-image-2"]

WRITER = "history"
"""The process that has made all of it."""

OTHERS = (
    "Ada", "Bela", "Chidi", "Dunja", "Émile", "Fox 🦊", "Gül", "Hana", "Ilse", "$tella$", "אילן", "Kaito 海斗", "Lova",
    "Mio",
)  # fmt: skip
"""Who else uses the studio, beside the people of the room. Some of the names are hard to draw."""

_PROMPTS = (
    "a red fox in the snow", "a lighthouse at dusk", "a city of glass", "an owl who reads", "a meadow after rain",
    "a teapot in space", "a harbour in fog", "a hare on skates", "mountains at dawn", "a desert of blue sand",
)  # fmt: skip

_QUALITIES = (("low", 3), ("medium", 6), ("high", 6))  # each with how often
_DAY = UsageLimits(day=Allowance(pictures=20), week=Allowance(pictures=80))


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, and what came of it."""

    by: int  # its place among the members
    at: datetime
    prompt: str
    quality: str
    count: int
    failure: EaselError | None = None
    granted: bool = False  # taken from the grant


async def write_history(
    store: Store,
    budgets: Budgets,
    *,
    guild_id: int,
    channel_id: int,
    member_ids: Sequence[int],
    moderator_id: int,
    now: datetime,
) -> None:
    """Put it into the store before anybody works on its jobs. The first of the members has a grant."""
    limits = UsageLimits(day=Allowance(amount=5 * DOLLAR // 2), month=Allowance(amount=25 * DOLLAR))
    begun = now - timedelta(days=2)
    chosen = GuildLimits(guild=limits, member=_DAY)
    await budgets.change_limits(guild_id, lambda _: chosen, moderator_id, begun)
    grant = Grant(guild_id, 20, now + timedelta(days=12), moderator_id, member_id=member_ids[0], reason="for the fair")
    await budgets.grant(grant, reference="history", now=begun)
    for number, asked in enumerate(invented(now, len(member_ids))):
        job = _job(number, asked, guild_id=guild_id, channel_id=channel_id, member_id=member_ids[asked.by])
        await store.admit(job, _used_up(asked.at) if asked.granted else Quota(), asked.at)
        at = asked.at + timedelta(seconds=30)
        if asked.failure is None:
            await store.settle(job, JobStatus.SUCCEEDED, at, captured=job.hold, pictures=asked.count)
        elif isinstance(asked.failure, Canceled):
            await store.settle(job, JobStatus.CANCELED, at, captured=job.hold, pictures=0)
        else:
            await store.settle(job, JobStatus.FAILED, at, captured=None, pictures=0)


def invented(now: datetime, members: int) -> Iterator[Asked]:
    """All requests, oldest first."""
    rng = random.Random(20)  # noqa: S311 # a story, no secret
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    day = min(today.replace(day=1), today - timedelta(days=30))
    while day <= today:
        weekend = day.weekday() >= 5
        for minute in sorted(rng.sample(range(7 * 60, 23 * 60), rng.randint(2, 6) + 2 * weekend)):
            asked = _asked(rng, day + timedelta(minutes=minute), members)
            of_the_first_today = asked.by == 0 and day == today  # who asks for all of a day's pictures below
            if asked.at < now - timedelta(minutes=10) and not of_the_first_today:
                yield asked
        day += timedelta(days=1)
    for minutes in (9, 7):
        yield Asked(0, now - timedelta(minutes=minutes), "posters for the fair", "low", 10)
    yield Asked(0, now - timedelta(minutes=4), "a kite above the fair", "medium", 4, granted=True)


def _asked(rng: random.Random, at: datetime, members: int) -> Asked:
    by = min(int(rng.expovariate(3 / members)), members - 1)  # a few ask for most
    [quality] = rng.choices([each for each, _ in _QUALITIES], [often for _, often in _QUALITIES])
    fate = rng.random()
    failure = SafetyRefusal() if fate < 0.06 else Canceled() if fate < 0.08 else None
    return Asked(by, at, rng.choice(_PROMPTS), quality, rng.choice((1, 2, 2, 4, 4)), failure)


def _job(number: int, asked: Asked, *, guild_id: int, channel_id: int, member_id: int) -> Job:
    """As it is when its message has been edited for the last time, and the ledger is still to be told."""
    request = ImageRequest(model=_MODEL.slug, prompt=asked.prompt, quality=asked.quality, count=asked.count)
    return Job(
        id=f"{number:016x}",
        status=JobStatus.DELIVERING,
        account=OPERATOR,
        member_id=member_id,
        guild_id=guild_id,
        request=request,
        answer=Answer(
            application_id=0,
            token="",
            expires_at=asked.at + timedelta(minutes=15),
            channel_id=channel_id,
            private=True,  # there is no message to lead to
            file_limit=0,
        ),
        hold=request.price(_MODEL, on=asked.at.date()),
        created_at=asked.at,
        owner=WRITER,
        claimed_at=asked.at,
        failure=asked.failure,
    )


def _used_up(at: datetime) -> Quota:
    """What lets a member have only what was granted."""
    return Quota((Ceiling(Scope.MEMBER, Period.DAY, Unit.PICTURES, 0, span(Period.DAY, at)),))
