"""`easel`, and `python -m bot`."""

import sys

_HEALTH: dict[tuple[str, ...], bool] = {("health",): False, ("health", "--ready"): True}


def main() -> None:
    """The entry point of the `easel` command."""
    ready = _HEALTH.get(tuple(sys.argv[1:]))
    if ready is None or not _asked(ready=ready):
        from bot.cli import main as command_line  # noqa: PLC0415 # it takes seconds to load

        command_line()


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
