"""`easel move-database`: from SQLite to PostgreSQL."""

import asyncio
from typing import Annotated

import typer

from bot.cli.terminal import complete, err, fail, settings_of_environment
from bot.configured import open_cipher
from bot.settings import Settings
from bot.storage.blobs import DirectoryBlobs
from bot.storage.errors import NotMigrated
from bot.storage.move import Move, unmark
from bot.storage.schema import connect, hold_database, is_absent, is_shared, migrate, name_of
from bot.storage.store import open_store
from bot.telemetry import configure_logging


def move_database(
    url: Annotated[str | None, typer.Argument(help="An empty PostgreSQL database: postgresql://…")] = None,
    *,
    undo: Annotated[
        bool, typer.Option("--undo", help="Use the SQLite database again, as it was before it was moved.")
    ] = False,
) -> None:
    """Move the SQLite database, and the kept pictures, to PostgreSQL. The bot must be stopped.

    All of it arrives, or nothing: it may be run again after anything that kept it from its end.
    """
    settings = settings_of_environment()
    configure_logging(level="WARNING")
    if undo:
        complete(lambda: _undo(settings))
    elif url is None:
        fail("Say where to: easel move-database postgresql://…")
    else:
        complete(lambda: _move(settings, url))


async def _move(settings: Settings, url: str) -> None:
    _require_kinds(settings, url)
    with hold_database(settings.database_url):
        if await asyncio.to_thread(is_absent, settings.database_url):
            raise NotMigrated
        cipher = await asyncio.to_thread(open_cipher, settings)
        await migrate(settings.database_url, cipher)
        await migrate(url, cipher)
        source = await open_store(settings.database_url, cipher)
        target = connect(url, cipher)
        try:
            move = Move(source.database, DirectoryBlobs(settings.easel_data_dir / "blobs", cipher), target)
            with err.status("Copying …") as status:
                counts = await move.copy(lambda table, _: status.update(f"Copying {table} …"))
            await move.mark(name_of(url))
        finally:
            await source.close()
            await target.close()
    typer.echo(f"Moved and compared {sum(counts.values()):,} rows, of them {counts['jobs']:,} jobs.")
    typer.echo("Now set DATABASE_URL to the PostgreSQL database, and start the bot.")
    if settings.easel_secret_key is None:
        typer.echo(
            "The secret key stays the one in the file secret.key of EASEL_DATA_DIR. Processes on other machines need "
            "it, too: set EASEL_SECRET_KEY to it there and here."
        )


async def _undo(settings: Settings) -> None:
    with hold_database(settings.database_url):
        if await asyncio.to_thread(is_absent, settings.database_url):
            raise NotMigrated
        database = connect(settings.database_url, await asyncio.to_thread(open_cipher, settings))
        try:
            undone = await unmark(database)
        finally:
            await database.close()
    if not undone:
        fail("This database was not moved.")
    typer.echo("The database can be used again, as it was before it was moved. What was done since isn't in it.")


def _require_kinds(settings: Settings, url: str) -> None:
    if is_shared(settings.database_url):
        fail("DATABASE_URL names no SQLite database: only one of those can be moved, and only to PostgreSQL.")
    if not is_shared(url):
        fail("That is no PostgreSQL database: its address begins with postgresql://.")
