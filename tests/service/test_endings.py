"""What is told of a run reaches its job: one with a task at hand, or one that is parked, which is resumed once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.job import Answer, CancelRequest, Job, JobStatus
from bot.domain.prediction import Prediction, PredictionStatus
from bot.domain.request import ImageRequest
from bot.service.endings import Endings, Waiting
from tests.clocks import NOON

ANSWER = Answer(application_id=1, token="t", expires_at=NOON, channel_id=1, private=False, file_limit=1)
QUEUED = Job(
    id="j", status=JobStatus.QUEUED, account="operator", member_id=1, guild_id=None, request=ImageRequest("m", "a fox"),
    answer=ANSWER, hold=1, created_at=NOON,
)  # fmt: skip
RUNNING = replace(QUEUED, status=JobStatus.RUNNING, submitted_at=NOON, prediction_id="p")
BEGUN, ENDED = Prediction("p", PredictionStatus.PROCESSING), Prediction("p", PredictionStatus.SUCCEEDED)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def resumed() -> list[Job]:
    """The jobs that were, in their order."""
    return []


@pytest.fixture
def endings(resumed: list[Job]) -> Endings:
    return Endings(resume=resumed.append)


def park(endings: Endings, job: Job = RUNNING) -> Waiting:
    with endings.expect(job, 1.0) as waiting:
        waiting.deadline = NOON + MINUTE
        endings.park(job)
    return waiting


def test_the_end_resumes_a_parked_job_once_and_is_there_when_it_goes_on(endings: Endings, resumed: list[Job]) -> None:
    park(endings)
    assert endings.tell(BEGUN)
    assert (resumed, endings.parked_count) == ([], 1), "that it has begun is nothing to act on"
    assert endings.tell(ENDED)
    assert endings.tell(ENDED), "a webhook, and the sweep"
    endings.cancel("j", CancelRequest(NOON, by_moderator=False))
    assert (resumed, endings.parked_count) == ([RUNNING], 0)
    with endings.expect(RUNNING, 1.0) as waiting:
        assert waiting.ended == ENDED
    assert not endings.tell(ENDED), "nobody waits any more"


def test_a_cancel_resumes_it_and_it_can_be_parked_again(endings: Endings, resumed: list[Job]) -> None:
    park(endings)
    endings.cancel("j", CancelRequest(NOON, by_moderator=True))
    assert park(endings).cancel is not None
    endings.cancel("j", CancelRequest(NOON, by_moderator=False))
    assert resumed == [RUNNING], "the first one counts"
    endings.tell(replace(ENDED, status=PredictionStatus.CANCELED))
    assert resumed == [RUNNING, RUNNING]


def test_its_deadline_resumes_it(endings: Endings, resumed: list[Job]) -> None:
    park(endings)
    later = replace(RUNNING, id="k", prediction_id="q")
    park(endings, later).deadline = NOON + 2 * MINUTE
    endings.resume_overdue(NOON + MINUTE - timedelta(seconds=1))
    assert resumed == []
    endings.resume_overdue(NOON + MINUTE)
    assert (resumed, endings.parked_count) == ([RUNNING], 1)


def test_of_jobs_that_are_dropped_none_is_resumed(endings: Endings, resumed: list[Job]) -> None:
    park(endings)
    endings.forget()
    endings.cancel("j", CancelRequest(NOON, by_moderator=False))
    endings.resume_overdue(NOON + MINUTE)
    assert (endings.tell(ENDED, "j"), endings.in_flight(), resumed) == (False, [], [])


def test_what_overtakes_the_creates_answer_is_kept(endings: Endings) -> None:
    with endings.expect(QUEUED, 1.0) as waiting:
        assert endings.tell(BEGUN, "j")
        assert waiting.news == BEGUN, "it brings the id that a lost answer didn't"
        endings.started(waiting, "p", NOON)
        assert waiting.news is None
        assert endings.tell(ENDED)
        assert waiting.ended == ENDED


def test_an_end_that_overtakes_it_is_the_runs_end(endings: Endings) -> None:
    with endings.expect(QUEUED, 1.0) as waiting:
        endings.tell(ENDED, "j")
        endings.started(waiting, "p", NOON)
        assert waiting.ended == ENDED
        endings.started(waiting, "q", NOON)
        assert waiting.ended is None, "it was the end of another run"
