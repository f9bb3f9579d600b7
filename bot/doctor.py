"""`easel doctor`: what is wrong with a deployment, looked at from beside it and without changing it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp

from bot.app import open_cipher, open_replicate
from bot.chat.client import CannotConnect, DiscordTokenRefused, EaselClient, use_api
from bot.domain.account import OPERATOR
from bot.domain.errors import BadToken, EaselError, StoreUnavailable
from bot.service.clock import SystemClock
from bot.service.ports import AnswerLost, NeverSent
from bot.settings import Settings
from bot.storage.errors import StorageError
from bot.storage.schema import is_absent
from bot.storage.store import open_store
from bot.storage.troubles import explain

DISCORD_ADVICE = (
    "Set DISCORD_TOKEN, in the environment or in .env. You get it at https://discord.com/developers/applications: "
    "choose or make your application, open Bot, and press Reset Token."
)
REPLICATE_ADVICE = (
    "Set REPLICATE_API_TOKEN, in the environment or in .env. You get it at https://replicate.com/account/api-tokens."
)


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
    use_api(settings.discord_api_url)
    client = EaselClient()
    try:
        await client.login(token, sync=False)
    except DiscordTokenRefused:
        return Finding(well=False, words=f"refused by Discord. {DISCORD_ADVICE}")
    except (CannotConnect, aiohttp.ClientError) as error:
        return Finding(well=False, words=f"could not be tried: Discord can't be reached ({error}).")
    finally:
        await client.close()
    return Finding(well=True)


async def _replicate_token(settings: Settings) -> Finding:
    if not settings.replicate_api_token.get_secret_value():
        return Finding(well=False, words=f"missing. {REPLICATE_ADVICE}")
    async with open_replicate(settings, SystemClock()) as replicate:
        try:
            await replicate.check_account(OPERATOR)
        except BadToken:
            return Finding(well=False, words=f"refused by Replicate. {REPLICATE_ADVICE}")
        except (NeverSent, AnswerLost, EaselError) as error:
            return Finding(well=False, words=f"could not be tried: Replicate can't be reached ({error!r}).")
    return Finding(well=True)
