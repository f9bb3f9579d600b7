"""Whose turn it is: never over a limit, and nobody waits for those who want much."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.fairness import InFlight, Limits, Queued, Served, line_up, pick

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOBODY = Served({}, {})
MANY = Limits(per_member=99, per_guild=99, in_all=99)
PLENTY = {"a": 99, "b": 99}


def queue_of(words: str) -> list[Queued]:
    """Jobs, oldest first, each in a word: guild, person and, where it isn't "a", account. `1x2` is the second."""
    queue: list[Queued] = []
    for word in words.split():
        kind, _, number = word.partition("*")
        for _ in range(int(number or 1)):
            guild, person, *account = kind
            created_at = NOW - timedelta(minutes=30) + timedelta(seconds=len(queue))
            queue.append(Queued(f"{kind}{len(queue)}", "".join(account) or "a", ord(guild), ord(person), created_at))
    return queue


def turns(picked: Sequence[Queued]) -> str:
    return " ".join(job.job_id[:2] for job in picked)


def picked_of(words: str, limits: Limits = MANY, served: Served = NOBODY, creates: Mapping[str, int] = PLENTY) -> str:
    return turns(pick(queue_of(words), InFlight(), served, creates=creates, limits=limits, now=NOW))


@pytest.mark.parametrize(
    ("waiting", "limits", "expected"),
    [
        ("", MANY, ""),
        ("Gx", MANY, "Gx"),
        ("Gx*4 Gy", MANY, "Gx Gy Gx Gx Gx"),
        ("Gx*4 Gy*2 Gz*3", MANY, "Gx Gy Gz Gx Gy Gz Gx Gz Gx"),
        ("Gx*3 Gy*3 Hz*3", MANY, "Gx Hz Gy Hz Gx Hz Gy Gx Gy"),  # guilds first, and members in them
        ("Gx*20 Gy", replace(MANY, in_all=2), "Gx Gy"),
        ("Gx*20 Gy", replace(MANY, per_member=1), "Gx Gy"),
        ("Gx*20 Gy*20 Hz*20", Limits(per_member=2, per_guild=3, in_all=99), "Gx Hz Gy Hz Gx"),
        ("Gx*2 Hx*2", replace(MANY, per_member=3), "Gx Hx Gx"),  # a person is one in all guilds
        ("Gx*9", replace(MANY, per_guild=0), ""),
        ("Gx*9", replace(MANY, in_all=0), ""),
    ],
)
def test_turns(waiting: str, limits: Limits, expected: str) -> None:
    assert picked_of(waiting, limits) == expected


@pytest.mark.parametrize(
    ("waiting", "creates", "expected"),
    [
        ("Gx*5", {"a": 2}, "Gx Gx"),
        ("Gx*5", {"a": 0}, ""),
        ("Gx*5", {"b": 5}, ""),
        ("Gxa Gya Gxb Gyb", {"a": 1, "b": 9}, "Gx Gy Gx"),
        ("Hza Gxa Gyb", {"a": 1, "b": 9}, "Hz Gy"),  # of a guild whose first waits now, the next
        ("Gxa*3 Gxb*2", {"a": 0, "b": 9}, "Gx Gx"),  # those of one account wait for none of another's
    ],
)
def test_creates_of_an_account(waiting: str, creates: dict[str, int], expected: str) -> None:
    assert picked_of(waiting, creates=creates) == expected


def test_who_had_a_turn_before_goes_after_those_who_had_none() -> None:
    ago = [NOW - timedelta(seconds=seconds) for seconds in range(10)]
    assert picked_of("Gx Gy Gz", served=Served({}, {ord("x"): ago[1], ord("y"): ago[5]})) == "Gz Gy Gx"
    assert picked_of("Gx Hy Iz", served=Served({ord("G"): ago[1], ord("H"): ago[5]}, {})) == "Iz Hy Gx"


def test_what_is_in_flight_counts() -> None:
    in_flight = InFlight()
    in_flight.add(ord("G"), ord("x"))
    in_flight.add(ord("H"), ord("y"), 2)
    queue = queue_of("Gx*5 Gz*5 Hz*5")
    for limits, expected in (
        (Limits(per_member=2, per_guild=99, in_all=99), "Gx Hz Gz"),
        (Limits(per_member=99, per_guild=2, in_all=99), "Gx"),
        (Limits(per_member=99, per_guild=99, in_all=4), "Gx"),
    ):
        assert turns(pick(queue, in_flight, NOBODY, creates={"a": 99}, limits=limits, now=NOW)) == expected
    assert in_flight.total == 3  # as it was


# ----------------------------------------------------------------------------------------- whatever there is

_people = st.integers(1, 5)
_guilds = st.integers(1, 3)
_accounts = st.sampled_from("ab")
_moments = st.integers(0, 10).map(lambda seconds: NOW - timedelta(seconds=seconds))
_queues = st.lists(
    st.builds(Queued, st.uuids().map(str), _accounts, _guilds, _people, _moments),
    unique_by=lambda job: job.job_id,
    max_size=25,
)
_served = st.builds(Served, st.dictionaries(_guilds, _moments), st.dictionaries(_people, _moments))
_limits = st.builds(Limits, per_member=st.integers(1, 3), per_guild=st.integers(1, 5), in_all=st.integers(1, 9))
_creates = st.fixed_dictionaries({}, optional={"a": st.integers(0, 12), "b": st.integers(0, 12)})


@st.composite
def _in_flights(draw: st.DrawFn) -> InFlight:
    in_flight = InFlight()
    for guild, person in draw(st.lists(st.tuples(_guilds, _people), max_size=5)):
        in_flight.add(guild, person)
    return in_flight


def guild_of(job: Queued) -> int:
    return job.guild


def person_of(job: Queued) -> int:
    return job.person_id


@settings(deadline=None)
@given(_queues, _in_flights(), _served, _creates, _limits)
def test_never_over_a_limit_and_never_less_than_there_is_room_for(
    queue: list[Queued], in_flight: InFlight, served: Served, creates: dict[str, int], limits: Limits
) -> None:
    picked = pick(queue, in_flight, served, creates=creates, limits=limits, now=NOW)
    assert len(set(picked)) == len(picked)
    assert set(picked) <= set(queue)
    added = Counter(map(guild_of, picked)), Counter(map(person_of, picked))
    assert all(in_flight.by_guild[guild] + number <= limits.per_guild for guild, number in added[0].items())
    assert all(in_flight.by_person[person] + number <= limits.per_member for person, number in added[1].items())
    assert not picked or in_flight.total + len(picked) <= limits.in_all
    used = Counter(job.account for job in picked)
    assert all(number <= creates.get(account, 0) for account, number in used.items())
    for left in set(queue) - set(picked):
        assert (
            in_flight.total + len(picked) >= limits.in_all
            or in_flight.by_guild[left.guild] + added[0][left.guild] >= limits.per_guild
            or in_flight.by_person[left.person_id] + added[1][left.person_id] >= limits.per_member
            or used[left.account] == creates.get(left.account, 0)
        )


@settings(deadline=None)
@given(st.data(), _queues, _served, _creates, _limits)
def test_the_order_of_the_input_does_not_matter(
    data: st.DataObject, queue: list[Queued], served: Served, creates: dict[str, int], limits: Limits
) -> None:
    shuffled = data.draw(st.permutations(queue))
    picks = [pick(each, InFlight(), served, creates=creates, limits=limits, now=NOW) for each in (queue, shuffled)]
    assert picks[0] == picks[1]


@settings(deadline=None)
@given(_queues, _in_flights(), _served, _limits)
def test_nobody_with_a_free_place_waits_while_another_of_their_guild_has_a_second_turn(
    queue: list[Queued], in_flight: InFlight, served: Served, limits: Limits
) -> None:
    picked = pick(queue, in_flight, served, creates=PLENTY, limits=limits, now=NOW)
    turns_of: defaultdict[int, Counter[int]] = defaultdict(Counter)
    guilds: Counter[int] = Counter()
    people: Counter[int] = Counter()
    for place, job in enumerate(picked):
        waiting = [each for each in queue if each not in picked[:place]]
        for other in waiting:
            able = (
                in_flight.by_person[other.person_id] + people[other.person_id] < limits.per_member
                and in_flight.by_guild[other.guild] + guilds[other.guild] < limits.per_guild
            )
            if able and other.guild == job.guild and not people[other.person_id]:
                assert other.person_id == job.person_id or not turns_of[job.guild][job.person_id]
            if able and not guilds[other.guild]:
                assert other.guild == job.guild or not guilds[job.guild]
        turns_of[job.guild][job.person_id] += 1
        guilds[job.guild] += 1
        people[job.person_id] += 1


@settings(deadline=None)
@given(_queues, _served, _limits)
def test_a_members_jobs_go_in_the_order_in_which_they_came(queue: list[Queued], served: Served, limits: Limits) -> None:
    picked = pick(queue, InFlight(), served, creates=PLENTY, limits=limits, now=NOW)
    places = {job: place for place, job in enumerate(picked)}
    for job in picked:
        for other in queue:
            same = (other.guild, other.person_id) == (job.guild, job.person_id)
            if same and (other.created_at, other.job_id) < (job.created_at, job.job_id):
                assert places[other] < places[job]


def in_plain_code(
    queue: list[Queued], in_flight: InFlight, served: Served, creates: Mapping[str, int], limits: Limits
) -> list[Queued]:
    """What `pick` is to answer: all that wait are looked at for each turn."""
    picked: list[Queued] = []
    guilds, people, left = dict(served.guilds), dict(served.people), Counter(creates)
    by_guild, by_person = in_flight.by_guild.copy(), in_flight.by_person.copy()
    never = datetime.min.replace(tzinfo=UTC)

    def turn(job: Queued) -> tuple[datetime, datetime, str]:
        return people.get(job.person_id, never), job.created_at, job.job_id

    while by_guild.total() < limits.in_all:
        firsts: dict[int, Queued] = {}
        for job in sorted(set(queue) - set(picked), key=turn):
            room = by_person[job.person_id] < limits.per_member and by_guild[job.guild] < limits.per_guild
            if room and left[job.account] > 0:
                firsts.setdefault(job.guild, job)
        if not firsts:
            break
        job = min(firsts.values(), key=lambda job: (guilds.get(job.guild, never), job.created_at, job.guild))
        picked.append(job)
        left[job.account] -= 1
        by_guild[job.guild] += 1
        by_person[job.person_id] += 1
        guilds[job.guild] = people[job.person_id] = NOW + timedelta(microseconds=len(picked))
    return picked


@settings(deadline=None)
@given(_queues, _in_flights(), _served, _creates, _limits)
def test_turns_are_found_as_if_everybody_were_looked_at_each_time(
    queue: list[Queued], in_flight: InFlight, served: Served, creates: dict[str, int], limits: Limits
) -> None:
    picked = pick(queue, in_flight, served, creates=creates, limits=limits, now=NOW)
    assert picked == in_plain_code(queue, in_flight, served, creates, limits)


@settings(deadline=None)
@given(_queues, _served, st.integers(0, 30))
def test_the_line_is_in_the_order_in_which_all_would_be_picked_without_limits(
    queue: list[Queued], served: Served, most: int
) -> None:
    in_turn = in_plain_code(queue, InFlight(), served, PLENTY, MANY)
    assert line_up(queue, served, NOW) == in_turn
    assert line_up(queue, served, NOW, most) == in_turn[:most]
