"""The migrations that this version knows, told without Alembic: to import it takes half a second of every start."""

from pathlib import Path

from sqlalchemy import text

from bot.storage.errors import SchemaTooNew

MIGRATIONS = Path(__file__).parent / "migrations"

REVISIONS = sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
"""Oldest first; each migration's file begins with its own."""

REVISION = text("SELECT version_num FROM alembic_version")
"""Asks a database that was ever migrated for its revision."""


def is_current(revision: str | None) -> bool:
    """Whether it is this version's; False for an older one or none. Raises `SchemaTooNew`."""
    if revision is not None and revision not in REVISIONS:
        raise SchemaTooNew(revision)
    return revision == REVISIONS[-1]
