"""`easel export usage · member`: what is kept, as files."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.terminal import complete, fail, settings_of_environment
from bot.export import csv_file, export_member, export_usage, zip_file
from bot.telemetry import configure_logging


def export_usage_command(
    *,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, in UTC.")
    ] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day, in UTC.")] = None,
    guild: Annotated[int | None, typer.Option(help="The id of the only server whose entries are wanted.")] = None,
    out: Annotated[Path | None, typer.Option(help="A new file, instead of the standard output.")] = None,
) -> None:
    """Write the ledger as CSV, an entry a line. docs/usage-csv.md describes the columns."""
    settings = settings_of_environment()
    configure_logging(level="WARNING")

    async def write() -> None:
        with csv_file(out) as output:
            await export_usage(
                settings,
                output,
                first=first.date() if first else None,
                last=last.date() if last else None,
                guild_id=guild,
            )

    complete(write)


def export_member_command(
    member: Annotated[int, typer.Argument(help="The member's Discord id.")],
    *,
    out: Annotated[Path, typer.Option(help="The new file.")] = Path("member.zip"),
) -> None:
    """Write all that is kept about a member as a ZIP file, for one who asks the operator instead of /privacy."""
    settings = settings_of_environment()
    configure_logging(level="WARNING")

    async def write() -> bool:
        with zip_file(out) as output:
            return await export_member(settings, output, member)

    if not complete(write):
        out.unlink()
        fail("Nothing is kept about that member. See that it is a Discord id; who was erased can't be found.")
