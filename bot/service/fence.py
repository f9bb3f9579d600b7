"""The ports that change the world, closed to a process that may have been taken for dead."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from bot.domain.audit import Difference
from bot.domain.catalog import MicroDollars
from bot.domain.errors import EaselError
from bot.domain.job import Job
from bot.domain.prediction import Prediction, PredictionPage, Submission
from bot.domain.report import Case, Report
from bot.domain.request import Attachment
from bot.domain.review import ReviewRecord
from bot.domain.sanction import Sanction
from bot.domain.trail import TrailEntry
from bot.service.ports import (
    Announcer,
    Bulletins,
    CaseNotices,
    Dossier,
    NoticePost,
    OperatorChannel,
    OutputPicture,
    Place,
    Predictions,
    ReviewDesk,
)
from bot.service.presence import Presence


class FencedPredictions:
    """`Predictions` where every call that costs or stops something may also raise `Stale`. Looking is free."""

    def __init__(self, predictions: Predictions, presence: Presence) -> None:
        self._predictions = predictions
        self._presence = presence

    async def create(self, account: str, submission: Submission) -> Prediction:
        self._presence.fence()
        return await self._predictions.create(account, submission)

    async def cancel(self, account: str, prediction_id: str) -> Prediction:
        self._presence.fence()
        return await self._predictions.cancel(account, prediction_id)

    async def upload(self, account: str, filename: str, media_type: str, data: bytes) -> str:
        self._presence.fence()
        return await self._predictions.upload(account, filename, media_type, data)

    async def get(self, account: str, prediction_id: str) -> Prediction:
        return await self._predictions.get(account, prediction_id)

    async def recent(self, account: str, created_after: datetime) -> Sequence[Prediction]:
        return await self._predictions.recent(account, created_after)

    async def page(self, account: str, created_after: datetime, cursor: str | None = None) -> PredictionPage:
        return await self._predictions.page(account, created_after, cursor)

    async def fetch(self, url: str) -> bytes:
        return await self._predictions.fetch(url)


class FencedAnnouncer:
    """`Announcer` where every call may also raise `Stale`, a `TryLater`; those that only show something are left out
    then."""

    def __init__(self, announcer: Announcer, presence: Presence) -> None:
        self._announcer = announcer
        self._presence = presence

    async def show_progress(self, job: Job, expected_end: datetime, expected_cost: MicroDollars) -> None:
        if self._presence.present:
            await self._announcer.show_progress(job, expected_end, expected_cost)

    async def show_waiting(self, job: Job, because: EaselError | None) -> None:
        if self._presence.present:
            await self._announcer.show_waiting(job, because)

    async def deliver(self, job: Job, pictures: Sequence[OutputPicture]) -> Place:
        self._presence.fence()
        return await self._announcer.deliver(job, pictures)

    async def announce_failure(self, job: Job, failure: EaselError) -> Place:
        self._presence.fence()
        return await self._announcer.announce_failure(job, failure)

    async def withdraw(self, job: Job, refusal: EaselError) -> None:
        self._presence.fence()
        await self._announcer.withdraw(job, refusal)

    async def attached(self, job: Job) -> Mapping[int, Attachment]:
        return await self._announcer.attached(job)

    async def withhold(self, job: Job, *, removed: bool) -> None:
        self._presence.fence()
        await self._announcer.withhold(job, removed=removed)

    async def restore(self, job: Job, pictures: Sequence[OutputPicture]) -> Place:
        self._presence.fence()
        return await self._announcer.restore(job, pictures)

    async def delete(self, job: Job) -> None:
        self._presence.fence()
        await self._announcer.delete(job)


class FencedBulletins:
    """`Bulletins` where every call may also raise `Stale`, a `TryLater`."""

    def __init__(self, bulletins: Bulletins, presence: Presence) -> None:
        self._bulletins = bulletins
        self._presence = presence

    async def report_differences(self, night: date, differences: Sequence[Difference]) -> None:
        self._presence.fence()
        await self._bulletins.report_differences(night, differences)

    async def post_summary(self, channel_id: int, guild_id: int, month: date) -> bool:
        self._presence.fence()
        return await self._bulletins.post_summary(channel_id, guild_id, month)

    async def post_entries(self, channel_id: int, guild_id: int, entries: Sequence[TrailEntry]) -> None:
        self._presence.fence()
        await self._bulletins.post_entries(channel_id, guild_id, entries)


class FencedOperatorChannel:
    """`OperatorChannel` where every call may also raise `Stale`, a `TryLater`."""

    def __init__(self, channel: OperatorChannel, presence: Presence) -> None:
        self._channel = channel
        self._presence = presence

    async def post(self, post: NoticePost) -> None:
        self._presence.fence()
        await self._channel.post(post)


class FencedReviewDesk:
    """`ReviewDesk` where every call may also raise `Stale`, a `TryLater`."""

    def __init__(self, desk: ReviewDesk, presence: Presence) -> None:
        self._desk = desk
        self._presence = presence

    async def post(self, review: ReviewRecord, job: Job, pictures: Sequence[OutputPicture], channel_id: int) -> Place:
        self._presence.fence()
        return await self._desk.post(review, job, pictures, channel_id)

    async def close(self, review: ReviewRecord, job: Job) -> None:
        self._presence.fence()
        await self._desk.close(review, job)


class FencedCaseNotices:
    """`CaseNotices` where every call may also raise `Stale`, a `TryLater`."""

    def __init__(self, notices: CaseNotices, presence: Presence) -> None:
        self._notices = notices
        self._presence = presence

    async def show_case(self, dossier: Dossier) -> Place | None:
        self._presence.fence()
        return await self._notices.show_case(dossier)

    async def tell_reporter(self, case: Case, report: Report, job: Job) -> None:
        self._presence.fence()
        await self._notices.tell_reporter(case, report, job)

    async def tell_member(self, job: Job, warned: Sequence[Sanction]) -> None:
        self._presence.fence()
        await self._notices.tell_member(job, warned)
