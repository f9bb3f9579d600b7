"""The first run: what an operator has to get where, asked for and checked one by one, or told as a list."""

import asyncio
import re
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.prompt import Confirm, Prompt

from bot.chat.application import logged_in
from bot.chat.client import CannotConnect
from bot.chat.guild_access import guild_names, invite_link
from bot.cli.env_file import values_of, write_values
from bot.cli.terminal import fail
from bot.doctor.tokens import TokenRefused, TokenUntried, check_discord_token, check_replicate_token
from bot.settings import Settings

T = TypeVar("T")

ENV_FILE = Path(".env")

APPLICATION_STEP = "Open https://discord.com/developers/applications and press New Application."
BOT_STEP = (
    "Under Bot, press Reset Token and copy the token. Leave all Privileged Gateway Intents off: Easel reads no "
    "messages."
)
PRIVATE_STEP = (
    "Under Installation, set Install Link to None; then turn Public Bot off under Bot. Otherwise anyone can add the "
    "bot to a server of theirs, and spend your credit there."
)
ACCOUNT_STEP = (
    "Open https://replicate.com/account/api-tokens and copy a token. Runs are billed to it; the account needs credit."
)
CLIENT_ID = "CLIENT_ID"
"""What stands for the application's id where that isn't known."""

_PLAIN = re.compile(r"[A-Za-z0-9._~+/=-]+")
"""What a token is made of, and what a line of `.env` takes without quotes."""


def missing_tokens(settings: Settings) -> list[str]:
    """The names of the settings without which nothing runs, of those that have no value."""
    tokens = {"DISCORD_TOKEN": settings.discord_token, "REPLICATE_API_TOKEN": settings.replicate_api_token}
    return [name for name, token in tokens.items() if not token.get_secret_value()]


def in_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def tell_steps(missing: list[str]) -> NoReturn:
    """End the program with what is to be done, as a list."""
    steps: list[str] = []
    if "DISCORD_TOKEN" in missing:
        link = invite_link(0).replace("client_id=0", f"client_id={CLIENT_ID}")
        invite = f"Invite the bot: put the Application ID, under General Information, in the place of {CLIENT_ID} in"
        steps += [APPLICATION_STEP, BOT_STEP, PRIVATE_STEP, f"{invite}\n   {link}"]
    if "REPLICATE_API_TOKEN" in missing:
        steps.append(ACCOUNT_STEP)
    steps.append(f"Set {' and '.join(missing)}, in the environment or in .env, and start Easel again.")
    numbered = [f"{number}. {step}" for number, step in enumerate(steps, 1)]
    fail("\n".join([f"Easel needs {' and '.join(missing)}. In a terminal it asks for what is missing.", *numbered]))


def walk_through(settings: Settings, missing: list[str]) -> None:
    """Ask for what is missing, check it, and write it to `.env`. Whoever breaks it off finds nothing written."""
    console = Console(highlight=False, soft_wrap=True)
    walk = _Walk(console, settings)
    try:
        console.print(f"[bold]Easel needs {' and '.join(missing)}.[/] Ctrl-C leaves all as it is.")
        if "DISCORD_TOKEN" in missing:
            walk.discord()
        if "REPLICATE_API_TOKEN" in missing:
            walk.replicate()
        if "easel_daily_spend_usd" not in settings.model_fields_set:
            walk.ceiling()
        walk.write()
    except (KeyboardInterrupt, EOFError):
        console.print("\nNothing was written.")
        raise typer.Exit(130) from None
    except OSError as error:
        fail(f"{ENV_FILE.resolve()} can't be written: {error.strerror or error}. Set what it was to hold elsewhere.")


class _Walk:
    def __init__(self, console: Console, settings: Settings) -> None:
        self._console = console
        self._settings = settings
        self._values: dict[str, str] = {}

    def discord(self) -> None:
        self._heading("The bot at Discord", APPLICATION_STEP, BOT_STEP)
        url = self._settings.discord_api_url
        token, application = self._ask_token(
            "Discord", "The bot's token", lambda given: check_discord_token(given, api_url=url)
        )
        self._values["DISCORD_TOKEN"] = token.get_secret_value()
        self._good(f"This is the bot of the application {application.name}.")
        if application.privileged_intents:
            self._console.print(f"It needs no privileged intent: turn off {', '.join(application.privileged_intents)}.")
        if application.public:
            self._heading("Keep the bot to yourself", PRIVATE_STEP)
        self._heading("Invite it", "Open this link, and choose your server:")
        self._console.print(f"   {invite_link(application.id)}", markup=False)
        self._await_guild(token)

    def _await_guild(self, token: SecretStr) -> None:
        question = "Press Enter once it is invited, or type [bold]s[/] to do it later"
        while Prompt.ask(question, console=self._console, default="", show_default=False).strip().lower() != "s":
            try:
                names = self._run(self._guilds(token))
            except CannotConnect as error:
                self._bad(f"Discord could not be asked: {error}.")
                continue
            if names:
                self._good(f"The bot is in {', '.join(names)}.")
                return
            self._bad("The bot is in no server yet.")

    async def _guilds(self, token: SecretStr) -> list[str]:
        async with logged_in(token.get_secret_value(), api_url=self._settings.discord_api_url) as client:
            return await guild_names(client)

    def replicate(self) -> None:
        self._heading("The account at Replicate", ACCOUNT_STEP)
        url = self._settings.replicate_api_url
        token, name = self._ask_token(
            "Replicate", "The API token", lambda given: check_replicate_token(given, api_url=url)
        )
        self._values["REPLICATE_API_TOKEN"] = token.get_secret_value()
        self._good(f"Runs are billed to the account {name}.")

    def ceiling(self) -> None:
        self._heading("What it may cost", "No more than this is spent in a day (UTC), whoever asks.")
        default = f"{self._settings.easel_daily_spend_usd:g}"
        while True:
            given = Prompt.ask("US dollars a day", console=self._console, default=default).strip().removeprefix("$")
            if re.fullmatch(r"\d{1,9}(\.\d+)?", given):
                break
            self._bad("That is no amount: write it like 5 or 2.50.")
        if given != default:
            self._values["EASEL_DAILY_SPEND_USD"] = given

    def write(self) -> None:
        """Raises `OSError`."""
        held = values_of(ENV_FILE, tuple(self._values))
        for name in [name for name, value in held.items() if value != self._values[name]]:
            if not Confirm.ask(f"{ENV_FILE} sets {name} already. Replace it?", console=self._console, default=False):
                del self._values[name]
        write_values(ENV_FILE, self._values)
        self._good(f"Written to {ENV_FILE.resolve()}, which only you can read.")
        self._console.print("Easel starts now. Once it says that it is ready, type /imagine in your server.\n")

    # ------------------------------------------------------------------------------------------------- how

    def _ask_token(
        self, vendor: str, question: str, check: Callable[[SecretStr], Coroutine[Any, Any, T]]
    ) -> tuple[SecretStr, T]:
        """Ask until it holds. What is typed isn't shown."""
        while True:
            given = Prompt.ask(f"{question} (it stays hidden)", console=self._console, password=True).strip()
            if not _PLAIN.fullmatch(given):
                self._bad("That is no token: nothing came, or it has characters that none has. Copy it again.")
                continue
            token = SecretStr(given)
            try:
                return token, self._run(check(token))
            except TokenRefused:
                self._bad(f"{vendor} refuses it. Copy it again, whole and by itself, or make a new one.")
            except TokenUntried as error:
                self._bad(
                    f"It could not be tried: {error}. See that this machine reaches {vendor}, then paste it again."
                )

    def _run(self, main: Coroutine[Any, Any, T]) -> T:
        with self._console.status("Asking …"):
            return asyncio.run(main)

    def _heading(self, title: str, *lines: str) -> None:
        self._console.print(f"\n[bold]{title}[/]")
        for each in lines:
            self._console.print(each, markup=False)

    def _good(self, words: str) -> None:
        self._console.print("[green]✓[/]", end=" ")
        self._console.print(words, markup=False)

    def _bad(self, words: str) -> None:
        self._console.print("[red]✗[/]", end=" ")
        self._console.print(words, markup=False)
