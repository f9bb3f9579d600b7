"""`easel migrate · backup · restore`: what an operator does with the data."""

import asyncio
import sqlite3
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from bot.cli.terminal import complete, err, fail, settings_of_environment
from bot.configured import blobs_directory, configured_cipher, key_file, migrated, open_cipher
from bot.settings import Settings
from bot.storage.archive import Manifest
from bot.storage.backup import Progress as Copied
from bot.storage.backup import back_up
from bot.storage.cipher import Cipher
from bot.storage.dump import dump_command, restore_command
from bot.storage.errors import NothingToBackUp
from bot.storage.restore import Restored
from bot.storage.restore import restore as put_back
from bot.storage.schema import database_file
from bot.telemetry import configure_logging


def migrate() -> None:
    """Bring the database up to date with this version. `easel run` does it, too."""
    settings = settings_of_environment()
    configure_logging(level="WARNING")

    async def bring_up_to_date() -> None:
        async with migrated(settings.database_url, await asyncio.to_thread(open_cipher, settings)):
            pass

    complete(bring_up_to_date)
    typer.echo("The database is up to date.")


def backup(
    file: Annotated[
        Path | None, typer.Argument(help="Where to; a directory, or a new file. Default: easel-DATE-TIME.tar, here.")
    ] = None,
    *,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Put the secret key in, too: whoever has the file can then read it all.")
    ] = False,
) -> None:
    """Write the database and the kept pictures to one file. The bot may run meanwhile."""
    settings = settings_of_environment()
    configure_logging(level="WARNING")
    now = datetime.now(UTC)

    async def write() -> tuple[Path, Manifest]:
        database = database_file(settings.database_url)
        if database is None:
            command = dump_command(settings.database_url, f"easel-{now:%Y%m%d-%H%M%S}.dump")
            fail(
                f"PostgreSQL has its own program for backups, which works while bots run:\n\n  {command}\n\nIt asks for "
                "the password, or takes it from PGPASSWORD or ~/.pgpass. The secret key is not in the file: keep it, too."
            )
        if not await asyncio.to_thread(database.exists):
            raise NothingToBackUp(database)
        target = file or Path()
        if target.is_dir():
            target /= f"easel-{now:%Y%m%d-%H%M%S}.tar"
        cipher = await asyncio.to_thread(open_cipher, settings)
        with _shown() as tell:
            manifest = await asyncio.to_thread(
                back_up,
                database,
                blobs_directory(settings),
                target,
                cipher,
                version=version("easel"),
                key=_key(settings) if with_key else None,
                tell=tell,
            )
        return target, manifest

    target, manifest = complete(write)
    typer.echo(
        f"{target} holds {decimal(manifest.size)}: {manifest.jobs} jobs, {manifest.ledger_entries} entries of the ledger, "
        f"{manifest.pictures} pictures, as they were at {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC."
    )
    if with_key:
        typer.echo("The secret key is in it, too: keep the file as safe as the key itself.")
    else:
        typer.echo(f"The secret key ({manifest.key}) is not in it: without that it can't be read. Keep it elsewhere.")
