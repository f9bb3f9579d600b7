"""`easel run`: the bot, until it is told to stop."""

import asyncio
import signal
from typing import NoReturn

import structlog
import typer

from bot.app import open_app
from bot.cli.systemd import told_to_systemd
from bot.cli.terminal import complete, require_tokens, settings_of_environment
from bot.doctor.tokens import REPLICATE_ADVICE
from bot.domain.errors import BadToken
from bot.process import App
from bot.settings import Settings
from bot.telemetry import conceal, configure_logging, log_uncaught

_log = structlog.get_logger(__name__)


def run() -> None:
    """Run the bot until it is told to stop."""
    settings = settings_of_environment()
    configure_logging(level=settings.easel_log_level, form=settings.easel_log_format, role="all")
    conceal(settings.secrets)
    log_uncaught()
    require_tokens(settings)
    complete(lambda: _serve(settings), end=_end_logged if settings.easel_log_format == "json" else None)


def _end_logged(message: str) -> NoReturn:
    """`fail`, for who reads nothing but the log."""
    _log.critical(message)
    raise typer.Exit(1)


async def _serve(settings: Settings) -> None:
    async with open_app(settings) as app:
        if isinstance(await app.check_replicate(), BadToken):
            _log.error(f"Replicate refuses the token, so no picture can be made. {REPLICATE_ADVICE}")
        await app.client.login(settings.discord_token.get_secret_value())
        await app.start()
        async with told_to_systemd():
            await _until_stopped(app)


async def _until_stopped(app: App) -> None:
    """Stay connected until SIGTERM or SIGINT; discord.py installs no handler of its own."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    connected = asyncio.create_task(app.client.connect())
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({connected, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if connected.done():
            connected.result()
    finally:
        connected.cancel()
        stopped.cancel()
        await asyncio.gather(connected, stopped, return_exceptions=True)
