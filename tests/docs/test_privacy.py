"""docs/privacy.md tells of everything that is kept about anyone."""

from bot.settings import Settings
from bot.storage.columns import Entrusted
from bot.storage.moderation_tables import metadata
from tests.docs.documents import ROOT, rows, section, unquoted

DOCUMENT = ROOT / "docs" / "privacy.md"

OF_PEOPLE = {"people.discord_id", "people.trace", "blobs.data"}
"""What is personal, and neither encrypted as a value nor a reference to a person."""


def test_every_personal_column_is_told_of_once() -> None:
    personal = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Entrusted) or any(key.column.table.name == "people" for key in column.foreign_keys)
    }
    told = [each for cells in rows(section(DOCUMENT, "What is where")) for each in unquoted(cells[0]) if "." in each]
    assert len(told) == len(set(told))
    assert set(told) == personal | OF_PEOPLE


def test_the_days_in_brackets_are_the_defaults() -> None:
    policy = section(DOCUMENT, "The policy")
    fields = Settings.model_fields
    for name in ("easel_retention_days", "easel_input_retention_days", "easel_guild_grace_days"):
        assert f"[{fields[name].default}] days" in policy
