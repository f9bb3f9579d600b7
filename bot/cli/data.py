"""`easel migrate · backup · restore`: what an operator does with the data."""

import asyncio
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from bot.cli.terminal import complete, err, fail, settings_of_environment
from bot.configured import key_file, migrated, open_cipher
from bot.settings import Settings
from bot.storage.archive import Manifest
from bot.storage.backup import Progress as Copied
from bot.storage.backup import back_up
from bot.storage.cipher import Cipher, load_or_make_keys
from bot.storage.dump import dump_command, restore_command
from bot.storage.errors import NothingToBackUp
from bot.storage.restore import Place, Restored
from bot.storage.restore import restore as put_back
from bot.storage.restored import end_doubtful
from bot.storage.schema import database_file
from bot.telemetry import configure_logging

_MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]


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
                f"PostgreSQL has a program of its own for backups, which works while bots run:\n\n  {command}\n\nIt "
                "asks for the password, or takes it from PGPASSWORD or ~/.pgpass. The secret key is not in it."
            )
        if not await asyncio.to_thread(database.exists):
            raise NothingToBackUp(database)
        target = file or Path()
        if target.is_dir():
            target /= f"easel-{now:%Y%m%d-%H%M%S}.tar"
        cipher = await asyncio.to_thread(open_cipher, settings)
        keys = await asyncio.to_thread(_keys, settings) if with_key else ()
        with _shown("Copying the database") as tell:
            pictures = settings.easel_data_dir / "blobs"
            manifest = await asyncio.to_thread(
                back_up, database, pictures, target, cipher, version=version("easel"), keys=keys, tell=tell
            )
        return target, manifest

    target, manifest = complete(write)
    typer.echo(f"{target} holds {_contents(manifest)}.")
    if with_key:
        typer.echo("The secret key is in it, too: keep the file as safe as the key itself.")
    else:
        typer.echo(f"The secret key ({manifest.key}) is not in it: without that it can't be read. Keep it elsewhere.")


def restore(
    file: Annotated[Path | None, typer.Argument(help="What `easel backup` wrote.", exists=True, dir_okay=False)] = None,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of the database that is there, which is kept aside.")
    ] = False,
    dumped_at: Annotated[
        datetime | None,
        typer.Option(help="PostgreSQL, after pg_restore: when the dump was made, in UTC.", formats=_MOMENTS),
    ] = None,
) -> None:
    """Put a backup in place, migrated to this version. The bot must be stopped. All of it is put back, or nothing."""
    settings = settings_of_environment()
    configure_logging(level="WARNING")
    if database_file(settings.database_url) is None:
        _restore_dump(settings, file, dumped_at)
    elif file is None or dumped_at is not None:
        fail("Say which file is to be restored: easel restore FILE")
    else:
        _restore_archive(settings, file, replace=replace)
    typer.echo("What was done since is lost; `easel doctor --reconcile` tells later which runs were made at Replicate.")


def _restore_archive(settings: Settings, file: Path, *, replace: bool) -> None:
    async def put() -> Restored:
        with err.status(f"Restoring {file} …"):
            return await put_back(
                file,
                Place(settings.database_url, settings.easel_data_dir / "blobs", key_file(settings)),
                lambda own_keys: _cipher(settings, own_keys),
                datetime.now(UTC),
                replace=replace,
            )

    restored = complete(put)
    typer.echo(f"Restored {_contents(restored.manifest)}.")
    _tell_ended(restored.ended)
    if restored.aside:
        typer.echo(f"What was there before is in {restored.aside}. Delete it when it is of no more use.")


def _restore_dump(settings: Settings, file: Path | None, dumped_at: datetime | None) -> None:
    if dumped_at is None:
        fail(
            "PostgreSQL has a program of its own for this, which restores a file of pg_dump's to an empty database:\n\n"
            f"  {restore_command(settings.database_url, str(file or 'easel.dump'))}\n\nAfter it, run easel restore "
            "--dumped-at with the moment of the dump (docs/backup.md)."
        )

    async def put() -> int:
        async with migrated(settings.database_url, await asyncio.to_thread(open_cipher, settings)) as store:
            return await end_doubtful(store, dumped_at.replace(tzinfo=UTC), datetime.now(UTC))

    _tell_ended(complete(put))


def _tell_ended(jobs: int) -> None:
    if jobs:
        typer.echo(
            f"{jobs} jobs hadn't ended then, and nobody can tell what became of them: they are ended, not repeated."
        )


def _contents(of: Manifest) -> str:
    return (
        f"{decimal(of.size)}: {of.jobs} jobs, {of.ledger_entries} entries of the ledger, {of.pictures} pictures, as "
        f"they were at {of.created_at:%Y-%m-%d %H:%M:%S} UTC"
    )


def _keys(settings: Settings) -> Sequence[str]:
    """All keys that the deployment has, the one that encrypts first."""
    key = settings.easel_secret_key
    own = [key.get_secret_value()] if key else load_or_make_keys(key_file(settings))
    return [*own, *settings.retired_keys]


def _cipher(settings: Settings, own_keys: Sequence[str]) -> Cipher | None:
    """The cipher of the settings; without a key in them, that of the archive's own; None without either."""
    if settings.easel_secret_key or key_file(settings).exists():
        return open_cipher(settings)
    return Cipher.from_key(*own_keys) if own_keys else None


@contextmanager
def _shown(what: str) -> Generator[Callable[[Copied], None]]:
    """A bar, where somebody looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda copied: bar.update(task, completed=copied.done, total=copied.whole)
