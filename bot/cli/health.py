"""`easel health`: whether the program answers. Usually it never comes here: see `bot/__main__.py`."""

from typing import Annotated

import typer

from bot.cli.terminal import settings_of_environment
from bot.health import health as ask


def health(
    *,
    ready: Annotated[bool, typer.Option("--ready", help="Ask whether members can be served, too.")] = False,
) -> None:
    """Ask the running program on this machine whether it is alive, at HTTP_PORT. Exits with 0 if it is."""
    well, words = ask(settings_of_environment(), ready=ready)
    typer.echo(words)
    raise typer.Exit(0 if well else 1)
