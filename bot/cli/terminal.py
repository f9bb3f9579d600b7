"""What every command shares: the settings, the run to its end, and a sentence for what went wrong."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console

from bot.chat.client import CannotConnect, DiscordTokenRefused
from bot.doctor.settings_check import complaints
from bot.doctor.tokens import DISCORD_ADVICE, REPLICATE_ADVICE
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
        lines = [f"{name}: {why}" for name, why in complaints(error).items()]
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


def complete(main: Callable[[], Coroutine[Any, Any, T]], *, end: Callable[[str], NoReturn] | None = None) -> T:
    """What `main` answers; ends the program with a sentence, by `fail` or `end`, where the world keeps it from an
    answer."""
    end = end or fail
    try:
        return asyncio.run(main())
    except DiscordTokenRefused:
        end(f"Discord refuses the token. {DISCORD_ADVICE}")
    except CannotConnect as error:
        end(f"The bot can't connect to Discord: {error}")
    except StorageError as error:
        end(str(error))
    except StoreUnavailable as error:
        end(f"The database can't be used now; {explain(error)}")
    except BrokenPipeError:
        raise typer.Exit(1) from None  # whoever read the output needs no more of it
    except OSError as error:
        end(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")


def fail(message: str) -> NoReturn:
    """End the program with this sentence and exit code 1."""
    err.print(message, style="red", markup=False)
    raise typer.Exit(1)
