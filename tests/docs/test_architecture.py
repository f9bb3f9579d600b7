"""docs/architecture.md describes the code that is there."""

import inspect
import re
import tomllib
from typing import Protocol

from bot.domain.job import TRANSITIONS
from bot.service import ports
from bot.storage.columns import Entrusted
from bot.storage.moderation_tables import metadata
from tests.docs.documents import ROOT, code, rows, section, unquoted

ARCHITECTURE = ROOT / "docs" / "architecture.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_every_room_and_every_module_beside_them_is_there() -> None:
    rooms = section(ARCHITECTURE, "The rooms")
    packages = {f"bot/{path.parent.name}/" for path in (ROOT / "bot").glob("*/__init__.py")}
    assert {unquoted(cells[0])[0] for cells in rows(rooms)} == packages
    modules = {f"bot/{path.name}" for path in (ROOT / "bot").glob("*.py")} - {"bot/__init__.py"}
    assert set(re.findall(r"`(bot/\w+\.py)`", rooms)) == modules


def test_the_layers_are_those_that_are_enforced() -> None:
    [layers] = [each["layers"] for each in PROJECT["tool"]["importlinter"]["contracts"] if each["id"] == "layers"]
    assert " → ".join(layers).replace("bot.", "") in code(ARCHITECTURE)


def test_every_import_contract_is_there() -> None:
    told = [unquoted(cells[0])[0] for cells in rows(section(ARCHITECTURE, "Who may import whom"))]
    assert told == [contract["id"] for contract in PROJECT["tool"]["importlinter"]["contracts"]]


def test_every_port_is_there_with_an_adapter_that_has_its_methods() -> None:
    told = {unquoted(cells[0])[0]: unquoted(cells[2])[0] for cells in rows(section(ARCHITECTURE, "Ports"))}
    declared = {name: port for name, port in inspect.getmembers(ports, inspect.isclass) if Protocol in port.__bases__}
    assert told.keys() == declared.keys() - {"Protocol"}
    for name, adapter in told.items():
        source = (ROOT / adapter).read_text("utf-8")
        methods = [each for each, _ in inspect.getmembers(declared[name], inspect.isfunction) if each[0] != "_"]
        assert methods
        assert not [each for each in methods if f"def {each}(" not in source]


def test_every_status_is_there_with_the_steps_from_it() -> None:
    told = {
        unquoted(cells[0])[0]: set(unquoted(cells[2])) for cells in rows(section(ARCHITECTURE, "The statuses of a job"))
    }
    assert told == {status.value: {each.value for each in following} for status, following in TRANSITIONS.items()}


def test_every_encrypted_column_is_there() -> None:
    encrypted = section(ARCHITECTURE, "What is encrypted")
    told = {
        table: set(unquoted(columns)) for table, columns in re.findall(r"^- `(\w+)`: ([^;]*);", encrypted, re.MULTILINE)
    }
    actual = {
        table.name: {column.name for column in table.columns if isinstance(column.type, Entrusted)}
        for table in metadata.tables.values()
    }
    assert told == {table: columns for table, columns in actual.items() if columns}
