"""`easel sync · whois`: what an operator does beside the bot's work."""

from typing import Annotated

import typer

from bot.app import open_app
from bot.cli.terminal import complete, fail, require_tokens, settings_of_environment
from bot.domain.errors import BadEntry
from bot.telemetry import configure_logging
from bot.whois import find_member


def sync() -> None:
    """Tell Discord of the commands again. `easel run` does it whenever they have changed."""
    settings = settings_of_environment()
    configure_logging(level="WARNING")
    require_tokens(settings, replicate=False)

    async def tell() -> tuple[list[str], list[str]]:
        async with open_app(settings, idle=True) as app:
            await app.client.login(settings.discord_token.get_secret_value(), sync=False)
            await app.client.sync_commands(force=True)
            return app.client.command_names, app.client.menu_names

    commands, menus = complete(tell)
    typer.echo(f"Discord knows the commands: {', '.join(f'/{name}' for name in commands)}.")
    typer.echo(f"In the Apps menu of messages: {', '.join(menus)}.")


def whois(
    user_id: Annotated[str, typer.Argument(help="As Replicate or OpenAI names it: 32 letters and digits.")],
) -> None:
    """Tell which member of Discord is behind a `user_id` that the bot gave to Replicate or OpenAI."""
    settings = settings_of_environment()
    configure_logging(level="WARNING")
    try:
        member_id = complete(lambda: find_member(settings, user_id))
    except BadEntry:
        fail("That is no `user_id`: one has 32 characters, 0 to 9 and a to f.")
    if member_id is None:
        fail(
            "Nobody who is known here has that `user_id`. Who was erased can't be found, nor who came under another "
            "secret key."
        )
    typer.echo(member_id)
