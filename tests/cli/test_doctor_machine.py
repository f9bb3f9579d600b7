"""What `easel doctor` finds on the machine: the settings, the address for webhooks, the ports and the disk."""

import os
import shutil
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from bot.cli import cli
from bot.configured import migrated, open_cipher
from bot.doctor.database_check import check_database
from bot.doctor.disk_check import check_disk
from bot.doctor.findings import Finding, State
from bot.doctor.network_check import check_ports, check_webhooks
from bot.doctor.settings_check import check_settings
from bot.settings import GivenSettings
from tests.web.stage import Heard, web_server


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither by whoever runs the tests nor in a `.env` of theirs."""
    for name in os.environ:
        if name.upper().startswith("EASEL_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


async def told(findings: AsyncGenerator[Finding]) -> dict[str, tuple[State, str]]:
    return {each.check: (each.state, f"{each.finding}. {each.advice}") async for each in findings}


# ------------------------------------------------------------------------------------------------ the settings


def test_settings_that_can_not_be_used_are_told_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLICATE_MODEL", "openai/gpt-image-9")
    monkeypatch.setenv("HTTP_PORT", "99999")
    ended = CliRunner().invoke(cli, ["doctor"], env={"COLUMNS": "300"})
    assert ended.exit_code == 1
    assert "✗  settings  REPLICATE_MODEL  can't be used: is not in the catalogue" in ended.stdout
    assert "✗  settings  HTTP_PORT        can't be used: " in ended.stdout


@pytest.mark.parametrize(
    ("settings", "check", "words"),
    [
        ({"public_url": "http://127.0.0.1:8080"}, "PUBLIC_URL", "Replicate can't reach 127.0.0.1"),
        ({"public_url": "https://10.0.0.7"}, "PUBLIC_URL", "private network"),
        ({"easel_daily_spend_usd": 0}, "EASEL_DAILY_SPEND_USD", "lets nobody make a picture"),
        ({"easel_member_daily_pictures": 0}, "EASEL_MEMBER_DAILY_PICTURES", "lets nobody make a picture"),
        ({"easel_daily_spend_usd": 0.001}, "EASEL_DAILY_SPEND_USD", "less than the cheapest picture"),
        ({"easel_monthly_spend_usd": 5}, "EASEL_DAILY_SPEND_USD", "is 10, and EASEL_MONTHLY_SPEND_USD is 5"),
        ({"easel_guild_daily_spend_usd": 11}, "EASEL_GUILD_DAILY_SPEND_USD", "can never be reached"),
        ({"easel_max_in_flight": 5}, "EASEL_MAX_IN_FLIGHT_PER_GUILD", "can never be reached"),
        ({"easel_max_in_flight_per_member": 11}, "EASEL_MAX_IN_FLIGHT_PER_MEMBER", "can never be reached"),
        ({"easel_retention_days": 1}, "EASEL_INPUT_RETENTION_DAYS", "kept for 7 days"),
        ({"easel_log_prompts": True}, "EASEL_LOG_PROMPTS", "stands in the log"),
        ({"replicate_cancel_after_s": 30}, "REPLICATE_CANCEL_AFTER_S", "canceled after 30 s"),
    ],
)
async def test_what_fits_together_badly(settings: dict[str, Any], check: str, words: str) -> None:
    found = await told(check_settings(GivenSettings(**settings)))
    assert found.keys() == {check}
    assert found[check][0] is State.WARNING
    assert words in found[check][1]


async def test_two_servers_at_one_port() -> None:
    found = await told(check_settings(GivenSettings(http_port=9000, metrics_port=9000)))
    assert found["METRICS_PORT"][0] is State.ERROR


async def test_names_that_are_no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "DISCORD_TOKENS=secret-value\nexport EASEL_MODELS=\n# EASEL_COMMENT=1\nPOSTGRES_PASSWORD=p\nHTTP_PROXY=x\n"
    )
    monkeypatch.setenv("EASEL_RETENTION_DAY", "secret-value")
    monkeypatch.setenv("easel_whatever", "1")
    found = await told(check_settings(GivenSettings()))
    assert {state for state, _ in found.values()} == {State.WARNING}
    assert "secret-value" not in str(found)
    nothing = "and no setting of Easel's: it does nothing."
    assert {name: words for name, (_, words) in found.items()} == {
        "DISCORD_TOKENS": f"is in .env, {nothing} Did you mean DISCORD_TOKEN?",
        "EASEL_RETENTION_DAY": f"is in the environment, {nothing} Did you mean EASEL_RETENTION_DAYS?",
        "EASEL_WHATEVER": f"is in the environment, {nothing} Remove it; .env.example has all settings.",
    }


async def test_settings_that_are_well() -> None:
    found = await told(check_settings(GivenSettings(public_url="https://easel.example", http_port=0)))
    assert {state for state, _ in found.values()} == {State.OK}
    assert "serves probes alone" in (await told(check_settings(GivenSettings(http_port=8080))))["HTTP_PORT"][1]


# ------------------------------------------------------------------------------------------- the address, ports


class Site(NamedTuple):
    port: int
    requests: list[tuple[str, str]]


@asynccontextmanager
async def site(
    answer: Callable[[web.Request], web.Response], tls: ssl.SSLContext | None = None
) -> AsyncGenerator[Site]:
    """A web server on the loopback that answers everything so."""
    requests: list[tuple[str, str]] = []

    async def serve(request: web.BaseRequest) -> web.Response:
        requests.append((request.method, request.path))
        return answer(request)  # type: ignore[arg-type] # no application is behind it

    runner = web.ServerRunner(web.Server(serve))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield Site(runner.addresses[0][1], requests)
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        (401, State.OK, "answers as Easel does"),
        (404, State.ERROR, "something else than Easel"),
        (502, State.ERROR, "doesn't reach Easel"),
        (503, State.ERROR, "can't verify"),
        (429, State.WARNING, "too often"),
        (301, State.ERROR, "leads elsewhere"),
        (200, State.ERROR, "where Easel answers 401"),
    ],
)
async def test_who_answers_at_the_address(status: int, state: State, words: str) -> None:
    async with site(lambda _: web.Response(status=status, headers={"Location": "/elsewhere"})) as served:
        found = await told(check_webhooks(GivenSettings(public_url=f"http://127.0.0.1:{served.port}/easel")))
        assert served.requests == [("POST", "/easel/webhooks/replicate/0000000000000000")], (
            "and no redirect is followed"
        )
    assert found["name"][0] is State.OK
    assert found["address"][0] is state
    assert words in found["address"][1]


async def test_easel_itself_at_the_address_and_at_the_port() -> None:
    easel = web_server(Heard())
    await easel.start()
    try:
        found = await told(check_webhooks(GivenSettings(public_url=f"http://127.0.0.1:{easel.port}")))
        assert found["address"][0] is State.OK
        assert (await told(check_ports(GivenSettings(http_port=easel.port))))["HTTP_PORT"][0] is State.OK
    finally:
        await easel.close()


async def test_an_address_that_leads_nowhere() -> None:
    assert (await told(check_webhooks(GivenSettings())))["address"][0] is State.SKIPPED
    no_name = await told(check_webhooks(GivenSettings(public_url=f"https://{'a' * 64}.example")))
    assert no_name["name"][0] is State.ERROR
    assert "address" not in no_name
    closed = (await told(check_webhooks(GivenSettings(public_url="http://127.0.0.1:9"))))["address"]
    assert (closed[0], "See that the bot runs" in closed[1]) == (State.ERROR, True)


async def test_an_address_without_tls_or_with_a_certificate_that_nobody_signed(tmp_path: Path) -> None:
    async with site(lambda _: web.Response(status=401)) as plain:
        found = await told(check_webhooks(GivenSettings(public_url=f"https://127.0.0.1:{plain.port}")))
    assert (found["address"][0], "no TLS is spoken" in found["address"][1]) == (State.ERROR, True)
    async with site(lambda _: web.Response(status=401), self_signed(tmp_path)) as served:
        found = await told(check_webhooks(GivenSettings(public_url=f"https://127.0.0.1:{served.port}")))
        assert served.requests == []
    assert (found["address"][0], "self-signed certificate" in found["address"][1]) == (State.ERROR, True)


def self_signed(directory: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = directory / "certificate.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_who_is_at_the_port() -> None:
    assert (await told(check_ports(GivenSettings())))["HTTP_PORT"][0] is State.SKIPPED
    async with site(lambda _: web.Response(text="some other program")) as other:
        found = await told(check_ports(GivenSettings(http_port=other.port)))
        assert found["HTTP_PORT"][0] is State.ERROR
        assert f"another program answers at {other.port}" in found["HTTP_PORT"][1]
    assert "is free" in (await told(check_ports(GivenSettings(http_port=other.port))))["HTTP_PORT"][1]
    async with site(lambda _: web.json_response({"live": True})) as easel:
        found = await told(check_ports(GivenSettings(http_port=easel.port)))
        assert found["HTTP_PORT"] == (State.OK, f"Easel answers at {easel.port}. ")
    async with site(lambda _: web.Response(text="easel_vendor_calls 1")) as metrics:
        found = await told(check_ports(GivenSettings(http_host="0.0.0.0", metrics_port=metrics.port)))
        assert found["METRICS_PORT"] == (State.OK, f"Easel answers at {metrics.port}. ")


# ---------------------------------------------------------------------------------------------------- the disk


async def test_the_data_directory(tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = GivenSettings(easel_data_dir=data)
    assert (await told(check_disk(settings)))["EASEL_DATA_DIR"] == (State.OK, f"{data} can be made. ")
    data.mkdir(mode=0o700)
    (data / "secret.key").touch(mode=0o600)
    assert {state for state, _ in (await told(check_disk(settings))).values()} == {State.OK}
    (data / "secret.key").chmod(0o640)
    state, words = (await told(check_disk(settings)))["permissions"]
    assert state is State.WARNING
    assert words.endswith(f"have access to {data}/secret.key. Run: chmod go= {data}/secret.key")


@pytest.mark.parametrize(("free", "state"), [(50_000_000, State.ERROR), (500_000_000, State.WARNING)])
async def test_little_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: State) -> None:
    usage = type(shutil.disk_usage(tmp_path))(10**12, 10**12 - free, free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert (await told(check_disk(GivenSettings(easel_data_dir=tmp_path))))["room"][0] is state


async def test_a_data_directory_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    state, words = (await told(check_disk(GivenSettings(easel_data_dir=tmp_path / "data"))))["EASEL_DATA_DIR"]
    assert (state, "is no directory" in words) == (State.ERROR, True)


# ------------------------------------------------------------------------------------------------ the database


async def test_a_change_of_the_key_that_is_not_over(tmp_path: Path) -> None:
    settings = GivenSettings(easel_data_dir=tmp_path)
    async with migrated(settings.database_url, open_cipher(settings)):
        pass
    assert "secret keys" not in await told(check_database(settings))
    keys = tmp_path / "secret.key"
    keys.write_text(f"{Fernet.generate_key().decode()}\n{keys.read_text()}")
    state, words = (await told(check_database(settings)))["secret keys"]
    assert state is State.WARNING
    assert words.startswith("2 are known: a change of the key has begun")
