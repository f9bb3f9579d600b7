"""Logging: one line an event, for people at a terminal and as JSON for machines."""

import json
import logging
import os
import re
import socket
import sys
import threading
from collections.abc import Iterable, MutableMapping
from io import StringIO
from types import TracebackType
from typing import Any, Literal, TextIO
from urllib.parse import quote

import structlog

Form = Literal["console", "json"]

SHORTEST_SECRET = 8
"""Characters. To leave out something shorter wherever it stands would spoil words."""

_CREDENTIALS = (
    # The token of an interaction or webhook is part of its URLs, which aiohttp's errors name.
    re.compile(r"(?<=webhooks/)(\d+/)[\w.-]+|(?<=interactions/)(\d+/)[\w.-]+"),
    # The signature of a file at Discord's CDN.
    re.compile(r"(?<=[?&])((?:ex|is|hm)=)[\w-]+"),
    # The password in a URL, such as the database's.
    re.compile(r"(?<=://)([^\s/:@\"']*:)[^\s/@\"']+(?=@)"),
    # What the vendors give out: Replicate's tokens and webhook secrets, OpenAI's keys, Discord's bot tokens.
    re.compile(r"\b(r8_)[\w-]{8,}|\b(whsec_)[\w+/=-]{8,}|\b(sk-)[\w-]{8,}"),
    re.compile(r"\b[\w-]{23,28}\.[\w-]{6}\.[\w-]{27,}"),
)


class Secrets:
    """Values that no line may hold, whatever put them there."""

    def __init__(self) -> None:
        self._spellings: set[str] = set()

    def add(self, *values: str) -> None:
        """Leave these out from now on, also as they stand in JSON and in URLs."""
        for value in values:
            if len(value) >= SHORTEST_SECRET:
                self._spellings |= {value, json.dumps(value)[1:-1], quote(value, safe="")}

    def masked(self, line: str) -> str:
        for each in self._spellings:
            line = line.replace(each, "…")
        return line

    def clear(self) -> None:
        self._spellings.clear()


_secrets = Secrets()


def conceal(values: Iterable[str]) -> None:
    """Leave these secrets out of all lines from now on. What is shorter than `SHORTEST_SECRET` isn't looked for."""
    _secrets.add(*values)


def without_credentials(line: str) -> str:
    """The line without what is concealed, and without whatever looks like a token, key, signature or password."""
    line = _secrets.masked(line)
    for each in _CREDENTIALS:
        line = each.sub(lambda found: "".join(filter(None, found.groups())) + "…", line)
    return line


def _without_credentials(_logger: Any, _method: str, line: str) -> str:
    """`without_credentials` as the last of structlog's processors."""
    return without_credentials(line)


_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Ends of lines, what moves a terminal's cursor, and what turns the direction of writing round."""


def _escaped(text: str) -> str:
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _on_one_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """No text of others' in an event looks like an event of its own. (JSON escapes it anyway.)"""
    return {key: _escaped(value) if isinstance(value, str) else value for key, value in event.items()}


def _indented_traceback(output: TextIO, error: Any) -> None:
    """The plain traceback, since the rich one shows local variables, and with them prompts and tokens. It is indented,
    so that no line of an error's message begins as an event does."""
    buffer = StringIO()
    structlog.dev.plain_traceback(buffer, error)
    output.write("".join(f"\n  {_escaped(line)}" for line in buffer.getvalue().strip("\n").split("\n")))


def configure_logging(*, level: str = "INFO", form: Form = "console", role: str | None = None) -> None:
    """Send the program's own events and those of its libraries to standard error in one form.

    Prompts and secrets are never put into an event by its caller. What looks like a credential, and what was concealed,
    is taken out of each line all the same: the libraries' own errors carry some. In JSON each line names the process,
    and its role where there is one.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    closing: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if form == "json":
        of_process = {"process": f"{socket.gethostname()}-{os.getpid()}"} | ({"role": role} if role else {})
        closing += [
            lambda _logger, _method, event: of_process | event,  # pyright: ignore[reportUnknownLambdaType] # structlog's processors
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    else:
        closing += [
            _on_one_line,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_indented_traceback),
        ]
    handler = logging.StreamHandler(sys.stderr)
    closing.append(_without_credentials)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=closing))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("aiohttp.access", "aiosqlite", "alembic", "discord.http"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # At DEBUG they show whole events, and with them what members type into forms: prompts, and keys.
    for telling in ("discord.gateway", "discord.webhook"):
        logging.getLogger(telling).setLevel(max(root.level, logging.INFO))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def log_uncaught() -> None:
    """Send warnings, and exceptions that nobody caught, the way of all events. It holds for the whole process."""
    logging.captureWarnings(capture=True)
    log = logging.getLogger("bot")

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            log.critical("the program broke down", exc_info=(kind, error, trace))

    def uncaught_in_thread(broken: threading.ExceptHookArgs) -> None:
        error = broken.exc_value or broken.exc_type()
        log.critical("a thread broke down", exc_info=error)

    sys.excepthook = uncaught
    threading.excepthook = uncaught_in_thread
    sys.unraisablehook = lambda broken: log.error("an exception could not be raised", exc_info=broken.exc_value)
