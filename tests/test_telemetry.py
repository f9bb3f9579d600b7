"""What the log holds, and what it never does."""

import json
import logging
from collections.abc import Generator
from typing import Literal
from urllib.parse import quote

import aiohttp
import pytest
import structlog

from bot import telemetry
from bot.telemetry import conceal, configure_logging, without_credentials

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
    telemetry._secrets.clear()
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


@pytest.mark.parametrize(
    "secret",
    [
        "r8_Abcdefghijklmnopqrstuvwxyz0123456789a",
        "sk-proj-Abcdefghijklmnopqrstuvwxyz0123456789",
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "MTU3NDM4MDYwOTAzNDI1NjM4NQ.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789ab",
    ],
)
@pytest.mark.parametrize("line", ["it is {}", "Bearer {}, and more", "https://example.org/?token={}", '{{"key":"{}"}}'])
def test_what_looks_like_a_key_stays_out_whosever_it_is(line: str, secret: str) -> None:
    masked = without_credentials(line.format(secret))
    assert secret[-8:] not in masked
    assert masked.replace("…", "") != ""


def test_the_password_of_a_database_stays_out() -> None:
    line = "can't connect to postgresql://easel:hunter2@db.example.org:5432/easel"
    assert without_credentials(line) == "can't connect to postgresql://easel:…@db.example.org:5432/easel"


@pytest.mark.parametrize(
    "line",
    [
        '{"job": "0123456789abcdef", "prediction": "rmv8k3xq5nrma0cqy1mvy2v7fr"}',
        '{"timestamp": "2026-11-23T12:00:00.123456Z"}',
        'File "/usr/lib/python3.11/site-packages/sqlalchemy/ext/asyncio/engine.py", line 1574, in wrapped',
        "Can not write request body for https://discord.com/api/v10/channels/1574380609034256385/messages",
        "risk-taking desk-bound task-oriented r8_ sk- whsec_",
        "postgres-0.postgres.easel.svc.cluster.local:5432 is out of reach",
    ],
)
def test_what_is_no_key_stays_in(line: str) -> None:
    assert without_credentials(line) == line


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("secret", ["plain-and-long", 'with "quotes" and \\', "mit Ümlauten", "a/b?c=d&e"])
def test_what_is_concealed_is_left_out_however_it_is_written(
    secret: str, form: Literal["console", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(form=form)
    conceal([secret, "short"])
    log = logging.getLogger("bot.example")
    log.error("it is %s, in a URL %s, and short", secret, quote(secret, safe=""))
    output = capsys.readouterr().err
    assert "it is …, in a URL …, and short" in output
    assert json.dumps(secret)[1:-1] not in output


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
