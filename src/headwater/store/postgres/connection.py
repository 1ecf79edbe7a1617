"""Opening a connection to PostgreSQL, and what its errors mean."""

from __future__ import annotations

import logging
import re
from typing import Final

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import PGconn, Ping
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper

from headwater.errors import (
    DiskFull,
    HeadwaterError,
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreMismatch,
    StoreRefused,
    StoreUnavailable,
)
from headwater.store.postgres.session import Connection, SharedSession, begin
from headwater.store.postgres.settings import Settings

RETRIED = (errors.SerializationFailure, errors.DeadlockDetected)
"""The database undid a transaction because of another: it may simply be done again."""
_GONE = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.TooManyConnections,
    errors.IdleInTransactionSessionTimeout,
)
_DEFAULTS: dict[str, str | int | None] = {
    "application_name": "headwater",
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    # Without it, what a network swallowed is sent again for a quarter of an hour.
    "tcp_user_timeout": 20_000,
}
"""Of libpq, unless the URL says otherwise."""
_LATER: Final = (
    "too many",
    "remaining connection slots",
    "session is read-only",
    "server is in hot standby mode",
    # of PgBouncer:
    "server login has been failing",
    "no more connections allowed",
    "client connections exceeded",
    "query_wait_timeout",
    "shutting down",
)
"""What is said by one who would let us in at another time: libpq tells no code."""
_NEVER: Final = ("does not support SSL", "certificate")
"""What libpq says of a server that it does not trust, as the URL has it."""
_FORGOTTEN = (errors.DuplicatePreparedStatement, errors.InvalidSqlStatementName)
"""Our statements are numbered: the session is not, or not only, ours."""
_OTHER_SCHEMA = (errors.UndefinedTable, errors.UndefinedColumn, errors.FeatureNotSupported)

# A connection that broke is told by an exception: psycopg would warn of it, too.
logging.getLogger("psycopg").addFilter(
    lambda record: not str(record.msg).startswith("error ignored terminating")
)


def connect(settings: Settings, *, lock_s: float) -> Connection:
    """A connection in autocommit mode: every BEGIN is ours.

    `lock_s`: how long a statement may wait for a row that others hold.
    Raises StoreUnavailable or StoreRefused, and StoreError for a URL that cannot be read.
    """
    try:
        conninfo = _conninfo(settings)
    except psycopg.Error as error:
        raise _unreadable(error) from None
    try:
        connection = _logged_in(conninfo)
    except psycopg.Error as error:
        if _is_refused(error, conninfo):
            raise refused(settings, error) from error
        raise unavailable(settings, error) from error
    try:
        begin(connection, settings, lock_s, lambda: _logged_in(conninfo))
    except SharedSession:
        connection.close()
        raise shared(settings) from None
    except BaseException as error:
        connection.close()
        raise translate(error, settings) or error from error
    connection.prepared_max = None
    # One type each, so that a statement is prepared once whatever the values.
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.adapters.register_dumper(str, StrDumper)
    return connection


def _logged_in(conninfo: str) -> Connection:
    return psycopg.connect(
        conninfo,
        autocommit=True,
        prepare_threshold=0,
        cursor_factory=psycopg.RawCursor,
        client_encoding="utf8",
    )


def _conninfo(settings: Settings) -> str:
    given = conninfo_to_dict(settings.conninfo)
    return make_conninfo("", **(_DEFAULTS | given | {"connect_timeout": settings.connect_timeout}))


def _unreadable(error: psycopg.Error) -> StoreError:
    said = str(error).strip()
    if not said.startswith("invalid URI query parameter"):
        said = re.sub(r'".*"', "...", said, flags=re.DOTALL)  # it may be the password
    return StoreError(
        f"the PostgreSQL URL cannot be read ({said})",
        next="write postgresql://USER@HOST:PORT/DATABASE; encode special characters as %XX",
    )


def _is_refused(error: psycopg.Error, conninfo: str) -> bool:
    """Whether the same would be refused again: by the server, which is there, or by libpq."""
    said = str(error)
    if error.pgconn is None or isinstance(error, errors.ConnectionTimeout):
        return False
    if any(text in said for text in _LATER):
        return False
    if any(text in said for text in _NEVER):
        return True
    return PGconn.ping(conninfo.encode()) in (Ping.OK, Ping.NO_ATTEMPT)


def translate(error: BaseException, settings: Settings) -> HeadwaterError | None:
    """The typed error for what PostgreSQL reports, or None where it reports a defect of ours."""
    if isinstance(error, errors.LockNotAvailable | errors.QueryCanceled):
        return busy(settings)
    if isinstance(error, errors.DiskFull):
        return DiskFull(
            f"there is no room left for {settings.shown}; nothing of this call was stored",
            next="for who runs it: free some space on the database's disk, then repeat the call",
        )
    if isinstance(error, errors.DataCorrupted | errors.IndexCorrupted):
        return StoreCorrupt(f"{settings.shown} is damaged ({error})", next="restore a backup")
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return StoreUnavailable(
            f"{settings.shown} is readonly: a standby, or default_transaction_read_only is on; "
            "nothing of this call was stored",
            next="repeat the call in a moment, if another server is just taking over; else connect "
            "to the primary (of several hosts target_session_attrs=read-write finds it)",
        )
    if isinstance(error, errors.InsufficientPrivilege):
        return StoreError(
            f"this user may not do that in {settings.shown} ({error})",
            next="grant the rights that docs/operations.md lists",
        )
    if isinstance(error, errors.InvalidSchemaName):
        return StoreError(
            f"{settings.shown} has no schema for the tables ({error.diag.message_primary})",
            next="CREATE SCHEMA it, or correct search_path in the URL",
        )
    if isinstance(error, _FORGOTTEN):
        return shared(settings)
    if isinstance(error, _OTHER_SCHEMA):
        return StoreMismatch(
            f"the tables of {settings.shown} are not those of this Headwater ({error})",
            next="restart this window; if that does not help, see what `headwater doctor` says",
        )
    if isinstance(error, _GONE) or (
        isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        and not isinstance(error, RETRIED)
    ):
        return unavailable(settings, error)
    return None


def without_rows(error: psycopg.Error) -> psycopg.Error:
    """The same error without its details, which quote the row: a log must not show texts."""
    if error.diag.message_primary is not None:
        error.args = (error.diag.message_primary,)
    return error


def is_lost(connection: Connection, error: psycopg.Error) -> bool:
    """Whether the connection is of no use any more."""
    return connection.closed or isinstance(error, _GONE)


def busy(settings: Settings) -> StoreBusy:
    return StoreBusy(
        f"others have been writing to {settings.shown} for too long; "
        "nothing of this call was stored",
        next="repeat the call; if it goes on, look into pg_stat_activity for who holds the row",
    )


def unavailable(settings: Settings, error: BaseException) -> StoreUnavailable:
    return StoreUnavailable(
        f"{settings.shown} cannot be reached ({_first_line(error)}); "
        "nothing of this call was stored",
        next="repeat the call in a moment; it works again once the database does",
    )


def _first_line(error: BaseException) -> str:
    """What it says, without advice; where there are several hosts, what each of them said."""
    said = str(error).strip()
    attempts = re.findall(r"^- host: .*?, hostaddr: \S+: (.*)$", said, re.MULTILINE)
    return "; ".join(attempts) or next(iter(said.splitlines()), type(error).__name__)


def refused(settings: Settings, error: BaseException) -> StoreRefused:
    return StoreRefused(
        f"{settings.shown} lets nobody in like this ({_first_line(error)})",
        next="correct the database, user or password in the URL (or PGPASSWORD, ~/.pgpass), its "
        "sslmode and certificates, or what the server allows; "
        "`headwater db upgrade` makes tables, not databases",
    )


def shared(settings: Settings) -> StoreRefused:
    """What is kept for a session is lost, or meets others."""
    return StoreRefused(
        f"{settings.shown} is behind a pooler that lends the session to others after a transaction",
        next="give the address of the database itself, or let the pooler pool by session "
        "(PgBouncer: pool_mode = session)",
    )


def in_doubt(settings: Settings) -> StoreUnavailable:
    """The connection broke during COMMIT."""
    return StoreUnavailable(
        f"the connection to {settings.shown} broke while this call was being stored: "
        "it may be stored or not",
        next="repeat the call with the same `request` (or lease); else look before you repeat it",
    )
