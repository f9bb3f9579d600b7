"""The settings: each that can't be used, and what fits together badly."""

import difflib
import os
import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from bot.doctor.findings import Finding, error, ok, warning
from bot.domain.catalog import DOLLAR
from bot.domain.hosts import is_loopback
from bot.settings import Settings

PART = "settings"

SHORTEST_CANCEL = 120
"""Seconds. Pictures of high quality take longer than a minute."""

_ASSIGNED = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=", re.MULTILINE)
_OURS = "EASEL_"


def complaints(invalid: ValidationError) -> Mapping[str, str]:
    """Why settings can't be used, by their names, without their values."""
    return {
        str(each["loc"][0]).upper() if each["loc"] else "The settings": each["msg"].removeprefix("Value error, ")
        for each in invalid.errors(include_input=False, include_url=False)
    }


def unusable(invalid: ValidationError) -> list[Finding]:
    """The same as findings; nothing else can be looked at without settings."""
    return [
        error(PART, name, f"can't be used: {why}", "See .env.example for what it takes.")
        for name, why in complaints(invalid).items()
    ]


async def check_settings(settings: Settings) -> AsyncGenerator[Finding]:
    """What the settings say that can hardly be meant."""
    doubts = [*_doubts(settings), *_unknown()]
    for each in doubts:
        yield each
    if not doubts:
        yield ok(PART, "values", f"{len(Settings.model_fields)} settings, all usable")


def _doubts(settings: Settings) -> Iterator[Finding]:
    yield from _address(settings)
    yield from _ceilings(settings)
    if settings.easel_log_prompts:
        yield warning(
            PART,
            "EASEL_LOG_PROMPTS",
            "what members ask for stands in the log, whose readers and copies Easel knows nothing of",
            "Turn it off once you have seen what you need.",
        )
    if settings.metrics_port and settings.metrics_port == settings.http_port:
        yield error(PART, "METRICS_PORT", "is HTTP_PORT, too: the second can't be opened", "Set it to another port.")
    if settings.easel_max_in_flight_per_guild > settings.easel_max_in_flight:
        yield _never(settings, "EASEL_MAX_IN_FLIGHT_PER_GUILD", "EASEL_MAX_IN_FLIGHT")
    if settings.easel_max_in_flight_per_member > settings.easel_max_in_flight_per_guild:
        yield _never(settings, "EASEL_MAX_IN_FLIGHT_PER_MEMBER", "EASEL_MAX_IN_FLIGHT_PER_GUILD")
    if settings.easel_input_retention_days > settings.easel_retention_days:
        yield warning(
            PART,
            "EASEL_INPUT_RETENTION_DAYS",
            f"pictures are kept for {settings.easel_input_retention_days:g} days, the words of their requests for "
            f"{settings.easel_retention_days}",
            "Set it to EASEL_RETENTION_DAYS or less.",
        )
    if settings.replicate_cancel_after_s < SHORTEST_CANCEL:
        yield warning(
            PART,
            "REPLICATE_CANCEL_AFTER_S",
            f"runs are canceled after {settings.replicate_cancel_after_s} s, and may be billed all the same",
            f"Set it to {SHORTEST_CANCEL} or more: a picture of high quality can take that long.",
        )


def _address(settings: Settings) -> Iterator[Finding]:
    if settings.public_url is None:
        if settings.http_port is not None:
            yield ok(PART, "HTTP_PORT", "serves probes alone: without PUBLIC_URL, Easel asks Replicate for each end")
        return
    host = urlsplit(settings.public_url).hostname or ""
    if _is_private(host):
        yield warning(
            PART,
            "PUBLIC_URL",
            f"Replicate can't reach {host}: it is an address of this machine or of a private network",
            "Set it to a name that the internet knows, or leave it unset: Easel asks Replicate then.",
        )


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return is_loopback(host) or host.endswith((".local", ".internal", ".localhost"))


def _ceilings(settings: Settings) -> Iterator[Finding]:
    for name in (
        "easel_member_daily_pictures",
        "easel_daily_spend_usd",
        "easel_monthly_spend_usd",
        "easel_guild_daily_spend_usd",
    ):
        if getattr(settings, name) == 0:
            yield warning(
                PART,
                name.upper(),
                "is 0: it lets nobody make a picture, but where a server has limits, grants or a key of its own",
                "Set it to more, unless that is meant.",
            )
    for model in settings.models:
        cheapest = min(model.prices[-1].per_picture.values())
        if 0 < settings.daily_spend < cheapest:
            yield warning(
                PART,
                "EASEL_DAILY_SPEND_USD",
                f"is less than the cheapest picture of {model.slug} costs ({cheapest / DOLLAR:g} US dollars)",
                "Set it to more.",
            )
    if settings.monthly_spend is not None and 0 < settings.monthly_spend < settings.daily_spend:
        yield _never(settings, "EASEL_DAILY_SPEND_USD", "EASEL_MONTHLY_SPEND_USD")
    if settings.guild_daily_spend is not None and settings.guild_daily_spend > settings.daily_spend > 0:
        yield _never(settings, "EASEL_GUILD_DAILY_SPEND_USD", "EASEL_DAILY_SPEND_USD")


def _never(settings: Settings, larger: str, smaller: str) -> Finding:
    """The one ceiling is over the other, and so never reached."""
    values = tuple(getattr(settings, name.lower()) for name in (larger, smaller))
    said = f"is {values[0]:g}, and {smaller} is {values[1]:g}: it can never be reached"
    return warning(PART, larger, said, f"Lower it, or raise {smaller}.")


def _unknown() -> Iterator[Finding]:
    """Names that look as if they were settings. Of the environment only those that can be nobody else's."""
    known = {name.upper() for name in Settings.model_fields}
    env_file = Path(str(Settings.model_config.get("env_file")))
    written = {name.upper() for name in _ASSIGNED.findall(_text_of(env_file))}
    for name in sorted((written | {each.upper() for each in os.environ if each.upper().startswith(_OURS)}) - known):
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
        if near or name.startswith(_OURS):
            where = ".env" if name in written else "the environment"
            advice = f"Did you mean {near[0]}?" if near else "Remove it; .env.example has all settings."
            yield warning(PART, name, f"is in {where}, and no setting of Easel's: it does nothing", advice)


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""
