"""Reports, from the button to what everybody hears of them.

What was said and decided is on disk first. What it asks for at Discord (the result hidden, shown again or removed, the
moderators' card, the answers to those who reported) is done right after, by whoever has claimed the case, and by a
round where a process ended in between: each step may be repeated.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

import structlog

from bot.domain.errors import PictureRefused, StoreUnavailable
from bot.domain.job import Job
from bot.domain.moderation import Policy
from bot.domain.report import Case, Decision, History, Report, Shown
from bot.domain.sanction import Sanction, SanctionKind
from bot.service.ports import (
    Announcer,
    Attachments,
    Blobs,
    CaseNotices,
    Clock,
    Dossier,
    OutputPicture,
    Reports,
    Sanctions,
    Store,
    TryLater,
    Undeliverable,
)
from bot.service.results import Results, named, output_key
from bot.service.sanctions import Sanctioning

_log = structlog.get_logger(__name__)

KEEP = timedelta(days=60)
"""How long pictures are kept that a case took from their message, for the moderators and for an appeal."""

HISTORY = timedelta(days=30)

LEASE = timedelta(minutes=2)
"""Longer than the files of a case take."""

ROUND_SECONDS = 60.0


class Reception(StrEnum):
    """What a report came to, or would come to."""

    RECORDED = "recorded"
    OWN = "own"  # of the one who would report it
    NO_PICTURES = "no_pictures"
    REPORTED_BEFORE = "reported_before"  # by the same person
    KEPT = "kept"  # moderators have looked, and left it
    REMOVED = "removed"


class Cases:
    def __init__(
        self,
        *,
        reports: Reports,
        notices: CaseNotices,
        store: Store,
        announcer: Announcer,
        attachments: Attachments,
        blobs: Blobs,
        results: Results,
        sanctions: Sanctions,
        sanctioning: Sanctioning,
        clock: Clock,
    ) -> None:
        self._reports = reports
        self._notices = notices
        self._store = store
        self._announcer = announcer
        self._attachments = attachments
        self._blobs = blobs
        self._results = results
        self._sanctions = sanctions
        self._sanctioning = sanctioning
        self._clock = clock

    async def run(self) -> None:
        """Do what is left to do, now and every minute, until canceled."""
        while True:
            await self.carry_out()
            await self._clock.sleep(ROUND_SECONDS)

    # ------------------------------------------------------------------------------------------------ what is said

    async def reception(self, job: Job, person_id: int) -> Reception:
        """What a report by this person would come to."""
        if job.member_id == person_id:
            return Reception.OWN
        if not job.pictures:
            return Reception.NO_PICTURES
        case = await self._reports.case(job.id)
        return Reception.RECORDED if case is None else _reception(case, person_id)

    async def file(self, job: Job, report: Report, *, policy: Policy, moderator: bool) -> Reception:
        """Record a report, which `carry_out` is to follow."""
        assert report.reporter_id is not None  # noqa: S101 # whoever reports is there
        if job.member_id == report.reporter_id:
            return Reception.OWN
        if not job.pictures:
            return Reception.NO_PICTURES
        filed = await self._reports.file(
            job.id, job.guild_id, report, threshold=policy.report_threshold, moderator=moderator
        )
        if not filed.new:
            return _reception(filed.case, report.reporter_id)
        _log.warning(
            "result reported", job=job.id, by=report.reporter_id, reports=len(filed.case.reports), hidden=filed.hidden
        )
        return Reception.RECORDED

    async def decide(self, job_id: str, decision: Decision, moderator_id: int) -> tuple[Case, bool]:
        """Decide, unless somebody has; answers the case as it is then, and whether this was the decision. `carry_out`
        is to follow. Raises `LookupError` where there is no such case."""
        case, first = await self._reports.decide(job_id, decision, moderator_id, self._clock.now())
        if first:
            _log.info("report decided on", job=job_id, decision=decision.value, by=moderator_id)
        return case, first

    async def overturn(self, job_id: str, moderator_id: int) -> bool:
        """Keep what was removed, after an appeal; False where it wasn't removed. `carry_out` is to follow."""
        return await self._reports.overturn(job_id, moderator_id, self._clock.now())

    async def undecided(self, guild_id: int, most: int) -> Sequence[Case]:
        """Oldest first."""
        return await self._reports.undecided(guild_id, most)

    async def dossier(self, job_id: str, *, read: bool = True) -> Dossier | None:
        """What moderators decide by; None where there is no such case. Without pictures unless they are to be `read`
        and can be."""
        case, job = await self._reports.case(job_id), await self._store.job(job_id)
        if case is None or job is None:
            return None
        pictures: Sequence[OutputPicture] = []
        try:
            if read:
                pictures = await self._pictures(case, job)
        except (TryLater, Undeliverable, PictureRefused) as error:
            _log.warning("the pictures of a case can't be read", job=job_id, error=repr(error))
        return await self._dossier(case, job, pictures)

    # ------------------------------------------------------------------------------------------------ what is done

    async def carry_out(self) -> None:
        """Show and tell whatever reports and decisions ask for. What can't be done now is left to the round."""
        try:
            while claimed := await self._reports.claim(self._clock.now(), LEASE):
                for case in claimed:
                    try:
                        await self._carry_out(case)
                    except StoreUnavailable:
                        raise
                    except Exception:  # noqa: BLE001 # it keeps no other waiting
                        _log.exception("a case can't be looked after", job=case.job_id)
        except StoreUnavailable as error:
            _log.warning("cases can't be looked after", error=repr(error))

    async def _carry_out(self, case: Case) -> None:
        job = await self._store.job(case.job_id)
        if job is None:
            return
        try:
            pictures = await self._show_due(case, job)
            await self._show_card(case, job, pictures)
            if case.decision is not None:
                await self._tell(case, case.decision, job)
        except TryLater as error:
            _log.warning("a case has to wait for Discord", job=job.id, error=repr(error.__cause__ or error))
            return
        await self._reports.settled(case)

    async def _show_due(self, case: Case, job: Job) -> Sequence[OutputPicture]:
        """Let the result's message show what it is to show. Answers its pictures."""
        due = case.due
        pictures: Sequence[OutputPicture] = []
        try:
            pictures = await self._pictures(case, job)
        except (Undeliverable, PictureRefused) as error:
            _log.warning("the pictures of a case can't be read", job=job.id, error=repr(error.__cause__ or error))
            if due is Shown.HIDDEN and case.shown is Shown.PICTURES:
                due = Shown.OPEN
        if due is case.shown:
            return pictures
        match due:
            case Shown.HIDDEN | Shown.REMOVED:
                if case.shown is not Shown.HIDDEN:
                    await self._keep(job, pictures)
                try:
                    await self._announcer.withhold(job, removed=due is Shown.REMOVED)
                except Undeliverable as error:  # nobody sees it, then
                    _log.info("a reported message is out of reach", job=job.id, error=repr(error.__cause__ or error))
            case Shown.PICTURES if case.shown is not Shown.OPEN:
                if not await self._results.restore(job):
                    _log.warning("the pictures of a case can't be shown again", job=job.id)
            case _:
                pass
        await self._reports.showed(job.id, due)
        return pictures

    async def _pictures(self, case: Case, job: Job) -> Sequence[OutputPicture]:
        """From the message, or as they were kept when they were taken from it. Raises `Undeliverable`, `TryLater`, and
        `PictureRefused` of `bot.domain.errors`."""
        if case.shown in (Shown.HIDDEN, Shown.REMOVED):
            return await self._results.kept(job)
        attached = await self._announcer.attached(job)
        return [named(job, number, await self._attachments.read(each)) for number, each in attached.items()]

    async def _keep(self, job: Job, pictures: Sequence[OutputPicture]) -> None:
        until = self._clock.now() + KEEP
        for each in pictures:
            await self._blobs.put(output_key(job, each.number - 1), each.data, keep_until=until)

    async def _show_card(self, case: Case, job: Job, pictures: Sequence[OutputPicture]) -> None:
        # As it is now: hidden, if that could be done.
        current = await self._reports.case(case.job_id) or case
        try:
            place = await self._notices.show_case(await self._dossier(current, job, pictures))
        except Undeliverable as error:
            _log.error("the log channel can't be written to", job=job.id, error=repr(error.__cause__ or error))
            return
        if place is not None and place.message_id != case.message_id:
            await self._reports.carded(job.id, place.channel_id, place.message_id)

    async def _dossier(self, case: Case, job: Job, pictures: Sequence[OutputPicture]) -> Dossier:
        since = self._clock.now() - HISTORY
        history: History | None = None
        if job.guild_id is not None:
            record = await self._sanctions.record(job.member_id, job.guild_id, self._clock.now(), 0)
            history = await self._reports.history(job.member_id, job.guild_id, since)
            history = replace(history, strikes=record.strikes)
        return Dossier(case, job, history, pictures)

    async def _tell(self, case: Case, decision: Decision, job: Job) -> None:
        """Each once; who can't be reached isn't tried again."""
        for report in case.reports:
            if report.told_at is None and report.reporter_id is not None:
                try:
                    await self._notices.tell_reporter(case, report, job)
                except Undeliverable:
                    _log.info("a reporter can't be told", job=job.id, person=report.reporter_id)
                await self._reports.told(job.id, report.reporter_id, self._clock.now())
        if decision.removes and case.member_told_at is None:
            warned: Sequence[Sanction] = await self._warn(case, job) if decision is Decision.WARNED else ()
            try:
                await self._notices.tell_member(job, warned)
                told = [each.id for each in warned if each.id is not None]
                await self._sanctions.told(told, self._clock.now())
            except Undeliverable:
                _log.info("a member can't be told", job=job.id, person=job.member_id)
            await self._reports.told(job.id, None, self._clock.now())

    async def _warn(self, case: Case, job: Job) -> Sequence[Sanction]:
        """Once, however often it is called. Answers what the member is to hear of."""
        if case.guild_id is None or case.decided_by is None or not job.member_id:  # who was erased
            return []
        sanction = Sanction(
            kind=SanctionKind.WARN,
            guild_id=case.guild_id,
            member_id=job.member_id,
            reason="",
            made_by=case.decided_by,
            made_at=case.decided_at or self._clock.now(),
            strikes=1,
            job_id=job.id,
        )
        outcome = await self._sanctioning.impose(sanction, reference=f"case:{job.id}", by=case.decided_by)
        return [each for each in (outcome.imposed.sanction, outcome.imposed.by_ladder) if each is not None]


def _reception(case: Case, person_id: int) -> Reception:
    match case.decision:
        case Decision.KEPT:
            return Reception.KEPT
        case Decision.REMOVED | Decision.WARNED:
            return Reception.REMOVED
        case None:
            return Reception.REPORTED_BEFORE if case.reported_by(person_id) else Reception.RECORDED
