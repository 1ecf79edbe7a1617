"""Advice: which way to run Headwater suits so many agents on so many machines.

Three ways: every host window starts its own server over stdio, and all share one SQLite file; one
HTTP server owns that file; or several servers share a PostgreSQL database. SQLite's write-ahead log
needs memory that all its users share, so all of them are on one machine: that is a rule. The
numbers of agents and machines are rules of thumb, far from where anything breaks: some 400 claims
a second were measured with eight processes on two cores (docs/benchmarks.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from headwater.errors import BadRequest

Way = Literal["stdio", "http", "postgresql"]

STDIO_AGENTS: Final = 24
"""Beyond, one process per window costs more memory and turns at the file than one server does."""
HTTP_AGENTS: Final = 200
"""Beyond, one process with one writer is the bottleneck, and a single point of failure for many."""
HTTP_MACHINES: Final = 20

_PORT: Final = 8765
_DISK = (
    "a shared disk does not help: SQLite's write-ahead log needs memory that all its users share, "
    "and locks of network file systems are not reliable. Headwater refuses such a store"
)


@dataclass(frozen=True, slots=True)
class Advice:
    """A recommendation: the way, why, what to type where, and what not to do."""

    way: Way
    title: str
    reasons: tuple[str, ...]
    commands: tuple[tuple[str, str], ...]
    """Each with where it is typed."""
    refused: str = ""
    """What was asked about and must not be done, with the reason."""


def advise(agents: int, machines: int = 1, *, shared_disk: bool = False) -> Advice:
    """The way to run Headwater for `agents` at once on `machines`.

    `shared_disk`: the machines have a network file system in common.

    Raises:
        BadRequest: fewer than one agent or machine, or more machines than agents.
    """
    if agents < 1 or machines < 1:
        raise BadRequest("at least one agent on one machine", next="--agents 4 --machines 1")
    if machines > agents:
        raise BadRequest(
            f"{machines} machines for {agents} agents: a machine without an agent does not count",
            next="count the machines that agents run on",
        )
    refused = _DISK if shared_disk else ""
    if agents > HTTP_AGENTS or machines > HTTP_MACHINES:
        return _postgresql(agents, machines, refused)
    if machines > 1:
        return _http(
            machines,
            refused,
            f"{machines} machines cannot share a SQLite file; one server can own it for all",
            "agents need its address and a token, nothing else",
        )
    if agents > STDIO_AGENTS:
        return _http(
            machines,
            refused,
            f"{agents} windows would start {agents} server processes that take turns at one file",
            "one process commits what waits together in one go",
        )
    return Advice(
        "stdio",
        "Each agent's host starts its own server (stdio); all share one SQLite file",
        (
            f"{agents} {'agent' if agents == 1 else 'agents'} on one machine: one file is enough, "
            "and safe among processes",
            "nothing has to be started, watched or secured",
            *(("keep the store on a local disk of this machine",) if shared_disk else ()),
        ),
        (
            ("in your repository", "headwater bootstrap --host detected"),
            ("in your repository", "headwater status"),
        ),
        refused,
    )


def _http(machines: int, refused: str, *reasons: str) -> Advice:
    alone = machines == 1
    address = f"http://127.0.0.1:{_PORT}/mcp" if alone else f"https://SERVER:{_PORT}/mcp"
    where = "on this machine" if alone else "on the server"
    listen = (
        f"headwater serve --transport http --port {_PORT}"
        if alone
        else f"headwater serve --transport http --host 0.0.0.0 --port {_PORT} --name SERVER "
        "--tls-cert cert.pem --tls-key key.pem"
    )
    return Advice(
        "http",
        "One HTTP server owns a SQLite file on its local disk",
        reasons,
        (
            (where, "headwater token create --name planner --role plan"),
            (where, "headwater token create --name worker --role work"),
            (where, listen),
            *_clients(address),
        ),
        refused,
    )


def _postgresql(agents: int, machines: int, refused: str) -> Advice:
    database = "postgresql://headwater@DATABASE/headwater"
    return Advice(
        "postgresql",
        "A PostgreSQL database, with an HTTP server on one or more machines",
        (
            f"{agents} agents on {machines} {'machine' if machines == 1 else 'machines'} are more "
            "than one process should carry",
            "servers can be added, and one may fail without stopping the others",
            "backups and replication are the database's",
        ),
        (
            ("once", f"headwater db upgrade --db {database}"),
            ("once", f"headwater token create --name planner --role plan --db {database}"),
            ("once", f"headwater token create --name worker --role work --db {database}"),
            (
                "on each server",
                f"headwater serve --transport http --host 0.0.0.0 --port {_PORT} --name SERVER "
                f"--tls-cert cert.pem --tls-key key.pem --db {database}",
            ),
            *_clients(f"https://SERVER:{_PORT}/mcp"),
        ),
        refused,
    )


def _clients(address: str) -> tuple[tuple[str, str], ...]:
    return (
        ("for each agent", "export HEADWATER_TOKEN=..."),
        (
            "for each agent",
            "headwater bootstrap --host detected --transport http "
            f"--url {address} --token-env HEADWATER_TOKEN",
        ),
    )
