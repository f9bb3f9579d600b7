"""`easel demo`: the try-it room."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.terminal import complete, fail
from bot.telemetry import configure_logging


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="Play a scripted tour without a browser, then end.")] = False,
    out: Annotated[Path, typer.Option(help="Where the tour's pictures go.")] = Path("out"),
    port: Annotated[int, typer.Option(help="The room's port on this machine; 0 takes a free one.")] = 8000,
    fast: Annotated[bool, typer.Option("--fast", help="Let no run take longer than its pictures are drawn.")] = False,
    history: Annotated[
        bool, typer.Option("--history", help="Begin with weeks of invented use, for /usage and /studio usage.")
    ] = False,
) -> None:
    """Try Easel in a browser: no account, no token. Its pictures are drawn locally; no model runs."""
    try:
        from bot.demo import tour  # noqa: PLC0415 # an extra: a deployment goes without
        from bot.demo.replicate_runs import at_once, demo_pace  # noqa: PLC0415
        from bot.demo.room import serve_room  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        fail(f"The demo needs more than the bot does ({missing.name}): install the extra `easel[demo]`.")
    configure_logging(level="ERROR")
    seconds = at_once if fast else demo_pace
    if once:
        raise typer.Exit(0 if complete(lambda: tour.play(out, seconds=seconds, history=history)) else 1)
    with suppress(KeyboardInterrupt):
        complete(lambda: serve_room(port, seconds=seconds, history=history))
