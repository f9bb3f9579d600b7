"""Databases as earlier versions left them, from the files beside this."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.storage.postgres_server import PostgresServer

_HERE = Path(__file__).parent

KEPT = tuple(sorted(path.name.removesuffix(".sqlite.sql") for path in _HERE.glob("*.sqlite.sql")))
"""The schemas, by revision; with a number where a revision was edited, and made several."""

KEPT_ON_POSTGRES = tuple(each for each in KEPT if (_HERE / f"{each}.postgresql.sql").exists())


def sqlite_of(schema: str, path: Path) -> str:
    """Make the SQLite database, and answer its URL."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((_HERE / f"{schema}.sqlite.sql").read_text("utf-8"))
    return f"sqlite:///{path}"


def postgres_of(schema: str, postgres: PostgresServer, path: Path) -> str:
    """Make the PostgreSQL database, with the rows of the SQLite one, and answer its name."""
    sqlite_of(schema, path)
    name = postgres.make_database()
    postgres.query((_HERE / f"{schema}.postgresql.sql").read_text("utf-8"), name)
    with closing(sqlite3.connect(path)) as connection:
        postgres.query("\n".join(_statements(connection)), name)
    return name


def _statements(connection: sqlite3.Connection) -> Iterator[str]:
    yield "SET session_replication_role = replica;"  # no order among the tables
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        columns = {column[1]: column[2] for column in connection.execute(f"PRAGMA table_info({table})")}
        for row in connection.execute(f"SELECT * FROM {table}"):
            values = ", ".join(_literal(value, kind) for value, kind in zip(row, columns.values(), strict=True))
            yield f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values});"
        if columns.get("id") == "INTEGER":
            yield f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table};"


def _literal(value: Any, kind: str) -> str:
    match value:
        case None:
            return "NULL"
        case bytes():
            return f"'\\x{value.hex()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            return str(bool(value)) if kind == "BOOLEAN" else str(value)
