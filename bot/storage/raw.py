"""Tables as the database has them, values neither decrypted nor decoded, for what goes through all of them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, MetaData, String, Table
from sqlalchemy.types import Enum, TypeDecorator, TypeEngine

from bot.storage.columns import Entrusted, Sealed
from bot.storage.moderation_tables import metadata
from bot.storage.tables import Surrogate


def raw_tables() -> Sequence[Table]:
    """All tables, each after those that it refers to."""
    return [raw(table) for table in metadata.sorted_tables]


def raw(table: Table) -> Table:
    """The table with columns of the same names, whose values are what the database keeps."""
    columns = [Column(each.name, _kept(each.type), primary_key=each.primary_key) for each in table.columns]
    return Table(table.name, MetaData(), *columns)


def encrypted_columns(table: Table) -> Sequence[str]:
    """The names of the columns whose values are encrypted."""
    return [each.name for each in table.columns if isinstance(each.type, Entrusted | Sealed)]


def numbers_rows(table: Table) -> bool:
    """Whether the database numbers the table's rows by itself."""
    [first, *others] = table.primary_key.columns
    return not others and first.type is Surrogate and first.autoincrement is not False


def _kept(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, TypeDecorator):
        return kind.impl_instance
    if isinstance(kind, Enum):
        return String()
    return kind
