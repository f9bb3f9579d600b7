"""Which of the queued jobs may be submitted now: the limits, and whose turn it is."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
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
    waiting: defaultdict[Guild, defaultdict[int, list[Queued]]] = defaultdict(lambda: defaultdict(list))
    for each in sorted(queue, key=lambda each: (each.created_at, each.job_id)):
        waiting[each.guild][each.person_id].append(each)
    guilds, people = dict(served.guilds), dict(served.people)
    left = dict(creates)
    counted = InFlight(in_flight.by_person.copy(), in_flight.by_guild.copy())
    picked: list[Queued] = []

    def turn_of_member(job: Queued) -> tuple[datetime, datetime, str]:
        return people.get(job.person_id, _NEVER), job.created_at, job.job_id

    def next_of(members: Mapping[int, Sequence[Queued]]) -> Queued | None:
        able = (
            next((job for job in jobs if left.get(job.account, 0) > 0), None)
            for person_id, jobs in members.items()
            if counted.by_person[person_id] < limits.per_member
        )
        return min(filter(None, able), key=turn_of_member, default=None)

    while counted.total < limits.in_all:
        able = [
            (guilds.get(guild, _NEVER), job.created_at, guild, job)
            for guild, members in waiting.items()
            if counted.by_guild[guild] < limits.per_guild and (job := next_of(members)) is not None
        ]
        if not able:
            break
        _, _, guild, job = min(able, key=lambda each: each[:3])
        waiting[guild][job.person_id].remove(job)
        picked.append(job)
        counted.add(guild, job.person_id)
        left[job.account] -= 1
        # Turns of one claim follow each other, too.
        guilds[guild] = people[job.person_id] = now + timedelta(microseconds=len(picked))
    return picked


def line_up(queue: Iterable[Queued], served: Served, now: datetime) -> list[Queued]:
    """All the jobs in the order of their turns: what `pick` would answer without any limits."""
    waiting: dict[Guild, dict[int, deque[Queued]]] = {}
    guilds_of: defaultdict[int, set[Guild]] = defaultdict(set)
    for each in sorted(queue, key=lambda each: (each.created_at, each.job_id)):
        waiting.setdefault(each.guild, {}).setdefault(each.person_id, deque()).append(each)
        guilds_of[each.person_id].add(each.guild)
    guilds, people = dict(served.guilds), dict(served.people)

    def turn_of_member(guild: Guild, person_id: int) -> tuple[datetime, datetime, str, int]:
        first = waiting[guild][person_id][0]
        return people.get(person_id, _NEVER), first.created_at, first.job_id, person_id

    by_turn = {guild: [turn_of_member(guild, each) for each in members] for guild, members in waiting.items()}
    for members in by_turn.values():
        heapify(members)

    def next_of(guild: Guild) -> Queued:
        members = by_turn[guild]
        # A member's turn only ever moves back, so the first is this one, or one to be put where it is by now.
        while members[0] != (turn := turn_of_member(guild, members[0][-1])):
            heapreplace(members, turn)
        return waiting[guild][members[0][-1]][0]

    def turn_of_guild(guild: Guild) -> tuple[datetime, datetime, Guild]:
        return guilds.get(guild, _NEVER), next_of(guild).created_at, guild

    line: list[Queued] = []
    turns = [turn_of_guild(guild) for guild in waiting]
    heapify(turns)
    while turns:
        turn = heappop(turns)
        guild = turn[-1]
        if not by_turn[guild] or turn != turn_of_guild(guild):
            continue  # where it has changed, it was put in again
        job = next_of(guild)
        line.append(job)
        guilds[guild] = people[job.person_id] = now + timedelta(microseconds=len(line))
        waiting[guild][job.person_id].popleft()
        if not waiting[guild][job.person_id]:
            heappop(by_turn[guild])
            guilds_of[job.person_id].remove(guild)
        for changed in guilds_of[job.person_id] | {guild}:
            if by_turn[changed]:
                heappush(turns, turn_of_guild(changed))
    return line


_NEVER = datetime.min.replace(tzinfo=UTC)
