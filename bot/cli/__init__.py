"""The command line: every command of `easel`, each in the module of its subject."""

import typer

from bot.cli.data import backup, migrate, restore
from bot.cli.demo import demo
from bot.cli.doctor import doctor
from bot.cli.exports import export_member_command, export_usage_command
from bot.cli.health import health
from bot.cli.keys import rotate_key
from bot.cli.move import move_database
from bot.cli.run import run
from bot.cli.upkeep import sync, whois

__all__ = ["cli", "main"]

cli = typer.Typer(
    help="Easel: an image studio for a Discord community.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip
export = typer.Typer(help="Write what Easel keeps to a file.", no_args_is_help=True)
cli.add_typer(export, name="export")

for each in (run, migrate, backup, restore, sync, doctor, whois, rotate_key, move_database, health, demo):
    cli.command()(each)
export.command("usage")(export_usage_command)
export.command("member")(export_member_command)


def main() -> None:
    """Run the command that the arguments name."""
    cli()
