"""What happens to requests and jobs, counted: the adapter of the port `Meter`."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram

from bot.domain.catalog import DOLLAR
from bot.domain.errors import AdmissionRefused, EaselError, RequestRefused, RunFailed
from bot.domain.job import Job, JobStatus
from bot.service.ports import Received

WAIT_BUCKETS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
STEP_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 90, 120, 180, 300, 600)
ANSWER_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 5)
"""Seconds. Discord waits for 3."""

RATE_LIMIT_SCOPES = ("user", "global", "shared")
"""As Discord's header says them: the bot's own bucket, all of the bot's requests, a resource that others use, too."""

STEPS = ("stage", "run", "deliver", "whole")

KEPT = "kept"
"""The outcome of a job whose pictures reached nobody, and wait for their member in `/jobs`."""


class PrometheusMeter:
    """Labels that an alert asks for are there from the start: a counter that appears with its first event hides it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._admitted = Counter(
            "easel_requests_admitted", "Requests that became jobs.", ["model", "quality"], registry=registry
        )
        self._refused = Counter(
            "easel_requests_refused",
            "Requests that became no job, by the code of the outcome.",
            ["reason"],
            registry=registry,
        )
        self._queue_wait = Histogram(
            "easel_queue_wait_seconds",
            "From the request, or its approval by a reviewer, until a process began to submit it.",
            buckets=WAIT_BUCKETS,
            registry=registry,
        )
        self._steps = Histogram(
            "easel_job_step_seconds",
            "stage: inputs read and judged. run: from the create until the vendor's end. deliver: from there until the "
            "pictures were shown and paid for. whole: from the request on. Jobs that reviewers held up only count in "
            "stage and run.",
            ["step"],
            buckets=STEP_BUCKETS,
            registry=registry,
        )
        self._ended = Counter(
            "easel_jobs_ended",
            "Jobs that ended, by status and by the code of the outcome; empty for pictures delivered, "
            f"{KEPT!r} for pictures that reached nobody.",
            ["status", "outcome"],
            registry=registry,
        )
        self._pictures = Counter(
            "easel_pictures_delivered", "Pictures that were delivered.", ["model", "quality"], registry=registry
        )
        self._spend = Counter(
            "easel_spend_dollars",
            "US dollars that the ledger has captured, on all accounts.",
            ["model", "quality"],
            registry=registry,
        )
        self._answers = Histogram(
            "easel_interaction_answer_seconds",
            "From an interaction's arrival in this process to Discord's receipt of the first answer. Discord gives up "
            "after 3 s.",
            ["type"],
            buckets=ANSWER_BUCKETS,
            registry=registry,
        )
        self._responses = Counter(
            "easel_http_responses",
            "Answers by HTTP status, of requests that this process sent.",
            ["service", "status"],
            registry=registry,
        )
        self._rate_limited = Counter(
            "easel_discord_rate_limited",
            "Answers of 429 by Discord, by its scope: user (one of the bot's buckets), global, shared.",
            ["scope"],
            registry=registry,
        )
        self._rate_limit_seconds = Counter(
            "easel_discord_rate_limit_seconds",
            "Seconds that these answers told to wait.",
            ["scope"],
            registry=registry,
        )
        self._webhooks = Counter(
            "easel_webhooks_received",
            "Requests to the webhook's address: accepted, repeated, unverified (a signature that doesn't hold), "
            "unreadable, unavailable (answered with 503); limited: answered with 429, whatever was asked for.",
            ["result"],
            registry=registry,
        )
        self._webhook_delay = Histogram(
            "easel_webhook_delay_seconds",
            "From the end of a run, by Replicate's clock, to the webhook that tells of it.",
            buckets=STEP_BUCKETS,
            registry=registry,
        )
        for reason in (*RequestRefused.codes(), *AdmissionRefused.codes()):
            self._refused.labels(reason)
        for outcome in ("", KEPT):
            self._ended.labels(JobStatus.SUCCEEDED.value, outcome)
        for outcome in (*RunFailed.codes(), *RequestRefused.codes()):
            self._ended.labels(JobStatus.FAILED.value, outcome)
        self._ended.labels(JobStatus.CANCELED.value, "canceled")
        for step in STEPS:
            self._steps.labels(step)
        for scope in RATE_LIMIT_SCOPES:
            self._rate_limited.labels(scope)
            self._rate_limit_seconds.labels(scope)
        for result in Received:
            self._webhooks.labels(result.value)

    def admitted(self, job: Job) -> None:
        self._admitted.labels(job.request.model, job.request.quality).inc()

    def refused(self, refusal: EaselError) -> None:
        self._refused.labels(refusal.code).inc()

    def claimed(self, job: Job) -> None:
        if job.status is JobStatus.QUEUED and job.claimed_at is not None:
            self._queue_wait.observe(max((job.claimed_at - job.queued_since).total_seconds(), 0.0))

    def staged(self, job: Job, at: datetime) -> None:
        if job.claimed_at is not None:
            self._step("stage", (at - job.claimed_at).total_seconds())

    def settled(self, job: Job) -> None:
        kept = KEPT if job.kept_until is not None else ""
        self._ended.labels(job.status.value, job.failure.code if job.failure else kept).inc()
        labels = job.request.model, job.request.quality
        if job.pictures and not kept:
            self._pictures.labels(*labels).inc(job.pictures)
        if job.cost:
            self._spend.labels(*labels).inc(job.cost / DOLLAR)
        if job.run_seconds is not None:
            self._step("run", job.run_seconds)
        if job.finished_at is None or job.oversight.review:
            return
        self._step("whole", (job.finished_at - job.created_at).total_seconds())
        if job.status is JobStatus.SUCCEEDED and job.submitted_at is not None and job.run_seconds is not None:
            self._step("deliver", (job.finished_at - job.submitted_at).total_seconds() - job.run_seconds)

    def answered(self, kind: str, seconds: float) -> None:
        self._answers.labels(kind).observe(seconds)

    def responded(self, service: str, status: int) -> None:
        self._responses.labels(service, str(status)).inc()

    def rate_limited(self, scope: str, seconds: float) -> None:
        known = scope if scope in RATE_LIMIT_SCOPES else "user"
        self._rate_limited.labels(known).inc()
        self._rate_limit_seconds.labels(known).inc(max(seconds, 0.0))

    def received(self, what: Received, seconds: float | None = None) -> None:
        self._webhooks.labels(what.value).inc()
        if seconds is not None:
            self._webhook_delay.observe(max(seconds, 0.0))

    def _step(self, step: str, seconds: float) -> None:
        self._steps.labels(step).observe(max(seconds, 0.0))  # clocks are set back, now and then
