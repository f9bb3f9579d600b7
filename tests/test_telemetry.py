"""What the log holds, and what it never does."""

import json
import logging
from collections.abc import Generator
from typing import Literal

import aiohttp
import pytest
import structlog

from bot.telemetry import configure_logging

TOKEN = "aW50ZXJhY3Rpb246-_.token"
SECRETS = (
    f"https://discord.com/api/v10/webhooks/1574380609034256385/{TOKEN}/messages/@original?with_components=1",
    f"https://discord.com/api/v10/interactions/1574380609034256385/{TOKEN}/callback",
    f"https://cdn.discordapp.com/attachments/1/2/heron.png?ex=6c1&is=6b0&hm={TOKEN}&",
)


@pytest.fixture(autouse=True)
def handlers() -> Generator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("url", SECRETS)
def test_the_tokens_in_discords_urls_stay_out_of_events_and_tracebacks(
    url: str, form: Literal["console", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(form=form)
    log = logging.getLogger("bot.example")
    error = aiohttp.ClientOSError(None, f"Can not write request body for {url}")
    try:
        raise error
    except aiohttp.ClientOSError:
        log.exception("a step failed: %r", error)
    output = capsys.readouterr().err
    assert "Traceback" in output
    assert "Can not write request body for https://" in output
    assert "aW50ZX" not in output
    if form == "json":
        json.loads(output)


@pytest.mark.parametrize("form", ["console", "json"])
def test_no_text_of_others_forges_an_event(
    form: Literal["console", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    """One event is one line, with its traceback indented below it, and nothing moves a terminal's cursor."""
    configure_logging(form=form)
    forged = "a fox\r\n2026-11-23T12:00:00Z [error    ] forged\x1b[2K\u2028\u202e\x85"
    structlog.get_logger("bot.example").info("event", name=forged)
    logging.getLogger("discord.example").warning("a guild is called %s", forged)
    try:
        raise ValueError(forged)
    except ValueError:
        structlog.get_logger("bot.example").exception("a step failed", error=forged)
    output = capsys.readouterr().err
    assert output.count("forged") >= 4
    assert len([line for line in output.split("\n") if line and not line.startswith("  ")]) == 3
    assert not set("\r\x1b\u2028\u202e\x85") & set(output)
