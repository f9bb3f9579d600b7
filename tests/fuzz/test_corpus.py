"""What the fuzzer has once found stays mended, and its seeds are taken."""

import pytest

from tests.fuzz.minimise import minimised
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


def test_a_finding_is_made_small_and_stays_one() -> None:
    def check(data: bytes) -> None:
        if b"<" in data and b">" in data:
            raise ValueError
        assert b"!" not in data

    assert minimised(check, b"x" * 900 + b"<" + b"!" * 90 + b">" + b"y" * 77) == b"<>"
    assert minimised(check, b"nothing in it") == b"nothing in it"
