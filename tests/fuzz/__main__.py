"""`python -m tests.fuzz`: play with each target for a while, keep what is found, and count."""

import argparse
import hashlib
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.minimise import minimised
from tests.fuzz.target import CORPUS, Target
from tests.fuzz.targets import TARGETS

WORK = Path("build/fuzz")
"""Where what reaches new code is kept from one campaign to the next."""

SLOWEST = 10  # seconds that one input may take
LARGEST = 1_024  # MiB that the process may take


@dataclass(frozen=True, slots=True)
class Outcome:
    target: str
    seconds: int
    inputs: int
    edges: int  # of the code under test, as libFuzzer counts them
    found: list[Path]

    def __str__(self) -> str:
        return f"{self.target:12} {self.seconds:8} {self.inputs:12,} {self.edges:8,} {len(self.found):8}"


def play(target: Target, seconds: int) -> Outcome:
    """A campaign of its own process. It begins with the seeds, the former findings and what was reached before."""
    corpus, found = WORK / target.name / "corpus", WORK / target.name / "found"
    for each in (corpus, found):
        each.mkdir(parents=True, exist_ok=True)
    for old in found.iterdir():
        old.unlink()
    for data in [*target.seeds(), *(each.read_bytes() for each in target.findings)]:
        (corpus / _name(data)).write_bytes(data)
    log = WORK / target.name / "log"
    with log.open("w") as output:
        subprocess.run(
            [
                sys.executable, "-m", "tests.fuzz.campaign", target.name, str(corpus), f"-max_total_time={seconds}",
                f"-max_len={target.longest}", f"-timeout={SLOWEST}", f"-rss_limit_mb={LARGEST}",
                f"-artifact_prefix={found}/", "-print_final_stats=1",
            ],
            stdout=output, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    said = log.read_text(errors="replace")
    inputs = re.findall(r"^(?:stat::number_of_executed_units: |#)(\d+)", said, re.MULTILINE)
    if not inputs:
        raise SystemExit(f"{target.name} could not be played with:\n{said[-2_000:]}")
    edges = re.findall(r"cov: (\d+)", said)
    return Outcome(target.name, seconds, int(inputs[-1]), int(edges[-1]) if edges else 0, _kept(target, found))


def _kept(target: Target, found: Path) -> list[Path]:
    """Minimised, and among the inputs that the test suite replays from now on."""
    kept: list[Path] = []
    for each in sorted(found.iterdir()):
        data = minimised(target.check, each.read_bytes())
        (CORPUS / target.name).mkdir(parents=True, exist_ok=True)
        path = CORPUS / target.name / _name(data)
        path.write_bytes(data)
        kept.append(path)
    return kept


def _name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; default: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (60)")
    given = parser.parse_args()
    print(f"{'target':12} {'seconds':>8} {'inputs':>12} {'edges':>8} {'findings':>8}")
    found: list[Path] = []
    for name in given.names or TARGETS:
        outcome = play(TARGETS[name], given.seconds)
        print(outcome, flush=True)
        found += outcome.found
    for each in found:
        print(f"{each}: {WORK / each.parent.name / 'log'} tells how; the test suite fails until it is mended")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
