"""What is stored is found again, whatever it is and however often Easel restarts."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings

from bot.domain.errors import EaselError, SafetyRefusal, VendorFailure
from bot.domain.job import Job, JobStatus
from bot.domain.prediction import Prediction, PredictionStatus
from bot.domain.request import ImageRequest
from bot.storage import records
from bot.storage.cipher import Cipher
from bot.storage.columns import Codec
from bot.storage.store import SqlStore, open_store
from tests.storage.conftest import NewDatabase, Opener
from tests.storage.examples import admit, bring_to, failures, live_jobs, predictions


def test_any_job_survives_a_restart(new_database: NewDatabase, cipher: Cipher) -> None:
    @given(job=live_jobs)
    @settings(max_examples=20, deadline=None)
    def survives(job: Job) -> None:
        assert asyncio.run(restarted(new_database(), job, cipher)) == job

    survives()


async def restarted(url: str, job: Job, cipher: Cipher) -> Job | None:
    store = await open_store(url, cipher)
    try:
        await admit(store, job)
    finally:
        await store.close()
    store = await open_store(url, cipher)
    try:
        return await store.job(job.id)
    finally:
        await store.close()


async def test_ended_jobs_survive_a_restart(store: SqlStore, open_another: Opener) -> None:
    job = await bring_to(store, JobStatus.SUCCEEDED)
    await store.close()
    assert await (await open_another()).job(job.id) == job


def through_json(codec: Codec, value: Any) -> Any:
    return codec.load(json.loads(json.dumps(codec.dump(value))))


@given(prediction=predictions)
def test_any_prediction_comes_back(prediction: Prediction) -> None:
    restored = through_json(records.PREDICTION, prediction)
    assert restored == prediction
    assert type(restored) is Prediction


@given(failure=failures)
def test_any_failure_comes_back(failure: EaselError) -> None:
    assert through_json(records.FAILURE, failure) == failure


def test_keys_of_a_newer_version_are_passed_over() -> None:
    request = ImageRequest("openai/gpt-image-2", "a fox")
    assert records.REQUEST.load(records.REQUEST.dump(request) | {"seed": 3}) == request
    prediction = Prediction("p", PredictionStatus.FAILED, failure=SafetyRefusal())
    assert records.PREDICTION.load(records.PREDICTION.dump(prediction) | {"version": "x"}) == prediction


def test_keys_that_an_older_version_did_not_write_are_their_defaults() -> None:
    record = records.REQUEST.dump(ImageRequest("openai/gpt-image-2", "a fox", quality="low"))
    del record["quality"]
    assert records.REQUEST.load(record).quality == "auto"


@pytest.mark.parametrize("record", [{"code": "struck_by_lightning"}, {"code": "safety_refusal", "score": 3}])
def test_failures_of_another_version_are_failures_still(record: dict[str, Any]) -> None:
    assert records.FAILURE.load(record) == VendorFailure(record["code"])
    prediction = records.PREDICTION.dump(Prediction("p", PredictionStatus.FAILED)) | {"failure": record}
    assert records.PREDICTION.load(prediction).failure == VendorFailure(record["code"])
