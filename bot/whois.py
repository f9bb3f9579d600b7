"""`easel whois`: who is behind a pseudonym. It looks at the database from beside it, and changes nothing."""

import asyncio

from bot.configured import open_cipher, whois_of
from bot.settings import Settings
from bot.storage.errors import NotMigrated
from bot.storage.schema import is_absent
from bot.storage.store import open_store


async def find_member(settings: Settings, user_id: str) -> int | None:
    """The Discord id of who was given this `user_id` at Replicate; None where nobody was who is still known.

    Raises the `StorageError`s of `bot.storage.errors`, and `BadEntry` and `StoreUnavailable` of `bot.domain.errors`.
    """
    if await asyncio.to_thread(is_absent, settings.database_url):
        raise NotMigrated
    cipher = await asyncio.to_thread(open_cipher, settings)
    store = await open_store(settings.database_url, cipher)
    try:
        found = await whois_of(store.database).find(user_id)
        return found.member_id if found else None
    finally:
        await store.close()
