"""What the documents name exists: files, sections, targets, commands, settings."""

import re
import sys
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from bot.cli import cli
from bot.settings import Settings
from tests.docs.documents import DOCUMENTS, ROOT, anchors, code, links, name, rows, section, unquoted

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PLACEHOLDERS = {"CLIENT_ID"}

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=name)


@documents
def test_links_and_pictures_lead_somewhere(document: Path) -> None:
    broken: list[str] = []
    for link in links(document):
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


@documents
def test_named_files_exist(document: Path) -> None:
    named = set(re.findall(r"(?<![\w./])((?:bot|tests|docs|requirements)/[\w./*-]+)", code(document)))
    assert not [path for path in sorted(named) if not any(ROOT.glob(path.rstrip("/")))]


@documents
def test_named_programs_are_installed(document: Path) -> None:
    programs = set(re.findall(r"\.venv/bin/([\w-]+)", code(document)))
    assert not [program for program in sorted(programs) if not (Path(sys.executable).parent / program).exists()]


@documents
def test_targets_of_make_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", code(document))) <= targets


def test_every_target_of_make_is_told_of() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", MAKEFILE, re.MULTILINE))
    assert targets == set(re.findall(r"\bmake ([a-z]+)", code(ROOT / "CONTRIBUTING.md")))


def test_every_directory_of_tests_is_told_of() -> None:
    told = {unquoted(cells[0])[0] for cells in rows(section(ROOT / "CONTRIBUTING.md", "Tests"))}
    assert told == {f"tests/{path.parent.name}/" for path in (ROOT / "tests").glob("*/__init__.py")}


@documents
def test_commands_and_their_options_exist(document: Path) -> None:
    for words in re.findall(r"\beasel ([a-z]+[^\n]*)", code(document)):
        command, rest = typer.main.get_command(cli), words
        while isinstance(command, TyperGroup):
            name, _, rest = rest.partition(" ")
            assert name in command.commands, words
            command = command.commands[name]
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= known


@documents
def test_named_settings_exist(document: Path) -> None:
    settings = {field.upper() for field in Settings.model_fields}
    of_make = set(re.findall(r"\b([A-Z_]+) \?=", MAKEFILE))
    of_compose = set(re.findall(r"\b(?:COMPOSE|POSTGRES)_[A-Z_]+", (ROOT / "compose.yaml").read_text("utf-8")))
    named = set(re.findall(r"(?<![\w/])[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]\b", document.read_text("utf-8")))
    assert named <= settings | of_make | of_compose | PLACEHOLDERS
