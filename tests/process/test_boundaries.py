"""The reader of the service's source sees every call of a port, and says where it can't."""

from pathlib import Path
from textwrap import dedent

import pytest

from tests.process.boundaries import CannotFollow, boundaries


def read(tmp_path: Path, source: str) -> list[str]:
    (tmp_path / "sample.py").write_text(dedent(source))
    return [each.name for each in boundaries(tmp_path)]


def test_calls_by_way_of_attributes_and_parameters(tmp_path: Path) -> None:
    source = """
        class Sample:
            def __init__(self, store: Store, other: Predictions | None, plain: Other) -> None:
                self._store = store
                self._other = other
                self._plain = plain

            async def step(self, job: Job, blobs: Blobs) -> None:
                await self._store.advance(job, JobStatus.RUNNING)
                await asyncio.gather(*(self._other.fetch(url) for url in job.urls))
                put = partial(blobs.put, "key")
                await self._plain.advance(job)

        async def free(clock: Clock, announcer: Announcer) -> None:
            await clock.sleep(1)
            await announcer.withdraw(job, refusal)
    """
    assert read(tmp_path, source) == [
        "sample.Sample.step: Store.advance to running",
        "sample.Sample.step: Predictions.fetch",
        "sample.Sample.step: Blobs.put",
        "sample.free: Announcer.withdraw",
    ]


def test_a_method_that_passes_the_step_on_stands_for_none_and_its_callers_do(tmp_path: Path) -> None:
    source = """
        class Sample:
            def __init__(self, store: Store) -> None:
                self._store = store

            async def _to(self, job: Job, to: JobStatus) -> Job:
                return await self._store.advance(job, to)

            async def run(self, job: Job) -> None:
                await self._to(job, JobStatus.QUEUED)
                await self._to(job, JobStatus.SUBMITTING)
                await self._to(job, JobStatus.QUEUED)
    """
    assert read(tmp_path, source) == [
        "sample.Sample.run: Store.advance to queued (1)",
        "sample.Sample.run: Store.advance to submitting",
        "sample.Sample.run: Store.advance to queued (2)",
    ]


def test_a_port_around_a_port_stands_for_none(tmp_path: Path) -> None:
    source = """
        class Sample:
            def __init__(self, attachments: Attachments) -> None:
                self._attachments = attachments

            async def read(self, attachment: Attachment) -> bytes:
                return await self._attachments.read(attachment)
    """
    assert read(tmp_path, source) == []


@pytest.mark.parametrize("use", ["store = self._store", "return self._store", "self.stores = [self._store]"])
def test_what_hides_a_port_is_an_error(tmp_path: Path, use: str) -> None:
    source = f"""
        class Sample:
            def __init__(self, store: Store) -> None:
                self._store = store

            def hide(self) -> object:
                {use}
    """
    with pytest.raises(CannotFollow, match=r"sample\.Sample\.hide"):
        read(tmp_path, source)
