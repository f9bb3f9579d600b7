"""Who is behind a pseudonym at Replicate: for the operator alone, where the vendor complains of somebody."""

import asyncio
import hmac
import re
from collections.abc import Sequence

from bot.domain.errors import BadEntry
from bot.domain.request import vendor_user_id
from bot.service.ports import Books, Sighting

_USER_ID = re.compile(r"[0-9a-f]{32}")


class Whois:
    """A pseudonym can't be turned back: it is made anew for all people on all accounts until one is the same."""

    def __init__(self, books: Books, pseudonym_key: bytes) -> None:
        self._books = books
        self._key = pseudonym_key

    async def find(self, user_id: str) -> Sighting | None:
        """Who was given this `user_id`; None where nobody was who is still known.

        Raises `BadEntry` of kind "user_id" for what can't be one, and `StoreUnavailable` of `bot.domain.errors`."""
        sought = user_id.strip().casefold()
        if not _USER_ID.fullmatch(sought):
            raise BadEntry("user_id", user_id)
        return await asyncio.to_thread(self._match, sought, await self._books.sightings())

    def _match(self, sought: str, sightings: Sequence[Sighting]) -> Sighting | None:
        for each in sightings:
            if hmac.compare_digest(vendor_user_id(self._key, each.member_id, each.account), sought):
                return each
        return None
