"""Settings: what the environment says, in sentences where it can't be used, and never a secret in a repr."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.domain.roles import Role
from bot.settings import GivenSettings, Settings, example

SECRETS = {
    "DISCORD_TOKEN": "discord-secret",
    "REPLICATE_API_TOKEN": "replicate-secret",
    "OPENAI_API_KEY": "openai-secret",
    "EASEL_SECRET_KEY": "key-secret",
    "DATABASE_URL": "postgresql://easel:db-secret@localhost/easel",
}


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_example_file_documents_every_setting() -> None:
    root = Path(__file__).parents[1]
    assert (root / ".env.example").read_text(encoding="utf-8") == example(), "remake it: python -m bot.settings"
    for name, field in Settings.model_fields.items():
        assert field.description, name


def test_the_example_file_is_a_file_of_settings(tmp_path: Path) -> None:
    lines = [line.removeprefix("#") for line in example().splitlines() if line.startswith("#") and "=" in line]
    assigned = [line for line in lines if line.split("=")[0].isupper()]
    assert len(assigned) == len(Settings.model_fields)
    (tmp_path / ".env").write_text("\n".join(assigned))
    assert Settings().model_dump() == GivenSettings().model_dump()


def test_no_secret_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    shown = repr(settings).replace("easel_secret_key", "").replace("easel_retired_secret_keys", "")
    assert "secret" not in shown
    assert settings.discord_token.get_secret_value() == "discord-secret"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DISCORD_API_URL", "http://discord.com/api/v10", "must start with https://"),
        ("REPLICATE_API_URL", "http://10.0.0.1/v1", "must start with https://"),
        ("PUBLIC_URL", "bot.example.org", "is no http(s) address"),
        ("REPLICATE_MODEL", "openai/gpt-image-9", "is not in the catalogue; choose one of openai/gpt-image-2"),
        (
            "EASEL_MODELS",
            "openai/gpt-image-2,gpt-4",
            "'gpt-4' is not in the catalogue; choose one of openai/gpt-image-2",
        ),
    ],
)
def test_what_can_not_be_used_is_said(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=words.replace("(", r"\(").replace(")", r"\)")):
        Settings()


def test_members_choose_among_the_models_that_are_listed_beside_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [model.slug for model in Settings().models] == ["openai/gpt-image-2"]
    monkeypatch.setenv("REPLICATE_MODEL", "openai/gpt-image-2.5-flare")
    monkeypatch.setenv("EASEL_MODELS", " openai/gpt-image-2, openai/gpt-image-2.5-flare,")
    assert [model.slug for model in Settings().models] == ["openai/gpt-image-2.5-flare", "openai/gpt-image-2"]


def test_loopback_servers_may_be_spoken_to_in_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_API_URL", "http://127.0.0.1:9000/api/v10/")
    assert Settings().discord_api_url == "http://127.0.0.1:9000/api/v10"


def test_a_port_is_opened_only_where_one_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().http_port is None
    monkeypatch.setenv("PUBLIC_URL", "https://bot.example.org")
    assert Settings().http_port == 8080


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_MEMBER_DAILY_PICTURES", "")
    assert Settings().easel_member_daily_pictures == 20
    assert Settings().daily_spend == 10_000_000


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"EASEL_ROLE": "worker"}, "worker needs a PostgreSQL (DATABASE_URL) that all processes share"),
        ({"EASEL_ROLE": "gateway", "DATABASE_URL": "sqlite:///easel.db"}, "gateway needs a PostgreSQL"),
        (
            {"EASEL_ROLE": "worker", "DATABASE_URL": SECRETS["DATABASE_URL"], "EASEL_SHARDS": "0/2"},
            "connects no shards",
        ),
        ({"EASEL_SHARDS": "0-16/16"}, "of 16 shards, the first is 0 and the last is 15"),
        ({"EASEL_SHARDS": "all"}, "is not of the form 0-3/16"),
    ],
)
def test_roles_and_shards_that_do_not_fit(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], words: str) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    (error,) = caught.value.errors()
    assert words in error["msg"]
    assert error["loc"][0] in {"easel_role", "easel_shards"}


def test_a_gateway_with_its_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", SECRETS["DATABASE_URL"])
    monkeypatch.setenv("EASEL_ROLE", "gateway")
    monkeypatch.setenv("EASEL_SHARDS", "0-3/16")
    settings = Settings()
    assert settings.easel_role is Role.GATEWAY
    assert str(settings.easel_shards) == "0-3/16"
