"""Everything that `easel doctor` looks at."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.configured import open_cipher
from bot.doctor.tokens import (
    DISCORD_ADVICE,
    REPLICATE_ADVICE,
    TokenRefused,
    TokenUntried,
    check_discord_token,
    check_replicate_token,
)
from bot.domain.errors import StoreUnavailable
from bot.settings import Settings
from bot.storage.errors import StorageError
from bot.storage.schema import is_absent
from bot.storage.store import open_store
from bot.storage.troubles import explain


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part of the deployment: whether it is well, and a sentence for the operator."""

    well: bool
    words: str = "ok"


async def examine(settings: Settings) -> dict[str, Finding]:
    """The findings by the part that they are about."""
    checks: dict[str, Callable[[Settings], Awaitable[Finding]]] = {
        "database": _database,
        "Discord token": _discord_token,
        "Replicate token": _replicate_token,
    }
    return {"settings": Finding(well=True), **{name: await check(settings) for name, check in checks.items()}}


async def _database(settings: Settings) -> Finding:
    try:
        if await asyncio.to_thread(is_absent, settings.database_url):
            return Finding(well=True, words="there is none yet; `easel run` makes it")
        store = await open_store(settings.database_url, await asyncio.to_thread(open_cipher, settings))
    except StorageError as error:
        return Finding(well=False, words=str(error))
    except StoreUnavailable as error:
        return Finding(well=False, words=f"can't be used now; {explain(error)}")
    try:
        trouble = await store.check()
        return Finding(well=trouble is None, words=trouble or "ok")
    finally:
        await store.close()


async def _discord_token(settings: Settings) -> Finding:
    token = settings.discord_token.get_secret_value()
    if not token:
        return Finding(well=False, words=f"missing. {DISCORD_ADVICE}")
    try:
        application = await check_discord_token(settings.discord_token, api_url=settings.discord_api_url)
    except TokenRefused:
        return Finding(well=False, words=f"refused by Discord. {DISCORD_ADVICE}")
    except TokenUntried as error:
        return Finding(well=False, words=f"could not be tried: Discord can't be reached ({error}).")
    return Finding(well=True, words=f"ok: {application.name} ({application.id})")


async def _replicate_token(settings: Settings) -> Finding:
    if not settings.replicate_api_token.get_secret_value():
        return Finding(well=False, words=f"missing. {REPLICATE_ADVICE}")
    try:
        account = await check_replicate_token(settings.replicate_api_token, api_url=settings.replicate_api_url)
    except TokenRefused:
        return Finding(well=False, words=f"refused by Replicate. {REPLICATE_ADVICE}")
    except TokenUntried as error:
        return Finding(well=False, words=f"could not be tried: {error}.")
    return Finding(well=True, words=f"ok: {account}")
