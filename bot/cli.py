"""`easel run · demo · doctor · export · migrate · sync`: the command line, and the operator's sentences."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.app import open_app
from bot.chat.client import CannotConnect, DiscordTokenRefused
from bot.configured import migrated, open_cipher
from bot.doctor import DISCORD_ADVICE, REPLICATE_ADVICE, examine, reconcile, show_reconciliation
from bot.domain.errors import BadEntry, BadToken, StoreUnavailable
from bot.export import csv_file, export_member, export_usage, zip_file
from bot.process import App
from bot.settings import Settings
from bot.storage.errors import StorageError
from bot.storage.troubles import explain
from bot.telemetry import configure_logging
from bot.whois import find_member

cli = typer.Typer(
    help="Easel: an image studio for a Discord community.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip
export = typer.Typer(help="Write what Easel keeps to a file.", no_args_is_help=True)
cli.add_typer(export, name="export")
T = TypeVar("T")

_err = Console(stderr=True, highlight=False, soft_wrap=True)


@cli.command()
def run() -> None:
    """Run the bot until it is told to stop."""
    settings = _settings()
    configure_logging(level=settings.easel_log_level, form=settings.easel_log_format)
    _require_tokens(settings)
    _run(lambda: _serve(settings))


@cli.command()
def migrate() -> None:
    """Bring the database up to date with this version. `easel run` does it, too."""
    settings = _settings()
    configure_logging(level="WARNING")

    async def bring_up_to_date() -> None:
        async with migrated(settings.database_url, await asyncio.to_thread(open_cipher, settings)):
            pass

    _run(bring_up_to_date)
    typer.echo("The database is up to date.")


@cli.command()
def sync() -> None:
    """Tell Discord of the commands again. `easel run` does it whenever they have changed."""
    settings = _settings()
    configure_logging(level="WARNING")
    _require_tokens(settings, replicate=False)

    async def tell() -> tuple[list[str], list[str]]:
        async with open_app(settings) as app:
            await app.client.login(settings.discord_token.get_secret_value(), sync=False)
            await app.client.sync_commands(force=True)
            return app.client.command_names, app.client.menu_names

    commands, menus = _run(tell)
    typer.echo(f"Discord knows the commands: {', '.join(f'/{name}' for name in commands)}.")
    typer.echo(f"In the Apps menu of messages: {', '.join(menus)}.")


@cli.command()
def doctor(
    *,
    with_replicate: Annotated[
        bool,
        typer.Option("--reconcile", help="Also compare the ledger and the jobs with Replicate's list of predictions."),
    ] = False,
    days: Annotated[int, typer.Option(min=1, max=90, help="How far --reconcile looks back.")] = 7,
) -> None:
    """Check the settings, the database and both tokens. Exits with 0 only if all is well."""
    settings = _settings()
    configure_logging(level="WARNING")
    findings = _run(lambda: examine(settings))
    table = Table("", "what", "finding", box=None, header_style="bold")
    for what, finding in findings.items():
        table.add_row("[green]✓[/]" if finding.well else "[red]✗[/]", what, Text(finding.words))
    console = Console(soft_wrap=True, highlight=False)
    console.print(table)
    well = all(finding.well for finding in findings.values())
    if well and with_replicate and (report := _run(lambda: reconcile(settings, days))):
        show_reconciliation(report, console)
        well = not report.news and not report.unlisted
    raise typer.Exit(0 if well else 1)


@export.command("usage")
def export_usage_command(
    *,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, in UTC.")
    ] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day, in UTC.")] = None,
    guild: Annotated[int | None, typer.Option(help="The id of the only server whose entries are wanted.")] = None,
    out: Annotated[Path | None, typer.Option(help="A new file, instead of the standard output.")] = None,
) -> None:
    """Write the ledger as CSV, an entry a line. docs/usage-csv.md describes the columns."""
    settings = _settings()
    configure_logging(level="WARNING")

    async def write() -> None:
        with csv_file(out) as output:
            await export_usage(
                settings,
                output,
                first=first.date() if first else None,
                last=last.date() if last else None,
                guild_id=guild,
            )

    _run(write)


@export.command("member")
def export_member_command(
    member: Annotated[int, typer.Argument(help="The member's Discord id.")],
    *,
    out: Annotated[Path, typer.Option(help="The new file.")] = Path("member.zip"),
) -> None:
    """Write all that is kept about a member as a ZIP file, for one who asks the operator instead of /privacy."""
    settings = _settings()
    configure_logging(level="WARNING")

    async def write() -> bool:
        with zip_file(out) as output:
            return await export_member(settings, output, member)

    if not _run(write):
        out.unlink()
        _fail("Nothing is kept about that member. See that it is a Discord id; who was erased can't be found.")


@cli.command()
def whois(
    user_id: Annotated[str, typer.Argument(help="As Replicate or OpenAI names it: 32 letters and digits.")],
) -> None:
    """Tell which member of Discord is behind a `user_id` that the bot gave to Replicate or OpenAI."""
    settings = _settings()
    configure_logging(level="WARNING")
    try:
        member_id = _run(lambda: find_member(settings, user_id))
    except BadEntry:
        _fail("That is no `user_id`: one has 32 characters, 0 to 9 and a to f.")
    if member_id is None:
        _fail(
            "Nobody who is known here has that `user_id`. Who was erased can't be found, nor who came under another "
            "secret key."
        )
    typer.echo(member_id)


@cli.command()
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
        _fail(f"The demo needs more than the bot does ({missing.name}): install the extra `easel[demo]`.")
    configure_logging(level="ERROR")
    seconds = at_once if fast else demo_pace
    if once:
        raise typer.Exit(0 if _run(lambda: tour.play(out, seconds=seconds, history=history)) else 1)
    with suppress(KeyboardInterrupt):
        _run(lambda: serve_room(port, seconds=seconds, history=history))


def main() -> None:
    """The entry point of the `easel` command."""
    cli()


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"{str(each['loc'][0]).upper() if each['loc'] else 'The settings'}: {_plain(each['msg'])}"
                 for each in error.errors(include_input=False, include_url=False)]  # fmt: skip
        _fail("Some settings can't be used.\n" + "\n".join(lines) + "\nSee .env.example for what each takes.")


def _require_tokens(settings: Settings, *, replicate: bool = True) -> None:
    missing: list[str] = []
    if not settings.discord_token.get_secret_value():
        missing.append(DISCORD_ADVICE)
    if replicate and not settings.replicate_api_token.get_secret_value():
        missing.append(REPLICATE_ADVICE)
    if missing:
        _fail("\n".join(missing))


async def _serve(settings: Settings) -> None:
    async with open_app(settings) as app:
        if isinstance(await app.check_replicate(), BadToken):
            _err.print(f"Replicate refuses the token, so no picture can be made. {REPLICATE_ADVICE}", style="red")
        await app.client.login(settings.discord_token.get_secret_value())
        await app.start()
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


def _run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    try:
        return asyncio.run(main())
    except DiscordTokenRefused:
        _fail(f"Discord refuses the token. {DISCORD_ADVICE}")
    except CannotConnect as error:
        _fail(f"The bot can't connect to Discord: {error}")
    except StorageError as error:
        _fail(str(error))
    except StoreUnavailable as error:
        _fail(f"The database can't be used now; {explain(error)}")
    except BrokenPipeError:
        raise typer.Exit(1) from None  # whoever read the output needs no more of it
    except OSError as error:
        _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")


def _fail(message: str) -> NoReturn:
    _err.print(message, style="red", markup=False)
    raise typer.Exit(1)


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
