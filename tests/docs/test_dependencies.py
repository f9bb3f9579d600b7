"""docs/dependencies.md names what pyproject.toml asks for, as it is locked."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata

from tests.docs.documents import ROOT, rows

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
TABLE = [cells for cells in rows((ROOT / "docs" / "dependencies.md").read_text("utf-8")) if len(cells) == 5]


def test_it_names_the_direct_dependencies_and_no_others() -> None:
    project = PROJECT["project"]
    groups = [
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *PROJECT["dependency-groups"].values(),
    ]
    asked_for = {_normalized(re.split(r"[^\w.-]", requirement)[0]) for group in groups for requirement in group}
    told = [_normalized(cells[0]) for cells in TABLE]
    assert sorted(told) == sorted(asked_for)


def test_it_tells_the_locked_versions() -> None:
    lock = "".join((ROOT / "requirements" / f"{name}.txt").read_text("utf-8") for name in ("dev", "fuzz"))
    locked = {_normalized(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.MULTILINE)}
    assert {cells[0]: cells[1] for cells in TABLE} == {cells[0]: locked[_normalized(cells[0])] for cells in TABLE}


def test_it_tells_the_licences_that_the_packages_state() -> None:
    stated = {name: licence for cells in TABLE if (licence := _licence(name := cells[0]))}
    assert stated
    assert {cells[0]: cells[2] for cells in TABLE if cells[0] in stated} == stated


def _licence(name: str) -> str | None:
    """As an SPDX expression, where the package states it so; older ones write sentences, or the whole text."""
    try:
        package = metadata(name)
    except PackageNotFoundError:  # the fuzzer, which only `make fuzz` installs
        return None
    for field in ("License-Expression", "License"):
        if field in package and (field != "License" or " " not in package[field]):
            return package[field]
    return None


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
