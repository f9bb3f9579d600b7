"""`easel doctor --reconcile`: the books compared with Replicate's list of predictions, without changing either."""

import asyncio
from datetime import timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.chat.words import audit as words
from bot.chat.words.numbers import price_words
from bot.configured import open_cipher, open_replicate, webhook_base
from bot.domain.audit import Difference, DifferenceKind
from bot.service.audit import Audit, AuditReport
from bot.service.clock import SystemClock
from bot.settings import Settings
from bot.storage.keys import SqlKeys
from bot.storage.runs import SqlRunBooks
from bot.storage.schema import is_absent
from bot.storage.store import open_store

RECONCILE_PATIENCE = timedelta(minutes=2)
"""How long one page of Replicate's list is asked for again while somebody waits at a terminal."""

_TABLE_WIDTH = 136
"""Characters. An id is of no use unless it is whole, also where the output isn't a terminal's."""


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
