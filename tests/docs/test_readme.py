"""The README's figures are the program's."""

import re
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import Mock
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from bot.chat.client import EaselClient
from bot.chat.places import check_permissions
from bot.domain.errors import MissingPermissions
from bot.settings import example
from tests.docs.documents import ROOT, code, rows, section, unquoted
from tests.docs.tables import README, between, tables


def test_the_table_of_prices_agrees_with_the_program() -> None:
    text = README.read_text("utf-8")
    for each, table in tables().items():
        assert between(text, each) == table, "write it anew: .venv/bin/python -m tests.docs.tables"


def test_the_invitation_asks_for_what_the_bot_needs_and_no_more() -> None:
    [invitation] = re.findall(r"https://discord\.com/oauth2/authorize\S+", code(README))
    query = parse_qs(urlsplit(invitation).query)
    assert set(query["scope"][0].split()) == {"bot", "applications.commands"}
    asked_for = discord.Permissions(int(query["permissions"][0]))
    assert asked_for == _permissions(_needed())
    [sentence] = re.findall(r"It asks for ([^.]*), and nothing else\.", README.read_text("utf-8"))
    assert _permissions(re.split(r", | and ", sentence)) == asked_for


async def test_no_intent_is_privileged() -> None:
    async with EaselClient() as client:
        asked_for = {intent for intent, wanted in client.intents if wanted}
    assert not asked_for & {"members", "presences", "message_content"}


def test_the_ceilings_are_told_with_their_defaults() -> None:
    costs = section(README, "What it costs")
    told = {
        unquoted(cells[0])[0]: "".join(unquoted(cells[1])) for cells in rows(costs) if cells[0].startswith("`EASEL_")
    }
    told |= dict(re.findall(r"`(EASEL_\w+)` \((\d+)\)", costs))
    defaults = dict(re.findall(r"^#([A-Z_0-9]+)=(.*)$", example(), re.MULTILINE))
    ceilings = {each for each in defaults if re.fullmatch(r"EASEL_\w*(DAILY_PICTURES|(DAILY|MONTHLY)_SPEND_USD)", each)}
    ceilings |= {each for each in defaults if each.startswith("EASEL_MAX_IN_FLIGHT")}
    assert told == {each: defaults[each] for each in ceilings}


def test_the_troubles_are_told_in_the_words_of_the_log() -> None:
    told = [unquoted(cells[0])[0] for cells in rows(section(README, "When something is the matter"))]
    sources = [path.read_text("utf-8") for path in (ROOT / "bot").rglob("*.py")]
    assert len(told) == 8
    assert [words for words in told if not any(words in source for source in sources)] == []


def _needed() -> set[str]:
    """What intake asks for, in channels and in threads, of a bot that may do nothing."""
    needed: set[str] = set()
    for channel in (Mock(spec=discord.TextChannel), Mock(spec=discord.Thread)):
        interaction = SimpleNamespace(guild_id=1, channel=channel, app_permissions=discord.Permissions.none())
        with pytest.raises(MissingPermissions) as refused:
            check_permissions(cast("Any", interaction))
        needed |= set(refused.value.permissions)
    return needed


def _permissions(names: Iterable[str]) -> discord.Permissions:
    """Those that Discord's client calls so."""
    return discord.Permissions(**dict.fromkeys((name.lower().replace(" ", "_") for name in names), True))
