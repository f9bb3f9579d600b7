"""compose.yaml, held to the Compose specification's schema, to the image, and to the program."""

import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.process import STEP_SECONDS
from bot.settings import Settings
from tests.deploy.dockerfile import arguments, pairs, stages
from tests.deploy.settings import settings_in
from tests.deploy.wheels import tool
from tests.docs.documents import ROOT, section
from tests.storage.postgres_server import VERSION

FINAL = stages()[-1]
INSTALL = ROOT / "docs" / "install.md"
VERSION_OF_EASEL = pairs(FINAL, "LABEL")["org.opencontainers.image.version"]


def yaml(text: str) -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load(StringIO(text))


COMPOSE = yaml((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"].startswith("easel:")}


def started(*profiles: str) -> set[str]:
    return {
        name for name, each in SERVICES.items() if not each.get("profiles") or set(each["profiles"]) & set(profiles)
    }


def block(heading: str, language: str) -> str:
    """The one block of code in that language under a heading of docs/install.md."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", section(INSTALL, heading), re.MULTILINE | re.DOTALL)
    return found


SettingsOf = Callable[[str, str], Settings]


@pytest.fixture
def settings_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SettingsOf:
    """What `easel run` makes of the image's environment, of `.env`, and of what a service says, which goes first."""

    def settings(service: str, env_file: str) -> Settings:
        given = dict(re.findall(r"^(\w+)=(.*)$", env_file, re.MULTILINE))
        environment = SERVICES[service].get("environment", {})
        return settings_in({**pairs(FINAL, "ENV"), **given, **environment}, tmp_path, monkeypatch)

    return settings


@pytest.mark.parametrize("heading", [None, "Webhooks"])
def test_it_is_as_the_specification_says(heading: str | None, tmp_path: Path) -> None:
    file = ROOT / "compose.yaml"
    if heading:
        file = tmp_path / "compose.override.yaml"
        file.write_text(block(heading, "yaml"), "utf-8")
        assert yaml(file.read_text("utf-8"))["services"].keys() <= OURS.keys()
    tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)


def test_one_container_unless_asked_for_more() -> None:
    assert started() == {"bot"}
    assert started("scale") == {"bot", "worker", "postgres"}
    assert SERVICES["worker"]["deploy"]["replicas"] == 2


def test_only_one_service_is_connected_to_discord(settings_of: SettingsOf) -> None:
    """Whatever is started together by mistake."""
    small, large = block("With Compose", "ini"), block("With Compose and PostgreSQL", "ini")
    assert settings_of("bot", small).easel_role == "all"
    assert settings_of("bot", large).easel_role == "gateway"
    shards = f"{large}EASEL_SHARDS=0-3/4\n"
    assert settings_of("worker", shards).easel_role == "worker"
    assert OURS.keys() == {"bot", "worker"}


def test_webhooks_come_in_where_they_are_asked_for(settings_of: SettingsOf) -> None:
    settings = settings_of("bot", block("Webhooks", "ini"))
    [port] = yaml(block("Webhooks", "yaml"))["services"]["bot"]["ports"]
    assert settings.public_url
    assert settings.http_host == "0.0.0.0"
    assert port == f"127.0.0.1:{settings.http_port}:{settings.http_port}", "for the proxy alone"


def test_all_of_them_share_the_database_and_the_key(settings_of: SettingsOf) -> None:
    large = block("With Compose and PostgreSQL", "ini")
    [url] = {settings_of(each, large).database_url for each in OURS}
    given = dict(re.findall(r"^(\w+)=(.*)$", large, re.MULTILINE))
    postgres = SERVICES["postgres"]["environment"]
    assert given["COMPOSE_PROFILES"] == "scale"
    assert url == f"postgresql://{postgres['POSTGRES_USER']}:{given['POSTGRES_PASSWORD']}@postgres/easel"
    assert postgres["POSTGRES_PASSWORD"] == "${POSTGRES_PASSWORD:-}"
    assert {each["volumes"][0].split(":")[0] for each in OURS.values()} == {"data"}, (
        "where the key is, unless it is set"
    )


@pytest.mark.parametrize("name", OURS)
def test_our_services_may_do_little(name: str) -> None:
    service = OURS[name]
    assert service["image"] == f"easel:{VERSION_OF_EASEL}"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in service, "no listening port unless asked"
    assert service["tmpfs"].startswith("/tmp:")
    assert [each.split(":")[1] for each in service["volumes"]] == arguments(FINAL, "VOLUME")
    assert int(service["stop_grace_period"].removesuffix("s")) > STEP_SECONDS + 2
    assert service["env_file"] == ".env"


def test_what_is_waited_for_says_when_it_is_well() -> None:
    for service in SERVICES.values():
        for name, dependency in service.get("depends_on", {}).items():
            assert dependency["condition"] == "service_healthy"
            assert SERVICES[name].get("healthcheck") or (name in OURS and arguments(FINAL, "HEALTHCHECK"))
            alone = set(service.get("profiles", [])) >= set(SERVICES[name].get("profiles", []))
            assert alone or dependency["required"] is False


def test_every_volume_is_declared_and_used() -> None:
    used = {each.split(":")[0] for service in SERVICES.values() for each in service["volumes"]}
    assert used == COMPOSE["volumes"].keys()


def test_the_server_is_of_the_version_that_the_tests_run_on() -> None:
    assert re.fullmatch(rf"postgres:{VERSION}-\w+", SERVICES["postgres"]["image"])
