"""Logging: one line an event, for people at a terminal and as JSON for machines."""

import logging
import re
import sys
from typing import Any, Literal

import structlog

_CREDENTIALS = (
    # The token of an interaction or webhook is part of its URLs, which aiohttp's errors name.
    re.compile(r"(?<=webhooks/)(\d+/)[\w.-]+|(?<=interactions/)(\d+/)[\w.-]+"),
    # The signature of a file at Discord's CDN.
    re.compile(r"(?<=[?&])((?:ex|is|hm)=)[\w-]+"),
)


def without_credentials(line: str) -> str:
    """The line with the tokens and signatures of Discord's URLs left out."""
    for each in _CREDENTIALS:
        line = each.sub(lambda found: "".join(filter(None, found.groups())) + "…", line)
    return line


def _without_credentials(_logger: Any, _method: str, line: str) -> str:
    """`without_credentials` as the last of structlog's processors."""
    return without_credentials(line)


def configure_logging(*, level: str = "INFO", form: Literal["console", "json"] = "console") -> None:
    """Send the program's own events and those of its libraries to standard error in one form.

    Prompts and secrets are never put into an event by its caller, and nothing here would take them out again, but for
    the credentials in Discord's URLs, which the libraries' own errors carry.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if form == "json"
        # The plain traceback, since the rich one shows local variables, and with them prompts and tokens.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    closing: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if form == "json":
        closing.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler(sys.stderr)
    closing += [renderer, _without_credentials]
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
