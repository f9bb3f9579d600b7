"""`easel rotate-key`: all that is kept, put under another secret key."""

import asyncio
from collections.abc import Sequence

import typer

from bot.cli.terminal import complete, err, fail, settings_of_environment
from bot.configured import key_file, open_cipher
from bot.settings import Settings
from bot.storage.blobs import DirectoryBlobs, open_blobs
from bot.storage.cipher import Cipher, keep_keys, load_or_make_keys, make_key
from bot.storage.errors import NotMigrated, StorageError
from bot.storage.processes import keys_of_the_living
from bot.storage.rotation import Ciphertexts, Rotation
from bot.storage.schema import hold_database, is_absent, migrate
from bot.storage.store import open_store
from bot.telemetry import configure_logging


def rotate_key() -> None:
    """Put all that is kept under a new secret key. A SQLite database's bot must be stopped; docs/data.md has the steps.

    Without EASEL_SECRET_KEY the new key is made here, and the old one dropped at the end. May be run again after
    anything that kept it from its end.
    """
    settings = settings_of_environment()
    configure_logging(level="WARNING")
    complete(lambda: _with_given_key(settings) if settings.easel_secret_key else _with_key_file(settings))


async def _with_given_key(settings: Settings) -> None:
    if not settings.retired_keys:
        fail(
            "EASEL_SECRET_KEY is the only key that is known. To change it, make a new one, give it to every process as "
            "EASEL_SECRET_KEY and the old one as EASEL_RETIRED_SECRET_KEYS, and run this again (docs/data.md)."
        )
    with hold_database(settings.database_url):
        await _rotate(settings, await asyncio.to_thread(open_cipher, settings))
    typer.echo("EASEL_RETIRED_SECRET_KEYS can be taken out of the settings now, of every process.")
    _remind_of_backups()


async def _with_key_file(settings: Settings) -> None:
    path = key_file(settings)
    with hold_database(settings.database_url):
        if not path.exists():
            raise NotMigrated
        keys = await asyncio.to_thread(load_or_make_keys, path)
        if len(keys) == 1:  # else an earlier run was kept from its end
            await _refuse_beside_others(settings, keys)
            keys = (make_key(), *keys)
            await asyncio.to_thread(keep_keys, path, keys)
        await _rotate(settings, Cipher.from_key(*keys, *settings.retired_keys))
        await asyncio.to_thread(keep_keys, path, keys[:1])
    typer.echo(f"{path} holds the new key alone.")
    _remind_of_backups()


async def _refuse_beside_others(settings: Settings, keys: Sequence[str]) -> None:
    """Before a key is made that nobody else can know, or for a database that this one is not for."""
    cipher = Cipher.from_key(*keys, *settings.retired_keys)
    if await asyncio.to_thread(is_absent, settings.database_url):
        raise NotMigrated
    await migrate(settings.database_url, cipher)
    store = await open_store(settings.database_url, cipher)
    try:
        async with store.database.read() as connection:
            living = await keys_of_the_living(store.database, connection)
    finally:
        await store.close()
    if living:
        raise StorageError(
            f"{len(living)} of Easel's processes are running, and have read the key from the file already: stop them "
            "first, or set EASEL_SECRET_KEY, under which the key can be changed while they run (docs/data.md)."
        )


async def _rotate(settings: Settings, cipher: Cipher) -> None:
    if await asyncio.to_thread(is_absent, settings.database_url):
        raise NotMigrated
    await migrate(settings.database_url, cipher)
    store = await open_store(settings.database_url, cipher)
    try:
        blobs = open_blobs(store.database, settings.easel_data_dir / "blobs", cipher)
        rotation = Rotation(store.database, blobs if isinstance(blobs, DirectoryBlobs) else None)
        changed = 0
        with err.status("Encrypting with the new key …") as status:
            async for count in rotation.run():
                changed += count
                status.update(f"Encrypting with the new key … {changed:,} values")
    finally:
        await store.close()
    _tell(changed, rotation.found)


def _tell(changed: int, found: Ciphertexts) -> None:
    typer.echo(f"Encrypted {changed:,} values anew; {found.current:,} are under the new key.")
    for place, count in sorted(found.unreadable.items()):
        err.print(
            f"{count} values of {place} were under none of the keys before, and stay as they are.", style="yellow"
        )
    if found.retired:
        fail(
            f"{found.retired:,} values are still under an old key: another process writes with it, or holds them. "
            "Keep the old key, see that every process has the new one as EASEL_SECRET_KEY, and run this again."
        )


def _remind_of_backups() -> None:
    typer.echo("Backups that were made before need the old key: keep it with them.")
