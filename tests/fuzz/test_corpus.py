"""What the fuzzer has once found stays mended, and its seeds are taken."""

import pytest

from tests.fuzz.target import CORPUS
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_former_findings_and_seeds(name: str) -> None:
    target = TARGETS[name]
    for data in [*target.seeds(), *(each.read_bytes() for each in target.findings)]:
        assert len(data) <= target.longest
        target.check(data)


def test_every_finding_has_its_target() -> None:
    assert {each.name for each in CORPUS.iterdir() if each.is_dir()} <= TARGETS.keys()
