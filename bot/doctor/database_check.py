"""The database: whether it can be opened and written, whether it is whole, and who lives on it."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.configured import key_file, open_cipher
from bot.doctor.findings import Finding, error, ok, skipped, warning
from bot.domain.errors import StoreUnavailable
from bot.settings import Settings
from bot.storage.condition import Condition, condition_of, damage_of, lock_is_held
from bot.storage.errors import StorageError
from bot.storage.preferences import SqlPreferences
from bot.storage.schema import is_absent
from bot.storage.store import SqlStore, open_store
from bot.storage.troubles import explain

PART = "database"


@dataclass(frozen=True, slots=True)
class NamedChannel:
    """A channel that moderators have chosen for something that Easel writes by itself."""

    id: int
    purpose: str


class NoDatabase(Exception):
    """There is none yet, or no key to open it with. The message says which."""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[SqlStore]:
    """The store, beside whoever uses it. Raises `NoDatabase`, `StorageError` and `StoreUnavailable`."""
    if await asyncio.to_thread(is_absent, settings.database_url):
        raise NoDatabase("there is none yet; `easel run` makes it")
    if settings.easel_secret_key is None and not key_file(settings).exists():
        raise NoDatabase(f"there is no {key_file(settings)}, and no EASEL_SECRET_KEY to open it with")
    store = await open_store(settings.database_url, await asyncio.to_thread(open_cipher, settings))
    try:
        yield store
    finally:
        await store.close()


async def check_database(settings: Settings) -> AsyncGenerator[Finding]:
    """Its schema and key, then whether it can be written, then how it is."""
    try:
        async with opened(settings) as store:
            trouble = await store.check()
            if trouble is not None:
                yield error(PART, "writing", f"can't be used now; {trouble}", "Mend that; Easel goes on by itself.")
                return
            yield ok(PART, "schema and key", "are those of this version")
            if (known := len((await asyncio.to_thread(open_cipher, settings)).fingerprints)) > 1:
                finding = f"{known} are known: a change of the key has begun and isn't over"
                yield warning(PART, "secret keys", finding, 'See "Changing the secret key" in docs/data.md.')
            condition = await condition_of(store.database)
            async for each in _condition(settings, condition):
                yield each
    except NoDatabase as missing:
        if await asyncio.to_thread(is_absent, settings.database_url):
            yield ok(PART, "file", str(missing))
        else:
            yield error(PART, "key", str(missing), "Put the key back that it was made with; a backup has it.")
    except StorageError as trouble:
        yield error(PART, "schema and key", *_split(str(trouble)))
    except StoreUnavailable as trouble:
        yield error(PART, "connection", f"can't be used now; {explain(trouble)}", "Easel goes on by itself after that.")


def _split(words: str) -> tuple[str, str]:
    """What is wrong, and what to do: the two halves of a storage error's sentence."""
    finding, _, advice = words.partition(": ")
    return finding, f"{advice[:1].upper()}{advice[1:]}" or "See docs/architecture.md."


async def _condition(settings: Settings, condition: Condition) -> AsyncGenerator[Finding]:
    yield ok(PART, "server", f"{condition.version}, {condition.size / 1e6:,.1f} MB")
    if condition.living is None:
        yield await _whole(settings)
        held = await asyncio.to_thread(lock_is_held, settings.database_url)
        if held is not None:
            yield ok(PART, "processes", "Easel runs on it now" if held else "no Easel runs on it now")
        return
    if condition.pooled:
        yield error(
            PART,
            "pooler",
            "connections don't keep what Easel sets on them: a pooler hands them on with every transaction",
            "Let DATABASE_URL lead to the server itself, or to a pooler in session mode.",
        )
    count = len(condition.living)
    named = f": {', '.join(condition.living)}" if count else ""
    yield ok(PART, "processes", f"{count} run on it now{named}")


async def _whole(settings: Settings) -> Finding:
    began = time.monotonic()
    try:
        damage = await damage_of(settings.database_url)
    except TimeoutError:
        return skipped(
            PART, "integrity", f"is so large that it wasn't read to its end in {time.monotonic() - began:.0f} s"
        )
    except OSError as trouble:
        return warning(PART, "integrity", f"could not be read through ({trouble})", "Try again.")
    if damage is None:
        return ok(PART, "integrity", "the file is whole")
    return error(
        PART, "integrity", f"the file is damaged ({damage})", "Stop Easel, and put the latest backup in its place."
    )


async def named_channels(settings: Settings) -> Mapping[int, list[NamedChannel]]:
    """By guild; none where the database can't be read, which its own check tells."""
    try:
        async with opened(settings) as store:
            policies = await SqlPreferences(store.database).policies()
    except (NoDatabase, StorageError, StoreUnavailable):
        return {}
    named: dict[int, list[NamedChannel]] = {}
    for guild_id, policy in policies.items():
        chosen = {
            "channel for the log": policy.log_channel_id,
            "channel for reviews": policy.review_channel_id,
            "channel for summaries": policy.summary_channel_id,
        }
        named[guild_id] = [NamedChannel(channel, purpose) for purpose, channel in chosen.items() if channel is not None]
    return named
