"""Whether a database has all that its revision promises. A revision alone doesn't tell: schemas get edited by hand, and
a migration that was changed after it had run left one behind that nobody could tell from the other."""

from sqlalchemy import Connection, text

from bot.storage.moderation_tables import metadata

_THERE = {
    "sqlite": """
        SELECT tables.name || '.' || columns.name
        FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
        WHERE tables.type = 'table' UNION ALL SELECT name FROM sqlite_master WHERE type IN ('index', 'trigger')
    """,
    "postgresql": """
        SELECT table_name || '.' || column_name FROM information_schema.columns
        WHERE table_schema = ANY (current_schemas(false))
        UNION ALL SELECT indexname::text FROM pg_indexes WHERE schemaname = ANY (current_schemas(false))
        UNION ALL SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal
    """,
}
"""What there is: each column with its table, and the names of indexes and triggers."""

_TRIGGERS = {
    "sqlite": {"ledger_no_update", "ledger_no_delete", "trail_no_update", "trail_no_delete"},
    "postgresql": {"ledger_append_only", "trail_append_only", "trail_no_truncate"},
}

_NEEDED = {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns} | {
    str(index.name) for table in metadata.sorted_tables for index in table.indexes
}


def lacking(connection: Connection) -> list[str]:
    """What this version needs and the database hasn't, in one statement: columns, indexes, triggers."""
    dialect = connection.dialect.name
    there = set(connection.scalars(text(_THERE[dialect])))
    return sorted((_NEEDED | _TRIGGERS[dialect]) - there)
