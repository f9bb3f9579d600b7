"""One target, played with by libFuzzer in this process: `python -m tests.fuzz.campaign NAME [libFuzzer's options]`.

Ends at the first finding, which libFuzzer writes to a file, or when the time is up.
"""

import importlib
import sys
from typing import Any

atheris: Any = importlib.import_module("atheris")  # which only `make .venv/.fuzz` installs

with atheris.instrument_imports(include=["bot"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    name, *options = sys.argv[1:]
    atheris.Setup([sys.argv[0], *options], TARGETS[name].check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
