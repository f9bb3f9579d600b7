"""`easel doctor` as an operator and a program run it, and how its parts are run."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from bot.cli.doctor import show
from bot.doctor.findings import Finding, Part, State, ok, run
from tests.cli.conftest import Command
from tests.process.deployment import Deployment

pytestmark = pytest.mark.asyncio(loop_scope="package")


def found(stdout: str, part: str, check: str) -> dict[str, Any]:
    [finding] = [each for each in json.loads(stdout) if (each["part"], each["check"]) == (part, check)]
    return finding


async def test_all_is_well(deployment: Deployment, easel: Command, tmp_path: Path) -> None:
    deployment.guild.channel("doctor")
    assert (await easel("sync")).code == 0
    files = {each: each.read_bytes() for each in (tmp_path / "data").iterdir() if each.suffix in {".key", ".db"}}
    ended = await easel("doctor")
    assert ended.code == 0, ended.stdout
    marks = [line.split()[0] for line in ended.stdout.splitlines()[1:] if re.match(r" *[✓!✗–] ", line)]
    assert marks.count("✓") >= 15
    assert set(marks) == {"✓", "–"}, ended.stdout
    assert {each: each.read_bytes() for each in files} == files, "nothing is changed"
    assert deployment.discord.gateway.identifies == 0
    assert deployment.replicate.runs == []


async def test_for_a_program_with_what_is_wrong_beside_what_is_well(deployment: Deployment, easel: Command) -> None:
    """Tokens that are refused, and a name that is one letter off."""
    ended = await easel("doctor", "--json", DISCORD_TOKEN="mistyped", REPLICATE_API_TOKEN="r8_mistyped", EASEL_MODEL="")
    assert ended.code == 1
    assert all(each.keys() == {"part", "check", "state", "finding", "advice"} for each in json.loads(ended.stdout))
    discord, replicate = (found(ended.stdout, part, "token") for part in ("Discord", "Replicate"))
    assert (discord["state"], discord["finding"]) == ("error", "refused by Discord")
    assert "https://discord.com/developers/applications" in discord["advice"]
    assert (replicate["state"], replicate["finding"]) == ("error", "refused by Replicate")
    assert "https://replicate.com/account/api-tokens" in replicate["advice"]
    typo = found(ended.stdout, "settings", "EASEL_MODEL")
    assert (typo["state"], typo["advice"]) == ("warning", "Did you mean EASEL_MODELS?")
    assert found(ended.stdout, "clock", "Discord")["state"] == "ok"
    assert found(ended.stdout, "database", "file")["state"] == "ok"
    assert "mistyped" not in ended.stdout + ended.stderr


async def test_no_terminal_obeys_the_name_of_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    named = Finding("Discord", "[red]Studio\x1b]0;mine\x07\u202e", State.WARNING, "in #\x1b[2J [bold]", "Run: chmod")
    for as_json in (False, True):
        show([named], as_json=as_json)
        shown = capsys.readouterr().out
        assert not set(shown) & set("\x1b\x07\u202e")
        assert "[red]Studio" in shown
        assert "[bold]" in shown


async def test_no_part_stands_in_anothers_way() -> None:
    async def crashes() -> AsyncGenerator[Finding]:
        yield ok("crashes", "before", "found")
        raise RuntimeError("r8_secret")

    async def hangs() -> AsyncGenerator[Finding]:
        yield ok("hangs", "before", "found")
        await asyncio.Event().wait()

    async def works() -> AsyncGenerator[Finding]:
        yield ok("works", "all", "found")

    findings = await run([Part("crashes", crashes), Part("hangs", hangs), Part("works", works)], within=0.01)
    assert [(each.part, each.state) for each in findings] == [
        ("crashes", State.OK),
        ("crashes", State.ERROR),
        ("hangs", State.OK),
        ("hangs", State.ERROR),
        ("works", State.OK),
    ]
    assert "r8_secret" not in str(findings)
