"""`easel whois`: who is behind a pseudonym, told to nobody but the operator's terminal."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.configured import pseudonym_key
from bot.domain.request import vendor_user_id
from bot.storage.cipher import Cipher
from bot.storage.schema import migrate
from bot.storage.store import open_store
from bot.storage.tables import people
from tests.cli.conftest import Command
from tests.storage.examples import ANOTHER_MEMBER, MEMBER, NOON, UNLIMITED, a_job

pytestmark = pytest.mark.asyncio(loop_scope="package")

OWN = "guild:1:abc"


async def test_who_is_behind_a_pseudonym(easel: Command, tmp_path: Path) -> None:
    secret_key, url = Fernet.generate_key().decode(), f"sqlite:///{tmp_path / 'easel.db'}"
    settings = {"DATABASE_URL": url, "EASEL_SECRET_KEY": secret_key}
    cipher = Cipher.from_key(secret_key)
    await migrate(url, cipher)
    store = await open_store(url, cipher)
    await store.admit(a_job(), UNLIMITED, NOON)
    for member_id in (MEMBER, ANOTHER_MEMBER):
        await store.admit(a_job(member_id=member_id, guild_id=None), UNLIMITED, NOON)
    async with store.database.write() as connection:
        await connection.execute(people.update().where(people.c.discord_id == ANOTHER_MEMBER).values(discord_id=None))
    key = pseudonym_key(store.database)
    await store.close()

    named = vendor_user_id(key, MEMBER)
    ended = await easel("whois", named.upper(), **settings)
    assert (ended.code, ended.stdout, ended.stderr) == (0, f"{MEMBER}\n", "")
    for unknown in (
        vendor_user_id(key, ANOTHER_MEMBER),  # erased
        vendor_user_id(key, MEMBER, OWN),  # never ran there
        vendor_user_id(b"another key", MEMBER),
    ):
        ended = await easel("whois", unknown, **settings)
        assert (ended.code, ended.stdout) == (1, "")
        assert "Nobody who is known here has that `user_id`." in ended.stderr
    for malformed in (str(MEMBER), named[:-1], f"{named}0", "g" * 32):
        ended = await easel("whois", malformed, **settings)
        assert (ended.code, ended.stdout) == (1, "")
        assert "That is no `user_id`: one has 32 characters" in ended.stderr


async def test_where_there_is_no_database(easel: Command) -> None:
    ended = await easel("whois", "0" * 32)
    assert ended.code == 1
    assert "run `easel migrate`" in ended.stderr
