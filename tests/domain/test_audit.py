"""What counts as a difference between a job and its run, for any job and any run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.account import OPERATOR, Billing
from bot.domain.audit import (
    STOPPING,
    BookedRun,
    DifferenceKind,
    Ownership,
    absent,
    compare,
    counted_pictures,
    overdue,
    unfounded,
    unowned,
)
from bot.domain.job import JobStatus
from bot.domain.ledger import EntryKind
from bot.domain.prediction import Prediction, PredictionSource, PredictionStatus

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MODELS = ("openai/gpt-image-2", "openai/gpt-image-1.5")
MONEY_KINDS = {DifferenceKind.CAPTURED, DifferenceKind.RELEASED, DifferenceKind.PICTURES, DifferenceKind.NO_ENTRY}
ENDED = [status for status in JobStatus if status.ended]
LIVE = [status for status in JobStatus if not status.ended]

ages = st.timedeltas(timedelta(), timedelta(days=3))
entries = st.sampled_from([EntryKind.CAPTURE, EntryKind.RELEASE, None])
counts = st.integers(0, 10)


@st.composite
def runs(draw: st.DrawFn, *, ended: bool | None = None) -> BookedRun:
    status = draw(st.sampled_from({True: ENDED, False: LIVE, None: list(JobStatus)}[ended]))
    began = NOON - draw(ages)
    entry = draw(entries) if status.ended else None
    return BookedRun(
        job_id="job",
        account="operator",
        billing=draw(st.sampled_from(Billing)),
        status=status,
        model=draw(st.sampled_from(MODELS)),
        created_at=began,
        submitted_at=draw(st.none() | st.just(began)),
        cancel_after=draw(st.none() | st.integers(5, 3600)),
        finished_at=began + (NOON - began) * draw(st.floats(0, 1)) if status.ended else None,
        prediction_id=draw(st.none() | st.just("run")),
        made=draw(st.none() | counts),
        doubtful=draw(st.booleans()),
        entry=entry,
        captured=draw(counts) if entry is EntryKind.CAPTURE else 0,
    )


predictions = st.builds(
    Prediction,
    id=st.just("run"),
    status=st.sampled_from(PredictionStatus),
    model=st.sampled_from([*MODELS, ""]),
    output=st.lists(st.just("url"), max_size=10).map(tuple),
    created_at=st.none() | ages.map(lambda age: NOON - age),
    data_removed=st.booleans(),
    webhook=st.sampled_from([None, "https://easel.example/hook/job", "https://easel.example/hooked"]),
    source=st.none() | st.sampled_from(PredictionSource),
    picture_count=st.none() | counts,
)


@given(runs(ended=False), predictions)
def test_a_job_that_has_not_ended_owes_nothing_yet(run: BookedRun, prediction: Prediction) -> None:
    assert {each.kind for each in compare(run, prediction, NOON)} <= {DifferenceKind.MODEL}
    assert unfounded(run) is None


@given(runs(ended=True), predictions)
def test_of_money_at_most_one_thing_is_said(run: BookedRun, prediction: Prediction) -> None:
    found = list(compare(run, prediction, NOON))
    money = [each for each in found if each.kind in MONEY_KINDS]
    assert len(money) <= 1
    assert all((each.job_id, each.account) == ("job", "operator") for each in found)
    if not prediction.status.ended:
        assert not money, "a run that goes on isn't billed yet"
    if any(each.kind is DifferenceKind.CAPTURED for each in found):
        assert run.entry is EntryKind.CAPTURE
    if any(each.kind is DifferenceKind.RELEASED for each in found):
        assert run.entry is EntryKind.RELEASE


@given(runs(ended=True), predictions)
def test_what_replicate_bills_is_captured(run: BookedRun, prediction: Prediction) -> None:
    """By picture everything can be told; capture and release are never both right, and never both wrong."""
    run = replace(run, billing=Billing.PICTURE)
    verdicts = [
        {each.kind for each in compare(replace(run, entry=entry), prediction, NOON)} & {DifferenceKind.CAPTURED,
                                                                                         DifferenceKind.RELEASED}
        for entry in (EntryKind.CAPTURE, EntryKind.RELEASE)
    ]  # fmt: skip
    if prediction.status.ended:
        assert sorted(map(len, verdicts)) == [0, 1]
        fails = prediction.status in (PredictionStatus.FAILED, PredictionStatus.ABORTED)
        assert not fails or verdicts[1] == set(), "what fails is free"
    else:
        assert verdicts == [set(), set()]


@given(runs(ended=True), predictions)
def test_where_all_agrees_nothing_is_found(run: BookedRun, prediction: Prediction) -> None:
    counted = counted_pictures(prediction)
    billed = prediction.status is PredictionStatus.CANCELED or (
        prediction.status is PredictionStatus.SUCCEEDED and counted != 0
    )
    agreed = replace(
        run,
        billing=Billing.PICTURE,
        model=prediction.model or run.model,
        made=counted,
        entry=EntryKind.CAPTURE if billed else EntryKind.RELEASE,
        finished_at=NOON,
    )
    assert list(compare(agreed, prediction, NOON)) == []


@given(runs(ended=True), predictions, st.integers(1, 9))
def test_another_number_of_pictures_is_told_where_both_are_known(
    run: BookedRun, prediction: Prediction, made: int
) -> None:
    run = replace(run, entry=EntryKind.CAPTURE, made=made)
    prediction = replace(prediction, status=PredictionStatus.SUCCEEDED, picture_count=made + 1)
    (found,) = (each for each in compare(run, prediction, NOON) if each.kind is DifferenceKind.PICTURES)
    assert (found.made, found.counted) == (made, made + 1)
    removed = replace(prediction, picture_count=None, data_removed=True)
    assert not [each for each in compare(run, removed, NOON) if each.kind in MONEY_KINDS]


@given(runs(ended=True), st.sampled_from([PredictionStatus.STARTING, PredictionStatus.UNKNOWN]))
def test_a_run_that_goes_on_is_told_of_once_it_has_had_time_to_stop(run: BookedRun, status: PredictionStatus) -> None:
    assert run.finished_at is not None
    prediction = Prediction("run", status)
    late = run.finished_at + STOPPING + timedelta(seconds=1)
    assert list(compare(run, prediction, run.finished_at + STOPPING)) == []
    assert [each.kind for each in compare(run, prediction, late)] == [DifferenceKind.STILL_RUNNING]


@given(runs(), ages)
def test_a_job_without_an_end_is_given_its_time(run: BookedRun, patience: timedelta) -> None:
    statuses = dict.fromkeys(JobStatus, patience)
    found = overdue(run, NOON, statuses)
    if run.finished_at is not None:
        assert found is None
        return
    own = timedelta(seconds=run.cancel_after or 0)
    assert (found is not None) == (NOON - run.created_at > patience + own)
    assert overdue(run, run.created_at + patience + own, statuses) is None


@pytest.mark.parametrize(
    ("status", "since"),
    [
        (JobStatus.QUEUED, {"approved_at": NOON}),
        (JobStatus.RESULT_REVIEW, {"approved_at": NOON - timedelta(days=1), "submitted_at": NOON}),
        (JobStatus.DELIVERING, {"submitted_at": NOON - timedelta(days=1), "cleared_at": NOON}),
        (JobStatus.DELIVERING, {"approved_at": NOON, "submitted_at": NOON}),
    ],
)
def test_a_job_that_waited_for_reviewers_is_given_its_time_from_then(
    status: JobStatus, since: dict[str, datetime]
) -> None:
    run = replace(BookedRun("job", OPERATOR, Billing.PICTURE, status, "model", NOON - timedelta(days=2)), **since)
    patience = timedelta(hours=1)
    assert overdue(run, NOON + patience, {status: patience}) is None
    assert overdue(run, NOON + patience + timedelta(seconds=1), {status: patience}) is not None


@given(runs())
def test_a_charge_without_a_run(run: BookedRun) -> None:
    found = unfounded(run)
    charged = run.prediction_id is None and run.finished_at is not None and run.entry is not EntryKind.RELEASE
    assert (found is not None) == charged
    if found is not None and found.kind is DifferenceKind.NO_PREDICTION:
        assert found.known is run.doubtful


@given(predictions, st.booleans())
def test_whose_a_run_is(prediction: Prediction, is_operators: bool) -> None:
    ours = Ownership(MODELS[:1], "https://easel.example/hook", is_operators).ours(prediction)
    if prediction.webhook is not None:
        assert ours is (prediction.webhook == "https://easel.example/hook/job"), "an address that only begins alike"
    elif not is_operators or prediction.source is PredictionSource.WEB:
        assert not ours
    else:
        assert ours is (prediction.model != MODELS[1])


@given(runs(), runs(), predictions)
def test_keys_tell_differences_apart(run: BookedRun, other: BookedRun, prediction: Prediction) -> None:
    found = [*compare(run, prediction, NOON), absent(run), unowned(prediction, "operator", NOON, stray=False)]
    found += [unowned(prediction, "operator", NOON, stray=True)]
    assert len({each.key for each in found}) == len(found)
    assert absent(replace(other, prediction_id=run.prediction_id)).key == absent(run).key, "whenever it is found"
