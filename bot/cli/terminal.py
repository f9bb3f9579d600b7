"""What every command shares: the settings, the run to its end, and a sentence for what went wrong."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console

from bot.chat.client import CannotConnect, DiscordTokenRefused
from bot.doctor import DISCORD_ADVICE, REPLICATE_ADVICE
from bot.domain.errors import StoreUnavailable
from bot.settings import Settings
from bot.storage.errors import StorageError
from bot.storage.troubles import explain

T = TypeVar("T")

err = Console(stderr=True, highlight=False, soft_wrap=True)


def settings_of_environment(**given: Any) -> Settings:
    """The settings; what is `given` by its name on the command line goes before the environment."""
    try:
        return Settings(**given)
    except ValidationError as error:
        lines = [f"{str(each['loc'][0]).upper() if each['loc'] else 'The settings'}: {_plain(each['msg'])}"
                 for each in error.errors(include_input=False, include_url=False)]  # fmt: skip
        fail("Some settings can't be used.\n" + "\n".join(lines) + "\nSee .env.example for what each takes.")


def require_tokens(settings: Settings, *, replicate: bool = True) -> None:
    """End the program, with where to get them, where a token is missing."""
    missing: list[str] = []
    if not settings.discord_token.get_secret_value():
        missing.append(DISCORD_ADVICE)
    if replicate and not settings.replicate_api_token.get_secret_value():
        missing.append(REPLICATE_ADVICE)
    if missing:
        fail("\n".join(missing))


def complete(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What `main` answers; ends the program with a sentence where the world keeps it from an answer."""
    try:
        return asyncio.run(main())
    except DiscordTokenRefused:
        fail(f"Discord refuses the token. {DISCORD_ADVICE}")
    except CannotConnect as error:
        fail(f"The bot can't connect to Discord: {error}")
    except StorageError as error:
        fail(str(error))
    except StoreUnavailable as error:
        fail(f"The database can't be used now; {explain(error)}")
    except BrokenPipeError:
        raise typer.Exit(1) from None  # whoever read the output needs no more of it
    except OSError as error:
        fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")


def fail(message: str) -> NoReturn:
    """End the program with this sentence and exit code 1."""
    err.print(message, style="red", markup=False)
    raise typer.Exit(1)


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
