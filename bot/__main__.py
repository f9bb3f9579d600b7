"""`easel`, and `python -m bot`."""

import gc
import sys
from collections.abc import Callable

_HEALTH: dict[tuple[str, ...], bool] = {("health",): False, ("health", "--ready"): True}


def main() -> None:
    """The entry point of the `easel` command."""
    ready = _HEALTH.get(tuple(sys.argv[1:]))
    if ready is None or not _asked(ready=ready):
        _loaded()()


def _loaded() -> Callable[[], None]:
    """The command line. What is loaded with it stays to the end, so the collector needn't look for garbage in it: not
    while it is loaded, which took a third longer, nor ever after, while members wait."""
    gc.disable()
    from bot.cli import main as command_line  # noqa: PLC0415 # it takes a second to load

    gc.freeze()
    gc.enable()
    return command_line


def _asked(*, ready: bool) -> bool:
    """Ends the program with the answer to `easel health`; False where settings are wrong, which the command line
    tells of."""
    from pydantic import ValidationError  # noqa: PLC0415 # needless in front of the other commands

    from bot.health import health  # noqa: PLC0415 # the same
    from bot.settings import Settings  # noqa: PLC0415 # the same

    try:
        settings = Settings()
    except ValidationError:
        return False
    well, words = health(settings, ready=ready)
    sys.stdout.write(f"{words}\n")
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
