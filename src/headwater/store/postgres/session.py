"""The first words on a new connection: whether its session is its own, and how it is set up.

Plans, bounds of time and LISTEN belong to a session. A pooler may stand in between: one that pools
by session is as good as the server, one that lends the session to others after every transaction
is refused before anything is set, which those would have to live with.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence
from contextlib import closing
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import psycopg
from psycopg import errors
from psycopg.pq import ExecStatus

from headwater.store.postgres.settings import Settings

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

Connection: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"

_PID: Final = b"SELECT pg_backend_pid()"
_HAS_TRANSACTION_TIMEOUT: Final = 17_00_00
_LOOKS: Final = 3
_OTHER_WAITS_S: Final = 1.0


class SharedSession(Exception):
    """Behind this connection is a pooler that lends its session to others."""


def begin(
    connection: Connection, settings: Settings, lock_s: float, another: Callable[[], Connection]
) -> None:
    """Set up the session of a new connection.

    `lock_s`: how long a statement may wait for a row that others hold.
    `another`: opens one more connection, to tell poolers apart.
    Raises psycopg.Error; SharedSession.
    """
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
    if connection.pgconn.server_version >= _HAS_TRANSACTION_TIMEOUT:
        wanted["transaction_timeout"] = "0"  # a copy of a store is one transaction
    values = [part.encode() for pair in wanted.items() for part in pair]
    calls = ", ".join(f"set_config(${2 * n + 1}, ${2 * n + 2}, false)" for n in range(len(wanted)))
    # A pooler cannot tell at the login which process of the server it will be.
    if_direct = f"SELECT {calls} WHERE pg_backend_pid() = ${len(values) + 1}"
    told = str(connection.pgconn.backend_pid).encode()
    timeout_s = settings.connect_timeout
    if not _asked(connection, if_direct.encode(), [*values, told], timeout_s).ntuples:
        if not _is_its_own(connection, another, timeout_s):
            raise SharedSession
        _asked(connection, f"SELECT {calls}".encode(), values, timeout_s)


def _is_its_own(connection: Connection, another: Callable[[], Connection], wait_s: float) -> bool:
    """Whether the pooler keeps a process of the server for this connection, also while it is idle.

    Another one then never gets the same process; it waits if there is no further one.
    """
    ours: set[bytes | None] = set()
    others: set[bytes | None] = set()
    try:
        with closing(another()) as other:
            for _ in range(_LOOKS):
                ours.add(_asked(connection, _PID, (), wait_s).get_value(0, 0))
                others.add(_asked(other, _PID, (), _OTHER_WAITS_S).get_value(0, 0))
    except psycopg.OperationalError:
        if connection.closed:
            raise
    return len(ours) <= 1 and len(others) <= 1 and ours.isdisjoint(others)


def _asked(
    connection: Connection, text: bytes, values: Sequence[bytes], timeout_s: float
) -> PGresult:
    """What the server answers to a query, which is not prepared.

    A pooler lets in at once, and lets the first query wait until a connection is free: that is part
    of connecting, for which there is a bound.
    """
    pgconn = connection.pgconn
    pgconn.send_query_params(text, values)
    pgconn.flush()
    until_s = monotonic() + timeout_s
    answer = None
    while (result := _result(pgconn, until_s)) is not None:
        answer = result
    if answer is None or answer.status != ExecStatus.TUPLES_OK:
        raise psycopg.OperationalError() if answer is None else errors.error_from_result(answer)
    return answer


def _result(pgconn: PGconn, until_s: float) -> PGresult | None:
    """The next part of an answer, None at its end."""
    heard = select.poll()
    heard.register(pgconn.socket, select.POLLIN)
    while pgconn.is_busy():
        if not heard.poll(max(0.0, until_s - monotonic()) * 1000):
            raise errors.ConnectionTimeout(
                "it lets in, but does not answer; a pooler does so while it has no connection free"
            )
        pgconn.consume_input()
    return pgconn.get_result()
