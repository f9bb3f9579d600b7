"""`easel doctor`: the check-up at a terminal, or for a program that reads it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.terminal import complete
from bot.doctor.examination import examine
from bot.doctor.findings import Finding, State, error, ok, skipped
from bot.doctor.reconciliation import reconcile, show_reconciliation
from bot.doctor.settings_check import unusable
from bot.service.audit import AuditReport
from bot.settings import Settings
from bot.telemetry import configure_logging

_MARKS: Mapping[State, str] = {
    State.OK: "[green]✓[/]",
    State.WARNING: "[yellow]![/]",
    State.ERROR: "[red]✗[/]",
    State.SKIPPED: "–",
}

_BOOKS = "books"

_NEEDED = {
    ("Replicate", "token"),
    *(("database", check) for check in ("connection", "schema and key", "key", "writing")),
}
"""The checks without which the books can't be compared."""


def doctor(
    *,
    with_replicate: Annotated[
        bool,
        typer.Option("--reconcile", help="Also compare the ledger and the jobs with Replicate's list of predictions."),
    ] = False,
    days: Annotated[int, typer.Option(min=1, max=90, help="How far --reconcile looks back.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON, for a program.")] = False,
) -> None:
    """Check the settings, both tokens, the database, the models and whatever else Easel needs, beside a running bot.

    Nothing is changed, and nothing is billed. Exits with 0 where all is well or there are warnings (!) alone, and with
    1 where something is wrong (✗).
    """
    configure_logging(level="ERROR")
    try:
        settings = Settings()
    except ValidationError as invalid:
        show(unusable(invalid), as_json=as_json)
        raise typer.Exit(1) from None
    findings = complete(lambda: examine(settings))
    report: AuditReport | None = None
    if with_replicate and _wrong([each for each in findings if (each.part, each.check) in _NEEDED]):
        findings.append(skipped(_BOOKS, "reconcile", "needs the database and Replicate, where something is wrong"))
    elif with_replicate:
        report = complete(lambda: reconcile(settings, days))
    if report is not None and as_json:
        findings.append(_compared(report))
    show(findings, as_json=as_json)
    if report is not None and not as_json:
        show_reconciliation(report, Console(soft_wrap=True, highlight=False))
    raise typer.Exit(1 if _wrong(findings) or (report is not None and _differs(report)) else 0)


def _wrong(findings: Sequence[Finding]) -> bool:
    return any(each.state is State.ERROR for each in findings)


def _differs(report: AuditReport) -> bool:
    return bool(report.news or report.unlisted)


def _compared(report: AuditReport) -> Finding:
    """The comparison in one line; the differences themselves are for people."""
    said = f"{len(report.news)} differences that were not known, {len(report.unlisted)} accounts not gone through"
    if _differs(report):
        return error(_BOOKS, "reconcile", said, "`easel doctor --reconcile` without --json lists them.")
    return ok(_BOOKS, "reconcile", said)


def show(findings: Sequence[Finding], *, as_json: bool) -> None:
    """Print them as a table or as JSON. Names of servers and channels are strangers' words: no terminal obeys them."""
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in findings], indent=2))
        return
    table = Table("", "part", "check", "finding", box=None, header_style="bold")
    for each in findings:
        words = Text(_printable(each.finding))
        if each.advice:
            words.append(f"\n{_printable(each.advice)}", style="dim")
        table.add_row(_MARKS[each.state], each.part, Text(_printable(each.check)), words)
    Console(highlight=False).print(table)


def _printable(text: str) -> str:
    """On one line, without what steers a terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in " ".join(text.split()))
