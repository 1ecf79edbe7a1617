"""`headwater doctor`: what could be wrong, looked at one by one, each with what to do."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from headwater.cli.main import version
from headwater.cli.render.sentences import seconds
from headwater.clock import SystemClock
from headwater.errors import HeadwaterError, counted
from headwater.runner.standing import Standing, standing
from headwater.store.beside import left_beside
from headwater.store.location import files_of
from headwater.store.ticket import LOCK

if TYPE_CHECKING:
    from headwater.board import Board
    from headwater.cli.invocation import Invocation
    from headwater.store.store import Store

LOW_DISK_BYTES: Final = (16 * 1024 * 1024, 200 * 1024 * 1024)
"""On a disk for small stores and on one for large; between them four times the store."""
AHEAD_S: Final = 60
PROBLEMS_SHOWN: Final = 20


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    level: Literal["ok", "warn", "FAIL"]
    what: str
    remedy: str = ""


def examine(run: Invocation) -> list[Finding]:
    """Every finding. Nothing is changed, and no store is made."""
    from headwater.operations import access

    place = run.location
    findings = [
        Finding(
            "ok",
            f"headwater {version()}, Python {platform.python_version()}, {platform.system()}",
        )
    ]
    is_served = False
    if isinstance(place, Path) and not place.exists():
        findings.append(
            Finding("warn", f"no store at {place} yet", "headwater add, import or serve makes one")
        )
    else:
        if isinstance(place, Path):
            findings += _file(place)
        try:
            with run.opened() as board:
                findings += _store(board)
                findings += _state(board, run)
                is_served = access.is_any_valid(board.store)
        except HeadwaterError as error:
            empty = error.state.get("boards") == []  # as after `db upgrade`
            findings += _empty(place) if empty else []
            findings.append(Finding("warn" if empty else "FAIL", error.message, error.next))
    if isinstance(place, Path):
        findings += _left(place)
    ran = standing(Path.cwd(), str(place), run.board)
    findings += _run(ran) if ran else []
    findings += _hosts(is_needed=ran is None and not is_served)
    return findings


def _file(path: Path) -> Iterator[Finding]:
    """The file: where, whose, how much room."""
    yield Finding("ok", f"store {path}, {path.stat().st_size / 1_000_000:.1f} MB")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        yield Finding(
            "warn",
            f"others may read the store (mode {mode:o})",
            f"chmod 600 {shlex.quote(str(path))}",
        )
    for needed in (path.parent, *files_of(path), path.with_name(path.name + LOCK)):
        if needed.exists() and not os.access(needed, os.W_OK):
            yield Finding("FAIL", f"{needed} cannot be written", "mend its owner or permissions")
    free = shutil.disk_usage(path.parent).free
    least, most = LOW_DISK_BYTES
    if free < min(max(least, 4 * path.stat().st_size), most):
        yield Finding("warn", f"only {free // 1_000_000} MB free on its disk", "free some space")


def _left(path: Path) -> Iterator[Finding]:
    for folder in left_beside(path):
        yield Finding(
            "warn",
            f"{folder} was left by a copy or restore that was killed",
            f"nobody uses it: rm -r {shlex.quote(str(folder))}",
        )


def _empty(place: str | Path) -> list[Finding]:
    """A store in which there is no board yet."""
    from headwater.store.store import Store

    with Store.open(place, create=False) as store:
        return list(_database(store))


def _database(store: Store) -> Iterator[Finding]:
    """Which one it is, and whether it keeps what it acknowledges."""
    about = store.describe()
    yield Finding("ok", about["database"])
    if "unsafe_because" in about:
        yield Finding("warn", about["unsafe_because"], "switch them on in postgresql.conf")
    else:
        yield Finding("ok", about["safe_because"])
    if "readonly_because" in about:
        yield Finding(
            "FAIL",
            f"nothing can be written: {about['readonly_because']}",
            "connect to a server that takes writes, or let this one: look who switched it, and why",
        )


def _store(board: Board) -> Iterator[Finding]:
    """The database itself, then its integrity and the board's invariants."""
    yield from _database(board.store)
    yield _search(board)
    damage = board.store.integrity_check()
    yield from _problems(damage, "stop the agents, then restore a backup: headwater restore FILE")
    drift = board.verify()
    yield from _problems(drift, "stop the agents, then headwater verify --repair")
    if not damage and not drift:
        yield Finding(
            "ok",
            f"integrity: {board.store.examined}, the invariants hold, "
            "the log replays to the tables",
        )


def _problems(found: list[str], remedy: str) -> Iterator[Finding]:
    for problem in found[:PROBLEMS_SHOWN]:
        yield Finding("FAIL", problem, remedy)
    if len(found) > PROBLEMS_SHOWN:
        yield Finding("FAIL", f"and {counted(len(found) - PROBLEMS_SHOWN, 'more problem')}")


def _search(board: Board) -> Finding:
    """How texts are searched, and whether what is found is what was written."""
    from headwater.store.recall import full_text

    index = board.store.read(full_text)
    problems = board.verify_index()
    if problems:
        return Finding("warn", f"search: {problems[0]}", "headwater verify --repair")
    if index.note:
        return Finding("warn", f"search: {index.note}", "pip install pysqlite3, or another Python")
    return Finding("ok", f"search by {index.name}")


def _state(board: Board, run: Invocation) -> Iterator[Finding]:
    """What people trip over: a pause, leases that ran out, tasks that wait for somebody."""
    from headwater.operations.overview import now

    moment = board.store.read(lambda tx: now(tx, run.board))
    if moment is None:
        return
    ahead_s = (moment.now_ms - SystemClock().wall_ms()) / 1000
    if ahead_s > AHEAD_S:
        yield Finding(
            "warn",
            f"the store's time is {seconds(ahead_s)} ahead of this machine's clock",
            "if that was set back: nothing is lost, and leases run out as ever; what happens from "
            "now on is dated by the store's time, which is never set back",
        )
    if moment.board.paused:
        yield Finding("warn", "the board is paused: nobody can claim", "headwater resume")
    lapsed = [node for node in moment.held if node.lease_until_ms <= moment.now_ms]
    yield Finding("ok", f"leases alive: {len(moment.held) - len(lapsed)}")
    for node in lapsed:
        ago = seconds((moment.now_ms - node.lease_until_ms) / 1000)
        yield Finding(
            "warn",
            f"the lease of {node.holder} on {node.key} ran out {ago} ago",
            f"the next claim takes it back; headwater release {node.key} does so now",
        )
    waiting = moment.board.held + moment.board.failed
    if waiting:
        yield Finding(
            "warn",
            f"{counted(waiting, 'task')} held or failed, waiting for somebody",
            "headwater status",
        )


def _run(ran: Standing) -> Iterator[Finding]:
    """Whether the agents of `headwater run` have their runner."""
    what = f"run {ran.record.name}, merging into {ran.record.base}"
    if ran.alive:
        yield Finding("ok", f"{what}: {counted(ran.alive, 'runner')} at work")
    if ran.died:
        yield Finding(
            "warn",
            f"{what}: {counted(ran.died, 'runner')} died; what was begun is held for the next",
            "a runner that works goes on" if ran.alive else "headwater run --resume goes on",
        )


def _hosts(*, is_needed: bool) -> Iterator[Finding]:
    """Which agents' hosts know this server; `is_needed`: the agents come no other way."""
    from headwater.hosts import configured, hooked

    found = configured(Path.cwd(), Path.home())
    for entry in found:
        if entry.error:
            yield Finding(
                "warn",
                f"{entry.title}: {entry.path} cannot be read: {entry.error}",
                "mend the file",
            )
        else:
            yield Finding(
                "ok", f"{entry.title} has an entry for it by {entry.transport} ({entry.path})"
            )
    for path in hooked(Path.cwd(), Path.home()):
        yield Finding("ok", f"Claude Code runs Headwater's hooks ({path})")
    if is_needed and not any(not entry.error for entry in found):
        yield Finding("warn", "no agent's host is connected here", "headwater bootstrap")
