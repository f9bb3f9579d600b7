"""Why the store can't be opened. Each message is a sentence for the operator and holds no secret.

A database that can't answer for now is not here: that is `StoreUnavailable` of `bot.domain.errors`.
"""

from pathlib import Path


class StorageError(Exception):
    """Something about the store that its operator has to put right."""


class UnsupportedDatabase(StorageError):
    """DATABASE_URL names no database that this version can use."""


class MalformedKey(StorageError):
    """A secret key that isn't 32 bytes in URL-safe base64."""


class WrongSecretKey(StorageError):
    """What is stored was encrypted with another key."""

    def __init__(self) -> None:
        super().__init__(
            "This database was encrypted with another key: EASEL_SECRET_KEY must be the one it was made with, or "
            "the one that it was changed to since (docs/data.md)."
        )


class KeysNotShared(StorageError):
    """Another process of the database couldn't read what this one would write, or the other way round."""

    def __init__(self, process: str) -> None:
        super().__init__(
            f"The process {process} and this one don't know each other's EASEL_SECRET_KEY. A new key goes into "
            "EASEL_RETIRED_SECRET_KEYS of every process first, and becomes EASEL_SECRET_KEY then (docs/data.md)."
        )
        self.process = process


class StillOldKey(StorageError):
    """A process of the database encrypts with another key than the one that all is to be under."""

    def __init__(self, process: str) -> None:
        super().__init__(
            f"The process {process} still encrypts with another key. Start every process with the new "
            "EASEL_SECRET_KEY, and the old one in EASEL_RETIRED_SECRET_KEYS, before all else is put "
            "under the new one (docs/data.md)."
        )
        self.process = process


class Moved(StorageError):
    """The database was moved; what is in the file is how it was then."""

    def __init__(self, target: str) -> None:
        super().__init__(
            f"This database was moved to {target}: set DATABASE_URL to that. To go back to this file, as it was "
            "before the move, run `easel move-database --undo`."
        )
        self.target = target


class TargetNotEmpty(StorageError):
    """The database that another is to be moved to holds something else."""

    def __init__(self) -> None:
        super().__init__("The PostgreSQL database holds data of its own: a database can only be moved to an empty one.")


class CannotMove(StorageError):
    """A database doesn't take what another holds."""

    def __init__(self, table: str, why: str) -> None:
        super().__init__(f"PostgreSQL takes not all rows of the table {table} ({why}). Nothing was moved.")
        self.table = table


class CopyDiffers(StorageError):
    """What arrived isn't what was sent."""

    def __init__(self) -> None:
        super().__init__("What arrived in the PostgreSQL database isn't what was sent. Nothing was moved: try again.")


class NotMigrated(StorageError):
    """The schema is older than this version needs, or there is none."""

    def __init__(self) -> None:
        super().__init__("The database isn't up to date with this version of Easel: run `easel migrate`.")


class IncompleteSchema(StorageError):
    """The schema's revision is this version's, but not all is there that it stands for."""

    def __init__(self, missing: list[str]) -> None:
        shown = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        super().__init__(f"The database lacks what its revision stands for ({shown}): restore the latest backup.")
        self.missing = missing


class SchemaTooNew(StorageError):
    """The schema was made by a newer version."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"The database was migrated by a newer version of Easel (to {revision}): run that version.")
        self.revision = revision


class DatabaseInUse(StorageError):
    """Another process holds the SQLite database."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"Another Easel process is using {path}: a SQLite database serves one process at a time.")
        self.path = path


class InUse(StorageError):
    """A process of Easel's works on the database."""

    def __init__(self, process: str) -> None:
        super().__init__(f"The process {process} works on this database: stop all of them first.")


class Undecipherable(StorageError):
    """Bytes that this key can't decrypt: they are damaged, or were encrypted with another key."""

    def __init__(self) -> None:
        super().__init__("Stored data can't be decrypted: it is damaged, or was encrypted with another key.")


class NothingToBackUp(StorageError):
    """There is no database yet."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"There is no database at {path} yet: nothing to back up.")


class DamagedDatabase(StorageError):
    """SQLite finds the file damaged."""

    def __init__(self, path: Path, finding: str) -> None:
        super().__init__(
            f"The database {path} is damaged ({finding}): a backup of it would be, too. Restore the last one."
        )


class BadArchive(StorageError):
    """A file that is no backup, or no whole one."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} can't be restored: {why}. Nothing was changed.")


class DatabaseThere(StorageError):
    """There is a database where one is to be restored."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is a database at {path} already. With --replace it is kept aside. Nothing was changed."
        )


class ArchiveNeedsKey(StorageError):
    """The secret key of a backup is missing, or another one is configured."""

    def __init__(self, needed: str, configured: str | None) -> None:
        has = f"the one that is configured here is {configured}" if configured else "none is configured here"
        super().__init__(
            f"This backup was encrypted with the secret key {needed}, and {has}. Put the right one into "
            "EASEL_SECRET_KEY or the data directory's secret.key. Nothing was changed."
        )
