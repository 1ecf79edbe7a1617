"""Opening SQLite: which library, how a connection is set up, what its errors mean."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from shlex import quote
from typing import Final, NamedTuple, cast

from headwater.errors import DiskFull, HeadwaterError, StoreBusy, StoreCorrupt, StoreError

LIBRARY_VARIABLE = "HEADWATER_SQLITE"
"""`stdlib` makes Headwater use Python's own sqlite3 even where pysqlite3 is installed."""

WRITER_CACHE_KIB: Final = 64 * 1024
READER_CACHE_KIB: Final = 4 * 1024

SHARED_MEMORY_BYTES: Final = 32 * 1024
"""By so much the `-shm` file grows at a time."""

_UNLOCKED: Final = 0x2 | 0x8000
"""SQLITE_OPEN_READWRITE and SQLITE_OPEN_NOMUTEX. A connection is one thread's at a time here, so
SQLite need not lock and unlock it for each value that is bound or read: a tenth of a claim."""

_PRAGMAS = (
    "synchronous=FULL",
    "fullfsync=ON",  # macOS: without it fsync may stop at the drive's cache
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "journal_size_limit=67108864",
    "mmap_size=0",
    "trusted_schema=OFF",
)


class Driver(NamedTuple):
    """A module that speaks the DB-API to SQLite. Catch `error`: each module has its own."""

    name: str
    version: tuple[int, ...]
    connect: Callable[..., sqlite3.Connection]
    error: type[Exception]
    options: Mapping[str, int] = {}
    """What `connect` is given beside the usual."""

    @property
    def has_reset_bug(self) -> bool:
        """Whether this SQLite can corrupt a WAL that is reset during a checkpoint elsewhere."""
        fixed_lines = ((3, 44, 6), (3, 50, 7))
        fixed = any(line[:2] == self.version[:2] and self.version >= line for line in fixed_lines)
        return self.version < (3, 51, 3) and not fixed


def driver() -> Driver:
    """`pysqlite3` (a recent SQLite) where it is installed, else the standard library's."""
    if os.environ.get(LIBRARY_VARIABLE) != "stdlib":
        try:
            from pysqlite3 import dbapi2
        except ImportError:
            pass
        else:
            return _described("pysqlite3", cast("object", dbapi2), {"flags": _UNLOCKED})
    return _described("sqlite3", sqlite3, {})


def _described(name: str, module: object, options: Mapping[str, int]) -> Driver:
    return Driver(
        name,
        tuple(getattr(module, "sqlite_version_info")),  # noqa: B009
        cast("Callable[..., sqlite3.Connection]", getattr(module, "connect")),  # noqa: B009
        cast("type[Exception]", getattr(module, "Error")),  # noqa: B009
        options,
    )


def connect(
    driver: Driver, path: Path, *, busy_s: float, query_only: bool = False
) -> sqlite3.Connection:
    """A connection to an existing file, in autocommit mode: every BEGIN is ours.

    Never for two threads at once, its cursors included.
    """
    connection = driver.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=busy_s,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
        **driver.options,
    )
    try:
        _set_up(connection, query_only=query_only)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up(connection: sqlite3.Connection, *, query_only: bool) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()
    # Readers may be many, and the system's page cache serves them well.
    cache_kib = READER_CACHE_KIB if query_only else WRITER_CACHE_KIB
    connection.execute(f"PRAGMA cache_size=-{cache_kib}").close()
    if query_only:
        connection.execute("PRAGMA query_only=ON").close()


def translate(error: BaseException, path: Path) -> HeadwaterError | None:
    """The typed error for what SQLite reports, or None where it reports a defect of the program."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return busy(path)
        case sqlite3.SQLITE_FULL:
            return full(path)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return corrupt(path, str(error))
        case sqlite3.SQLITE_ERROR if str(error).startswith("no such table: "):
            return corrupt(path, str(error))
        case (
            sqlite3.SQLITE_IOERR
            | sqlite3.SQLITE_CANTOPEN
            | sqlite3.SQLITE_READONLY
            | (sqlite3.SQLITE_PERM)
        ):
            return unusable(path, str(error))
        case _:
            return None


def unusable(path: Path, why: str) -> StoreError:
    """The file, one beside it or their folder cannot be opened, read or written."""
    if _has_no_room(path):
        return full(path)
    return StoreError(
        f"{path} cannot be read or written ({why}); nothing of this call was stored",
        next="check the disk and the permissions of the file, those beside it and the folder "
        "(headwater doctor), then repeat the call",
    )


def _has_no_room(path: Path) -> bool:
    """Whether no page more, or no file more, can be had beside `path`. SQLite calls it an I/O error
    when what cannot grow is the memory it shares with others, or when it cannot make its log."""
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    counts_files = disk.f_files > 0  # some file systems have no bound
    no_file = counts_files and disk.f_favail == 0
    return no_file or disk.f_bavail * disk.f_frsize < SHARED_MEMORY_BYTES


def full(path: Path) -> DiskFull:
    return DiskFull(
        f"there is no room left for {path}; nothing of this call was stored",
        next="for who runs it: free some space on that disk, then repeat the call",
    )


def busy(path: Path) -> StoreBusy:
    return StoreBusy(
        f"{path} has been busy for too long; nothing of this call was stored",
        next="repeat the call; if it goes on, the machine or its disk is overloaded, or a program "
        "keeps the file locked",
    )


def corrupt(path: Path, cause: str) -> StoreCorrupt:
    return StoreCorrupt(
        f"{path} is damaged or is no Headwater store ({cause})",
        next="stop the agents, then headwater restore FILE sets it aside and puts a backup in its "
        f"place (look for {path.name}.backup-*); without one, what is left is saved by: sqlite3 "
        f"{quote(str(path))} .dump | sed 's/^ROLLBACK.*/COMMIT;/' | sqlite3 NEW, then "
        "headwater --db NEW verify --repair, then headwater restore NEW",
    )


def closed() -> StoreError:
    return StoreError("the store is closed", next="open it again")
