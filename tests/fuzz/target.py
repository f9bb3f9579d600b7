"""What a target of the fuzzer is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
"""Inputs that were findings once, minimised, in a directory for each target."""


@dataclass(frozen=True, slots=True)
class Target:
    """`check` takes any bytes, and raises where the code under test does what it never may."""

    name: str
    check: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]  # small and mostly valid: what the fuzzer begins to change
    longest: int  # bytes of an input

    @property
    def findings(self) -> list[Path]:
        """Files of former findings."""
        return sorted((CORPUS / self.name).glob("*"))
