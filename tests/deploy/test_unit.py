"""The systemd unit, held to systemd's own checks, and to the program and its documents."""

import shutil
import sys
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from bot.cli import cli
from bot.process import STEP_SECONDS
from bot.settings import Settings
from tests.deploy.wheels import complaints, tool
from tests.docs.documents import ROOT, code

UNIT = ROOT / "deploy" / "easel.service"
EXPOSED = 20
"""In tenths, as `systemd-analyze security` counts: it calls up to 20 "OK", and a unit that restricts nothing has 96."""


def service() -> dict[str, list[str]]:
    """The section of that name: a key may come again."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text("utf-8").partition("[Service]")[2].partition("[Install]")[0].splitlines():
        if line and line[0] != "#":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


SERVICE = service()


def one(key: str) -> str:
    [value] = SERVICE[key]
    return value


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with the program where the tests have it: systemd looks for that, too."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd's own checks come with systemd")
    changed = UNIT.read_text("utf-8").replace("/opt/easel/bin/", f"{Path(sys.executable).parent}/")
    path = tmp_path / UNIT.name
    path.write_text(changed, "utf-8")
    return path


def test_systemd_understands_all_of_it(unit: Path) -> None:
    assert complaints("systemd-analyze", "verify", "--man=no", unit) == ""
    assert (Path(sys.executable).parent / "easel").exists()


def test_systemd_finds_little_that_is_left_open(unit: Path) -> None:
    tool("systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={EXPOSED}", unit)


def test_what_it_starts_is_a_command_of_the_program() -> None:
    _, command = one("ExecStart").split()
    commands = typer.main.get_command(cli)
    assert isinstance(commands, TyperGroup)
    assert command in commands.commands


def test_its_paths_are_those_that_the_document_has_made() -> None:
    told = code(ROOT / "docs" / "install.md")
    environment = dict(each.split("=", 1) for each in SERVICE["Environment"])
    assert environment["EASEL_DATA_DIR"] == f"/var/lib/{one('StateDirectory')}"
    assert f"EASEL_DATA_DIR={environment['EASEL_DATA_DIR']}" in told, "for the commands that are typed by hand"
    assert f"{one('WorkingDirectory')}/.env" in told
    assert f"python3 -m venv {one('ExecStart').partition('/bin/')[0]}" in told
    assert one("User") in told
    assert set(environment) - {"PYTHONDONTWRITEBYTECODE"} <= {field.upper() for field in Settings.model_fields}


def test_a_stop_in_order_is_not_cut_off() -> None:
    assert int(one("TimeoutStopSec").removesuffix("s")) > STEP_SECONDS + 2
