"""What became of a create whose answer never came: Replicate has no idempotency key, so it is looked for."""

from datetime import timedelta

import structlog

from bot.domain.errors import EaselError, UnknownFate
from bot.domain.job import Job
from bot.domain.prediction import Prediction, Submission
from bot.service.endings import Waiting
from bot.service.ports import AnswerLost, Clock, NeverSent, Predictions, Store, Throttled
from bot.service.sweep import CLOCK_SKEW

_log = structlog.get_logger(__name__)

LOOKS_PER_GRACE = 5

LONGEST_LOOK = timedelta(hours=1)
"""How long a job waits for a list that can't be had. By then Replicate removes what would tell one run from another."""


async def look_for_prediction(
    job: Job, waiting: Waiting, *, store: Store, predictions: Predictions, clock: Clock, grace: float
) -> Prediction | EaselError | None:
    """Look for the job's prediction until `grace` seconds of looking have passed.

    Answers the prediction; or None, after an absence that held throughout, so that the create may be sent again; or
    `UnknownFate` where it can't be told: a run of that time whose input Replicate has already removed, or a Replicate
    that tells nothing for `LONGEST_LOOK`.
    """
    began = clock.now()
    until = began + timedelta(seconds=grace)
    absences = failures = 0
    while True:
        if waiting.news is not None:  # a webhook named the job and brought the id that the lost answer didn't
            return waiting.news
        pause = grace / LOOKS_PER_GRACE
        try:
            found = await _look_once(job, store, predictions)
            if found is not None:
                return found
            absences += 1
        except (NeverSent, AnswerLost, EaselError) as error:
            if isinstance(error, Throttled):
                pause = max(pause, error.retry_after)
            if not failures:
                _log.warning("recent predictions can't be looked through; the job waits", error=repr(error))
            failures += 1
        # An absence counts only if it was seen; while Replicate can't be asked, the job waits.
        if clock.now() >= until and absences >= LOOKS_PER_GRACE:
            return None
        if clock.now() - began >= LONGEST_LOOK:
            return UnknownFate()
        await waiting.news_within(pause, clock)


async def _look_once(job: Job, store: Store, predictions: Predictions) -> Prediction | EaselError | None:
    submission = job.submission
    since = job.submitted_at or job.created_at
    unreadable = False
    for prediction in await predictions.recent(job.account, since - CLOCK_SKEW):
        if names_job(prediction, job):
            return prediction
        if await store.job_of_prediction(prediction.id) is not None:
            continue
        if submission is not None and same_input(prediction, submission):
            return prediction
        # Removed an hour after its end: it may have been this one.
        unreadable = unreadable or (prediction.data_removed and prediction.model in ("", job.request.model))
    return UnknownFate() if unreadable else None


def names_job(prediction: Prediction, job: Job) -> bool:
    """Whether the run tells by its webhook that it was made for the job."""
    return prediction.webhook is not None and prediction.webhook.rstrip("/").endswith(f"/{job.id}")


def same_input(prediction: Prediction, submission: Submission) -> bool:
    """Whether all that was sent came back. Replicate may add defaults, and masks the key that the client adds."""
    return all(prediction.input.get(name) == value for name, value in submission.input.items())
