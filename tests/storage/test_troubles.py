"""Every trouble is explained: what it is, and what to do about it."""

import errno
import sqlite3

import asyncpg
import pytest

from bot.domain.errors import StoreUnavailable
from bot.service.watch import Alarm
from bot.storage.errors import SchemaTooNew
from bot.storage.troubles import POSTGRES, SQLITE, explain, unavailable


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("as SQLite has it")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (sqlite_error(sqlite3.SQLITE_FULL), "the disk is full: free some space on it (as SQLite has it)"),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), "another program holds it"),
        (sqlite_error(sqlite3.SQLITE_IOERR_WRITE), "the disk fails, or a file may not grow"),
        (sqlite_error(sqlite3.SQLITE_CORRUPT_INDEX), "the file is damaged: stop Easel"),
        (asyncpg.exceptions.DiskFullError("as the server has it"), "the disk is full: free some space on the server"),
        (asyncpg.exceptions.TooManyConnectionsError("so"), "the server has too little of something"),
        (asyncpg.exceptions.QueryCanceledError("so"), "it takes too long"),
        (asyncpg.exceptions.AdminShutdownError("so"), "the server can't be reached"),
        (asyncpg.exceptions.InvalidPasswordError("so"), "the server refuses the login"),
        (asyncpg.exceptions.InvalidCatalogNameError("so"), "there is no such database"),
        (asyncpg.exceptions.InterfaceError("connection is closed"), "the server can't be reached"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed"), "the server can't be reached"),
        (
            TimeoutError(),
            "the server can't be reached: see that it runs, and that DATABASE_URL leads to it (TimeoutError)",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device", "/data/blobs/.tmp-x"),
            "the disk is full: free some space on it (No space left on device)",
        ),
        (OSError(errno.EROFS, "Read-only file system", "/data"), "it can't be written"),
        (SchemaTooNew("9999"), "The database was migrated by a newer version of Easel (to 9999): run that version."),
    ],
)
def test_words(error: Exception, words: str) -> None:
    trouble = unavailable(error, Alarm())
    assert explain(trouble).startswith(words)


async def test_it_rings() -> None:
    alarm = Alarm()
    trouble = unavailable(OSError(errno.EIO, "Input/output error"), alarm)
    assert isinstance(trouble, StoreUnavailable)
    assert await alarm.wait() == explain(trouble) == "the disk fails: look into the system's log (Input/output error)"


def test_what_to_do_follows_what_it_is() -> None:
    for words in [*SQLITE.values(), *POSTGRES.values()]:
        assert ":" in words or ";" in words or "(" in words
