"""Which shards a process has, and of which guilds they hear."""

import pytest

from bot.domain.roles import Role, Shards, shard_of


@pytest.mark.parametrize(
    ("text", "ids", "count", "again"),
    [
        ("0-3/16", [0, 1, 2, 3], 16, "0-3/16"),
        ("15/16", [15], 16, "15/16"),
        (" 4 - 4 / 16 ", [4], 16, "4/16"),
        ("0/1", [0], 1, "0/1"),
    ],
)
def test_shards_are_read(text: str, ids: list[int], count: int, again: str) -> None:
    shards = Shards.parse(text)
    assert (list(shards.ids), shards.count, str(shards)) == (ids, count, again)


@pytest.mark.parametrize("text", ["", "3", "0-3", "0-16/16", "3-1/16", "0/0", "-1/16", "0-3/16/2", "0/100001", "a/b"])
def test_what_is_no_range_of_shards_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="shard"):
        Shards.parse(text)


def test_every_guild_is_heard_by_one_shard() -> None:
    guilds = [(number << 22) + 7 for number in range(100)]
    parts = [Shards.parse("0-3/16"), Shards.parse("4-14/16"), Shards.parse("15/16")]
    assert all(sum(part.hear(guild) for part in parts) == 1 for guild in guilds)
    assert {shard_of(guild, 16) for guild in guilds} == set(Shards.every(16).ids)


def test_a_deployment_of_both_roles_does_what_one_process_does() -> None:
    assert (Role.ALL.listens, Role.ALL.works) == (True, True)
    assert (Role.GATEWAY.listens, Role.GATEWAY.works) == (True, False)
    assert (Role.WORKER.listens, Role.WORKER.works) == (False, True)
