"""Opening a connection to PostgreSQL, and what its errors mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

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
from headwater.store.postgres.settings import Settings

if TYPE_CHECKING:
    from psycopg.abc import QueryNoTemplate

Connection: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"

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
_FULL = ("too many", "remaining connection slots")
"""What a server says that would let us in at another time: libpq tells no code."""
_OTHER_SCHEMA = (errors.UndefinedTable, errors.UndefinedColumn, errors.FeatureNotSupported)


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
        connection = psycopg.connect(
            conninfo,
            autocommit=True,
            prepare_threshold=0,
            cursor_factory=psycopg.RawCursor,
            client_encoding="utf8",
        )
    except psycopg.Error as error:
        if _is_refused(error, conninfo):
            raise refused(settings, error) from error
        raise unavailable(settings, error) from error
    try:
        _set_up(connection, settings, lock_s)
    except BaseException as error:
        connection.close()
        raise translate(error, settings) or error from error
    return connection


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
    """Whether the server is there and would refuse the same again."""
    answered = error.pgconn is not None and not isinstance(error, errors.ConnectionTimeout)
    if not answered or any(text in str(error) for text in _FULL):
        return False
    return PGconn.ping(conninfo.encode()) == Ping.OK


def _set_up(connection: Connection, settings: Settings, lock_s: float) -> None:
    connection.prepared_max = None
    # One type each, so that a statement is prepared once whatever the values.
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.adapters.register_dumper(str, StrDumper)
    wanted = {
        "lock_timeout": f"{lock_s * 1000:.0f}",
        "statement_timeout": f"{settings.statement_timeout * 1000}",
        "idle_in_transaction_session_timeout": f"{settings.idle_timeout * 1000}",
        "default_transaction_isolation": "read committed",
        # Every statement of an operation is served by an index. A plan made while a table was
        # small must not become a scan when it has grown, and planning anew costs more than running.
        "enable_seqscan": "off",
        "plan_cache_mode": "force_generic_plan",
        "jit": "off",
    }
    pairs = [part for pair in wanted.items() for part in pair]
    calls = ", ".join(f"set_config(${2 * n + 1}, ${2 * n + 2}, false)" for n in range(len(wanted)))
    connection.execute(_raw(f"SELECT {calls}"), pairs)


def _raw(text: str) -> QueryNoTemplate:
    """Text that was put together by this program."""
    return text.encode()


def translate(error: BaseException, settings: Settings) -> HeadwaterError | None:
    """The typed error for what PostgreSQL reports, or None where it reports a defect of ours."""
    if isinstance(error, errors.LockNotAvailable | errors.QueryCanceled):
        return busy(settings)
    if isinstance(error, errors.DiskFull):
        return DiskFull(
            f"there is no room left for {settings.shown}; nothing of this call was stored",
            next="free some space on the database's disk, then repeat the call",
        )
    if isinstance(error, errors.DataCorrupted | errors.IndexCorrupted):
        return StoreCorrupt(f"{settings.shown} is damaged ({error})", next="restore a backup")
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return StoreError(
            f"{settings.shown} is readonly; nothing of this call was stored",
            next="connect to the primary server",
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
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def refused(settings: Settings, error: BaseException) -> StoreRefused:
    return StoreRefused(
        f"{settings.shown} lets nobody in like this ({_first_line(error)})",
        next="correct the database, user or password in the URL (or PGPASSWORD, ~/.pgpass), or "
        "what the server allows; `headwater db upgrade` makes tables, not databases",
    )


def in_doubt(settings: Settings) -> StoreUnavailable:
    """The connection broke during COMMIT."""
    return StoreUnavailable(
        f"the connection to {settings.shown} broke while this call was being stored: "
        "it may be stored or not",
        next="repeat the call with the same `request` (or lease); else look before you repeat it",
    )
