"""Which of the queued jobs may be submitted now: the limits, and whose turn it is."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush, heapreplace
from typing import TypeAlias

Guild: TypeAlias = int
"""A guild's id. A person outside of every guild is a guild of their own: less their surrogate id."""

PATIENCE = timedelta(hours=1)
"""How long a job waits for its turn. Then it is handed out all the same, to be ended in words: who asked has gone."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many jobs may be between their claim and the end of their run at once, and how fast they may follow."""

    per_member: int = 2
    per_guild: int = 10
    in_all: int = 50
    creates_per_minute: float = 600  # of one account; Replicate's own limit


@dataclass(frozen=True, slots=True)
class Queued:
    """A job that waits for its turn."""

    job_id: str
    account: str
    guild: Guild
    person_id: int
    created_at: datetime


@dataclass(slots=True)
class InFlight:
    """How many jobs hold a place now."""

    by_person: Counter[int] = field(default_factory=Counter[int])
    by_guild: Counter[Guild] = field(default_factory=Counter[Guild])

    def add(self, guild: Guild, person_id: int, count: int = 1) -> None:
        self.by_person[person_id] += count
        self.by_guild[guild] += count

    @property
    def total(self) -> int:
        return self.by_guild.total()


@dataclass(frozen=True, slots=True)
class Served:
    """When each guild and each person last had a turn; who isn't named had none of late."""

    guilds: Mapping[Guild, datetime]
    people: Mapping[int, datetime]


def pick(
    queue: Iterable[Queued],
    in_flight: InFlight,
    served: Served,
    *,
    creates: Mapping[str, int],
    limits: Limits,
    now: datetime,
) -> list[Queued]:
    """The jobs whose turn it is, in the order of their turns.

    Guilds take turns, and within each its members do: the one goes first that has waited longest since its last turn,
    with its oldest job of an account that takes one. So whoever asks for twenty delays nobody's first. `creates` is how
    many more jobs each account may submit now.
    """
    line = _Line(queue, in_flight, served, creates, limits)
    picked: list[Queued] = []
    while (job := line.next()) is not None:
        picked.append(job)
        line.take(job, now + timedelta(microseconds=len(picked)))  # turns of one claim follow each other, too
    return picked


def line_up(queue: Collection[Queued], served: Served, now: datetime, most: int | None = None) -> list[Queued]:
    """All the jobs in the order of their turns, or the first `most`: what `pick` would answer without any limits."""
    number = len(queue)
    limits = Limits(per_member=number, per_guild=number, in_all=number if most is None else most)
    creates = Counter(each.account for each in queue)
    return pick(queue, InFlight(), served, creates=creates, limits=limits, now=now)


class _Line:
    """Who waits. Whoever is next is found by heaps, of guilds and of the members of each: what is taken out of one is
    looked at again, and put where it belongs by now."""

    def __init__(
        self,
        queue: Iterable[Queued],
        in_flight: InFlight,
        served: Served,
        creates: Mapping[str, int],
        limits: Limits,
    ) -> None:
        self._guilds, self._people = dict(served.guilds), dict(served.people)
        self._left = dict(creates)
        self._counted = InFlight(in_flight.by_person.copy(), in_flight.by_guild.copy())
        self._total = in_flight.total
        self._limits = limits
        self._waiting: dict[Guild, dict[int, list[Queued]]] = {}
        self._guilds_of: defaultdict[int, set[Guild]] = defaultdict(set)
        for each in sorted(queue, key=lambda each: (each.created_at, each.job_id), reverse=True):
            self._waiting.setdefault(each.guild, {}).setdefault(each.person_id, []).append(each)
            self._guilds_of[each.person_id].add(each.guild)
        self._members: dict[Guild, list[_MembersTurn]] = {}
        for guild, members in self._waiting.items():
            self._members[guild] = [turn for each in members if (turn := self._turn_of_member(guild, each))]
            heapify(self._members[guild])
        self._turns = [turn for guild in self._waiting if (turn := self._turn_of_guild(guild))]
        heapify(self._turns)

    def next(self) -> Queued | None:
        """The job whose turn it is."""
        while self._turns and self._total < self._limits.in_all:
            guild = self._turns[0][-1]
            if self._turns[0] == self._turn_of_guild(guild):
                return self._first_of(guild)
            heappop(self._turns)  # where it has changed, it was put in again
        return None

    def take(self, job: Queued, at: datetime) -> None:
        """Count the job as one that had its turn."""
        self._waiting[job.guild][job.person_id].remove(job)
        self._counted.add(job.guild, job.person_id)
        self._total += 1
        self._left[job.account] -= 1
        self._guilds[job.guild] = self._people[job.person_id] = at
        exhausted = self._left[job.account] == 0
        for changed in self._waiting if exhausted else self._guilds_of[job.person_id]:
            if turn := self._turn_of_guild(changed):
                heappush(self._turns, turn)

    def _turn_of_guild(self, guild: Guild) -> "_GuildsTurn | None":
        first = self._first_of(guild) if self._counted.by_guild[guild] < self._limits.per_guild else None
        return None if first is None else (self._guilds.get(guild, _NEVER), first.created_at, guild)

    def _first_of(self, guild: Guild) -> Queued | None:
        members = self._members[guild]
        while members:
            turn = self._turn_of_member(guild, members[0][-1].person_id)
            if turn is None:
                heappop(members)
            elif turn == members[0]:
                return turn[-1]
            else:
                # A member's turn only ever moves back, so the first is this one, or one to be put where it is by now.
                heapreplace(members, turn)
        return None

    def _turn_of_member(self, guild: Guild, person_id: int) -> "_MembersTurn | None":
        if self._counted.by_person[person_id] >= self._limits.per_member:
            return None
        for job in reversed(self._waiting[guild][person_id]):
            if self._left.get(job.account, 0) > 0:
                return self._people.get(person_id, _NEVER), job.created_at, job.job_id, job
        return None


_MembersTurn: TypeAlias = tuple[datetime, datetime, str, Queued]
_GuildsTurn: TypeAlias = tuple[datetime, datetime, Guild]

_NEVER = datetime.min.replace(tzinfo=UTC)
