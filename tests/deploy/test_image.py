"""The Dockerfile, as far as it can be held without an engine: to a linter, to the tree, to the program."""

import ipaddress
import json
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from bot.cli import cli
from bot.settings import Settings
from tests.deploy.dockerfile import arguments, pairs, sent, stages
from tests.deploy.settings import settings_in
from tests.deploy.wheels import complaints, tool
from tests.docs.documents import ROOT

BUILD, FINAL = stages()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ENVIRONMENT = pairs(FINAL, "ENV")
OF_PYTHON = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


def test_the_linter_has_nothing_to_say() -> None:
    assert complaints("hadolint", "--no-color", "--failure-threshold", "style", "Dockerfile") == ""


def test_both_stages_stand_on_one_named_version() -> None:
    bases = {each.partition(" AS ")[0] for stage in (BUILD, FINAL) for each in arguments(stage, "FROM")}
    [base] = bases
    found = re.fullmatch(r"python:(3\.\d+)-slim-[a-z]+", base)
    assert found, base
    named = set(re.findall(r"python(3\.\d+)", (ROOT / "Dockerfile").read_text("utf-8")))
    assert named == {found[1]}, "what is removed and compiled is that Python's"
    assert f"Programming Language :: Python :: {found[1]}" in PROJECT["classifiers"]


def test_what_it_copies_is_in_the_tree_and_sent_and_nothing_else_is() -> None:
    tracked = tool("git", "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    given = sent([*tracked, ".env", "data/easel.db", "data/secret.key", "bot/__pycache__/app.pyc", ".venv/bin/easel"])
    sources = [source for each in arguments(BUILD, "COPY") for source in each.split()[:-1]]
    copied = {source: {path for path in given if path == source or path.startswith(f"{source}/")} for source in sources}
    assert [source for source, found in copied.items() if not found] == []
    assert set.union(*copied.values()) == given
    program = {path for path in tracked if fnmatch(path, "bot/*") and not fnmatch(path, "bot/demo/*")}
    assert {path for path in given if path.startswith("bot/")} == program, "all of it, without the demo"
    assert set(sources) >= {PROJECT["readme"], *PROJECT["license-files"], "pyproject.toml"}, "as the wheel needs them"


def test_its_settings_are_the_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(ENVIRONMENT) - OF_PYTHON <= {field.upper() for field in Settings.model_fields}
    settings = settings_in(ENVIRONMENT, tmp_path, monkeypatch)
    assert [str(settings.easel_data_dir)] == arguments(FINAL, "VOLUME") == arguments(FINAL, "WORKDIR")
    assert ipaddress.ip_address(settings.http_host).is_loopback, "nobody outside reaches the port for its health"
    assert settings.http_port
    assert settings.public_url is None


def test_it_runs_as_a_user_without_a_name_to_look_up_and_without_rights() -> None:
    [user] = arguments(FINAL, "USER")
    uid, gid = user.split(":")
    assert uid == gid
    assert int(uid) >= 1000
    assert f"useradd --uid {uid} " in " ".join(arguments(FINAL, "RUN"))
    names = [name for name, _ in FINAL]
    assert max(index for index, name in enumerate(names) if name in {"RUN", "COPY"}) < names.index("USER")


def test_what_it_starts_are_commands_of_the_program() -> None:
    [entry], [start] = arguments(FINAL, "ENTRYPOINT"), arguments(FINAL, "CMD")
    [health] = (each.partition(" CMD ")[2] for each in arguments(FINAL, "HEALTHCHECK"))
    commands = typer.main.get_command(cli)
    assert isinstance(commands, TyperGroup)
    for program, command in (json.loads(entry) + json.loads(start), json.loads(health)):
        assert program in PROJECT["scripts"]
        assert command in commands.commands
    assert arguments(FINAL, "STOPSIGNAL") == ["SIGTERM"]


def test_its_labels_are_the_projects() -> None:
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in pairs(FINAL, "LABEL").items()}
    assert labels == {
        "title": PROJECT["name"].capitalize(),
        "description": PROJECT["description"],
        "version": PROJECT["version"],
        "licenses": PROJECT["license"],
    }


def test_what_it_installs_is_locked() -> None:
    installs = re.findall(r"pip (?:--python \S+ )?install ([^&]*)", " ".join(arguments(BUILD, "RUN")))
    assert len(installs) == 3
    for each in installs:
        locked = "--require-hashes --requirement requirements/" in each
        assert locked or "--no-index --no-deps dist/*.whl" in each, each
