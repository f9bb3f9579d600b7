"""What holds of every job once it has ended, however often the processes that worked on it were killed.

Compared are three accounts of the same commands: what Easel's tables say, what the stand-in for Replicate ran and
billed, and what stands in the stand-in for Discord.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from bot.demo.replicate_runs import Run
from bot.demo.replicate_server import ReplicateServer
from tests.process.commands import Command
from tests.process.deployment import Records
from tests.wire.discord_server import DiscordServer, Message

_UNFINISHED_WORDS = ("It should be here", "in line", "Checking whether", "A moderator looks at")
"""What a card says that still promises something."""


@dataclass(slots=True)
class Findings:
    """How many jobs were looked at, and what was found wrong, a sentence each."""

    commands: int = 0
    jobs: int = 0
    lost: list[str] = field(default_factory=list[str])
    created_twice: list[str] = field(default_factory=list[str])
    twins: list[str] = field(default_factory=list[str])  # canceled, and reported
    delivered_twice: list[str] = field(default_factory=list[str])
    ledger_differences: list[str] = field(default_factory=list[str])
    stale_cards: list[str] = field(default_factory=list[str])  # beside the answer, one that still promises it

    def __iadd__(self, other: "Findings") -> "Findings":
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        return self

    @property
    def wrong(self) -> list[str]:
        """What must never be. A twin is told of and canceled, and a stale card is a blemish."""
        return [*self.lost, *self.created_twice, *self.delivered_twice, *self.ledger_differences]


def examine(
    commands: Collection[Command],
    records: Records,
    replicate: ReplicateServer,
    discord: DiscordServer,
    *,
    unreachable: Collection[Command] = (),
) -> Findings:
    """What became of these commands, each of a member of its own. Who is `unreachable` gets no answer anywhere."""
    findings = Findings(commands=len(commands))
    jobs: dict[int, list[Mapping[str, Any]]] = {}
    for job in records.jobs:
        jobs.setdefault(job["member_id"], []).append(job)
    entries: dict[str, list[Mapping[str, Any]]] = {}
    for entry in records.ledger:
        entries.setdefault(entry["job_id"], []).append(entry)
    runs: dict[str, list[Run]] = {}
    for run in replicate.runs:
        runs.setdefault(run.input["prompt"], []).append(run)
    shown = _messages_by_picture(discord.world.messages.values())
    payers: dict[str, str] = {}  # by account
    for command in commands:
        mine, made = jobs.get(command.member_id, []), runs.get(command.prompt, [])
        findings.jobs += len(mine)
        if len(mine) > 1:
            findings.created_twice.append(f"{command}: admitted {len(mine)} times")
        own = {job["prediction_id"] for job in mine} - {None}
        twins = [run for run in made if run.id not in own] if own else made[1:]
        for run in twins:
            canceled = run.status == "canceled" and run.id in records.strays
            (findings.twins if canceled else findings.created_twice).append(f"{command}: {run.id}, {run.status}")
        for job in mine:
            _check_end(findings, command, job, made, shown, reachable=command not in unreachable)
            bills = [replicate.bills[run.id] for run in made if run not in twins and run.id in replicate.bills]
            _check_ledger(findings, command, job, entries.get(job["id"], []), owed=sum(bill.amount for bill in bills))
            if any(bill.payer != payers.setdefault(job["account"], bill.payer) for bill in bills):
                findings.ledger_differences.append(f"{command}, job {job['id']}: billed to another account")
        if not mine and made:
            findings.lost.append(f"{command}: a run and no job")
    if len(set(payers.values())) < len(payers):
        findings.ledger_differences.append("two accounts are billed to one payer")
    return findings


def _check_end(
    findings: Findings,
    command: Command,
    job: Mapping[str, Any],
    runs: Sequence[Run],
    shown: Mapping[bytes, Sequence[Message]],
    *,
    reachable: bool,
) -> None:
    """The job's pictures are in one message, or words are there in their place."""
    name = f"{command}, job {job['id']}, {job['status']}"
    if job["finished_at"] is None:
        findings.lost.append(f"{name}: not ended")
        return
    there = [each for each in command.messages(job["id"]) if not each.deleted]
    with_pictures = [each for each in there if each.pictures]
    files = [data for run in runs for data in run.files.values()]
    copies = {message.id for data in files for message in shown.get(data, ())}
    if len(with_pictures) > 1 or len(copies) > 1:
        findings.delivered_twice.append(f"{name}: its pictures are in {len(with_pictures)} messages")
    if not reachable:
        if there:
            findings.lost.append(f"{name}: an answer where none can be: {there}")
    elif job["status"] == "succeeded":
        if not with_pictures or len(with_pictures[0].pictures) != job["pictures"] or not job["pictures"]:
            findings.lost.append(f"{name}: its pictures are not all there: {there}")
        elif with_pictures[0].id != job["message_id"]:
            findings.lost.append(f"{name}: its message is {with_pictures[0].id}, not {job['message_id']}")
    elif with_pictures or not [each for each in there if not _promises(each)]:
        findings.lost.append(f"{name}: no sentence, but {there}")
    for each in there:
        if _promises(each):
            (findings.lost if each.pictures else findings.stale_cards).append(f"{name}: left with {each.text!r}")


def _promises(message: Message) -> bool:
    return any(words in message.text for words in _UNFINISHED_WORDS)


def _check_ledger(
    findings: Findings,
    command: Command,
    job: Mapping[str, Any],
    entries: Sequence[Mapping[str, Any]],
    *,
    owed: int,
) -> None:
    """One hold and one end of it, which is what is billed; by token at least that, and the hold at most, where the run
    was canceled and so told no tokens. Each names the job's account."""
    kinds = sorted(each["kind"] for each in entries)
    booked = sum(each["amount"] for each in entries if each["kind"] == "capture")
    untold = job["billing"] == "token" and job["status"] == "canceled"
    right = owed <= booked <= job["hold"] if untold else booked == owed
    accounts = {each["account"] for each in entries}
    if kinds != sorted(["hold", "capture" if booked else "release"]) or not right or accounts != {job["account"]}:
        told = [(each["kind"], each["amount"]) for each in entries]
        findings.ledger_differences.append(f"{command}, job {job['id']}, {job['status']}: {told}, billed {owed}")


def _messages_by_picture(messages: Iterable[Message]) -> Mapping[bytes, Sequence[Message]]:
    found: dict[bytes, list[Message]] = {}
    for message in messages:
        if not message.deleted:
            for each in message.pictures:
                found.setdefault(each.data, []).append(message)
    return found
