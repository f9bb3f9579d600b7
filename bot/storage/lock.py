"""The lock that keeps a SQLite database to one process."""

from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from bot.storage.errors import DatabaseInUse
from bot.storage.files import make_directory


class DatabaseLock:
    """Held from `with` to its end; the system lets go of it when the process dies, however it dies.

    A second process would take the first one's live jobs for abandoned ones.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(f"{path}.lock", mode=0o600, blocking=False, thread_local=False)

    def __enter__(self) -> "DatabaseLock":
        """Raises `DatabaseInUse` at once where the lock is held."""
        make_directory(self._path.parent)
        try:
            self._lock.acquire()
        except Timeout:
            raise DatabaseInUse(self._path) from None
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lock.release()
