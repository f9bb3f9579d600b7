"""`easel run`: the bot, until it is told to stop."""

import asyncio
import gc
import signal
import sys
from collections.abc import Coroutine
from typing import Annotated, Any, NoReturn

import structlog
import typer

from bot.app import open_app
from bot.cli.first_run import in_terminal, missing_tokens, tell_steps, walk_through
from bot.cli.systemd import told_to_systemd
from bot.cli.terminal import complete, settings_of_environment
from bot.doctor.tokens import REPLICATE_ADVICE
from bot.domain.errors import BadToken
from bot.domain.roles import Role
from bot.process import App
from bot.settings import Settings
from bot.telemetry import conceal, configure_logging, log_uncaught

_log = structlog.get_logger(__name__)

_SWITCH_INTERVAL = 0.001
"""Seconds after which a thread that computes makes room for the event loop; Python's own 5 ms are due twice where the
loop begins a thread, and again for each further thread that computes."""


def run(
    *,
    role: Annotated[
        Role | None,
        typer.Option(help="What this process does, where several share one PostgreSQL (EASEL_ROLE). Default: all."),
    ] = None,
    shards: Annotated[
        str | None,
        typer.Option(
            metavar="FIRST-LAST/COUNT",
            help="The shards of Discord's gateway that it connects (EASEL_SHARDS), such as 0-3/16. "
            "Default: all that Discord recommends.",
        ),
    ] = None,
) -> None:
    """Run the bot until it is told to stop."""
    given = {name: value for name, value in (("easel_role", role), ("easel_shards", shards)) if value is not None}
    settings = settings_of_environment(**given)
    if missing := missing_tokens(settings):
        if not in_terminal():
            tell_steps(missing)
        walk_through(settings, missing)
        settings = settings_of_environment(**given)
    configure_logging(level=settings.easel_log_level, form=settings.easel_log_format, role=settings.easel_role.value)
    conceal(settings.secrets)
    log_uncaught()
    complete(lambda: _serve(settings), end=_end_logged if settings.easel_log_format == "json" else None)


def _end_logged(message: str) -> NoReturn:
    """`fail`, for who reads nothing but the log."""
    _log.critical(message)
    raise typer.Exit(1)


async def _serve(settings: Settings) -> None:
    sys.setswitchinterval(_SWITCH_INTERVAL)
    async with open_app(settings) as app:
        if isinstance(await app.check_replicate(), BadToken):
            _log.error(f"Replicate refuses the token, so no picture can be made. {REPLICATE_ADVICE}")
        await app.client.login(settings.discord_token.get_secret_value())
        gc.freeze()  # modules, mostly: each full collection would go over them and hold up everything for 0.1 s
        await app.start()
        _log.info("started")
        async with told_to_systemd():
            await _until_stopped(app, connect=settings.easel_role.listens)


async def _until_stopped(app: App, *, connect: bool) -> None:
    """Stay, and connected where that is meant, until SIGTERM or SIGINT; discord.py installs no handler of its own."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    connecting: Coroutine[Any, Any, object] = app.client.connect() if connect else asyncio.Event().wait()
    connected = asyncio.create_task(connecting)
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({connected, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if connected.done():
            connected.result()
    finally:
        connected.cancel()
        stopped.cancel()
        await asyncio.gather(connected, stopped, return_exceptions=True)
