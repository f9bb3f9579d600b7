"""What can be the matter with a database or a disk, in words that tell its operator what to do."""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from bot.domain.errors import StoreUnavailable
from bot.service.watch import Alarm
from bot.storage.errors import StorageError

_FULL = "the disk is full: free some space on it"
_UNWRITABLE = (
    "it can't be written: let the account that Easel runs under write the file and its directory, and see that the "
    "disk is not mounted read-only"
)
_DAMAGED = "the file is damaged: stop Easel, and put the latest backup in its place"
_LOCKED = "another program holds it: end that, be it a backup that hangs or a shell with an open transaction"
_BUSY = "it takes too long: see what keeps the server busy, or holds locks (pg_stat_activity)"
_UNREACHABLE = "the server can't be reached: see that it runs, and that DATABASE_URL leads to it"

SQLITE = {
    sqlite3.SQLITE_PERM: _UNWRITABLE,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _UNWRITABLE,
    sqlite3.SQLITE_IOERR: "the disk fails, or a file may not grow: look into the system's log, and at its limits",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CANTOPEN: "it can't be opened: see that its directory is there, for Easel's account to write in",
    sqlite3.SQLITE_PROTOCOL: _LOCKED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}
"""By primary result codes (sqlite.org/rescode.html)."""

POSTGRES = {
    "08": _UNREACHABLE,
    "25006": "it takes no writes: it is a standby, or was made read-only; DATABASE_URL has to lead to the primary",
    "25P03": _BUSY,
    "40001": _BUSY,
    "40P01": _BUSY,
    "42501": "Easel's role lacks a privilege: it has to own the tables",
    "53": "the server has too little of something: memory, or connections (max_connections)",
    "53100": _FULL.replace("on it", "on the server"),
    "55P03": _BUSY,
    "57": _UNREACHABLE,
    "57014": _BUSY,
    "58": "the server's system fails: look into its log",
}
"""By SQLSTATEs and classes of them (postgresql.org/docs/current/errcodes-appendix.html)."""

_REFUSED = {
    "28": "the server refuses the login: correct the user and the password in DATABASE_URL",
    "3D000": "there is no such database: make it, or correct DATABASE_URL",
}

_SYSTEM = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: "a file may not grow: raise the limit on the size of files",
    errno.EROFS: _UNWRITABLE,
    errno.EACCES: _UNWRITABLE,
    errno.EPERM: _UNWRITABLE,
    errno.EIO: "the disk fails: look into the system's log",
    errno.EMFILE: "too many files are open: raise the limit on them",
    errno.EEXIST: "a file is in the place of its directory: move that away",
    errno.ENOTDIR: "a file is in the place of its directory: move that away",
}


def unavailable(error: BaseException, alarm: Alarm) -> StoreUnavailable:
    """What to raise from the error. It rings the alarm, too."""
    trouble = StoreUnavailable()
    trouble.__cause__ = error
    alarm.ring(explain(trouble))
    return trouble


def reason(unavailable: StoreUnavailable) -> str:
    """Why the store is unavailable, in the words of whatever failed (which hold no data)."""
    error = _failure(unavailable)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror  # without the file's name
    return str(error) or type(error).__name__


def explain(unavailable: StoreUnavailable) -> str:
    """The same with what that means and what to do about it."""
    error = _failure(unavailable)
    if isinstance(error, StorageError):
        return str(error)
    return f"{_meaning(error)} ({reason(unavailable)})"


def _failure(unavailable: StoreUnavailable) -> BaseException | None:
    cause = unavailable.__cause__
    return cause.orig if isinstance(cause, DBAPIError) else cause


def _meaning(error: BaseException | None) -> str:
    if isinstance(error, sqlite3.Error):
        return SQLITE[error.sqlite_errorcode & 0xFF]
    if isinstance(state := getattr(error, "sqlstate", None), str):
        known = POSTGRES | _REFUSED
        return next((known[state[:length]] for length in (5, 2) if state[:length] in known), _UNREACHABLE)
    if isinstance(error, OSError) and error.errno in _SYSTEM:
        return _SYSTEM[error.errno]
    return _BUSY if isinstance(error, NoConnectionFree) else _UNREACHABLE
