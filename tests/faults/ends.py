"""What holds of every job once it has ended, whatever went wrong on the way."""

from bot.chat.words.outcomes import sentence
from bot.domain.errors import Canceled, EaselError, InternalFailure, RequestRefused, TimedOut, UnknownFate
from bot.domain.job import JobStatus
from tests.faults.stage import Row, Stage
from tests.wire.interactions import COMMAND

OVERRUN = (UnknownFate, TimedOut, Canceled, InternalFailure)
"""Ends after which more may be captured than was billed, up to the hold: what ran can't be told."""


async def assert_ends_in_order(stage: Stage) -> list[EaselError | None]:
    """Each job ended once, in its own message and in the ledger. Answers how: None for those with pictures."""
    rows = stage.rows()
    assert rows, "a job was admitted"
    ends = [await _assert_ends_in_order(stage, row) for row in rows]
    owned = {row.prediction_id for row in rows}
    left = [run for run in stage.replicate.runs if run.id not in owned and run.status != "canceled"]
    assert len(left) <= sum(isinstance(end, UnknownFate) for end in ends), "every other run was canceled as a twin"
    return ends


async def _assert_ends_in_order(stage: Stage, row: Row) -> EaselError | None:
    job = await stage.job(row)
    assert job.status.ended
    assert (job.status is JobStatus.SUCCEEDED) == (job.failure is None)

    kinds = [kind for kind, _ in row.ledger]
    assert kinds in (["hold", "capture"], ["hold", "release"])
    billed = stage.replicate.billed.get(row.prediction_id or "", 0)
    if isinstance(job.failure, OVERRUN):
        assert billed <= row.captured <= job.hold
    else:
        assert row.captured == billed

    if isinstance(job.failure, RequestRefused):  # the card was taken away, and its member told why
        # A whisper has no nonce: one whose answer was lost is said again.
        message, *again = stage.left
        assert {each.text for each in again} <= {message.text}
        assert all(each.ephemeral for each in stage.left)
    else:
        (message,) = (each for each in stage.left if each.interaction is None or each.interaction.kind == COMMAND)
    if job.failure is None:
        (run,) = (each for each in stage.replicate.runs if each.id == row.prediction_id)
        assert [each.data for each in message.pictures] == list(run.files.values())
        assert message.attachments == message.pictures
    else:
        assert sentence(job.failure) in message.text
        assert not message.attachments
    return job.failure
