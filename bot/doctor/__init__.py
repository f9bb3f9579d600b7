"""`easel doctor`: what is wrong with a deployment and its books, looked at from beside it and without changing it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.chat.client import CannotConnect, DiscordTokenRefused, EaselClient, use_api
from bot.chat.words import audit as words
from bot.chat.words.numbers import price_words
from bot.configured import open_cipher, open_replicate, webhook_base
from bot.domain.account import OPERATOR
from bot.domain.audit import Difference, DifferenceKind
from bot.domain.errors import BadToken, EaselError, StoreUnavailable
from bot.service.audit import Audit, AuditReport
from bot.service.clock import SystemClock
from bot.service.ports import AnswerLost, NeverSent
from bot.settings import Settings
from bot.storage.errors import StorageError
from bot.storage.keys import SqlKeys
from bot.storage.runs import SqlRunBooks
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

RECONCILE_PATIENCE = timedelta(minutes=2)
"""How long one page of Replicate's list is asked for again while somebody waits at a terminal."""

_TABLE_WIDTH = 136
"""Characters. An id is of no use unless it is whole, also where the output isn't a terminal's."""


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


async def reconcile(settings: Settings, days: int) -> AuditReport | None:
    """Compare the last days' jobs and ledger with Replicate's list of predictions; None where there is no database.

    Raises `StorageError` of `bot.storage.errors` and `StoreUnavailable` of `bot.domain.errors`."""
    if await asyncio.to_thread(is_absent, settings.database_url):
        return None
    clock = SystemClock()
    store = await open_store(settings.database_url, await asyncio.to_thread(open_cipher, settings))
    try:
        async with open_replicate(settings, clock, SqlKeys(store.database)) as replicate:
            audit = Audit(
                SqlRunBooks(store.database),
                replicate,
                clock,
                webhook_base=webhook_base(settings),
                patience=RECONCILE_PATIENCE,
            )
            return await audit.reconcile(clock.now() - timedelta(days=days))
    finally:
        await store.close()


def show_reconciliation(report: AuditReport, console: Console) -> None:
    """Print the differences by what is to be done about them, and what could not be compared."""
    console.width = max(console.width, _TABLE_WIDTH)
    since, until = (f"{each:%Y-%m-%d %H:%M}" for each in (report.since, report.until))
    console.print(f"\nCompared {report.predictions} predictions at Replicate with the books, {since} to {until} (UTC).")
    for (account, model), count in sorted(report.other_uses.items()):
        console.print(f"Not Easel's, and left out: {count} of {model or 'an unnamed model'} (account {account}).")
    for account, why in report.unlisted.items():
        console.print(f"[red]✗[/] The account {account} could not be gone through to the end:", Text(why))
    for kind in DifferenceKind:
        if found := [each for each in report.differences if each.kind is kind]:
            console.print(f"\n[bold]{words.kind(kind)}[/]\n{words.advice(kind)}")
            console.print(_table(found))
    if not report.differences and not report.unlisted:
        console.print("[green]✓[/] No differences.")


def _table(differences: list[Difference]) -> Table:
    columns = ("", "when (UTC)", "job", "prediction", "at Replicate", "pictures there", "captured", "pictures here")
    table = Table(*columns, box=None, header_style="bold")
    for each in differences:
        table.add_row(
            "known" if each.known else "[red]✗[/]",
            f"{each.at:%Y-%m-%d %H:%M:%S}",
            each.job_id or "–",
            each.prediction_id or "–",
            each.status.value if each.status else "–",
            _number(each.counted),
            "–" if each.captured is None else price_words(each.captured),
            _number(each.made),
        )
    return table


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)
