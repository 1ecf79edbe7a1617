"""Archive: move old history out of the store into a file, and keep the rest exact.

Moved are the events up to a revision, and the images that newer ones had replaced by then. What is
left shows that revision and every later one exactly as before; replay starts from the newest images
and from the baseline, which is what the moved events recorded of other rows.

The file is complete and on the disk before anything is deleted, and all of that happens in one
transaction: whoever is killed in between leaves the store as it was, and a file that the next
archive replaces. The triggers that keep the log append-only let a row go only if an archive that
the store knows of has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Any, Final

from headwater.errors import BadRequest, Conflict, StoreError
from headwater.graph.baseline import Baseline, fold
from headwater.operations import recall
from headwater.operations.work import Work
from headwater.store.chain import START, ChainReader, ChainWriter
from headwater.store.queries import archive as queries
from headwater.store.queries import boards
from headwater.store.rows import ArchiveRow, BoardRow
from headwater.store.sql import Plain
from headwater.store.store import Store
from headwater.store.transaction import Tx
from headwater.verbs.keeping import Archived

FORMAT: Final = 1
_CHUNK: Final = 1_000
_DAY_MS: Final = 24 * 3_600_000


@dataclass(slots=True)
class Plan:
    """What is to be moved, and what must still be so when it is deleted."""

    board: BoardRow
    number: int
    first: int
    until: int
    previous: str
    redactions: Plain | None
    events: int = 0
    images: int = 0


def archive(
    store: Store,
    board_id: int,
    *,
    before: int,
    older_than_days: float | None,
    to: Path | None,
    dry_run: bool,
    settle: Callable[[Callable[[Work], int]], int],
) -> Archived:
    """Move what happened before a revision, or longer ago than so many days, to a file.

    `settle` runs the deletion as one operation on the board.
    Raises:
        BadRequest: there is nothing to move, or the revision is not reached.
        StoreError: the file is there already and is something else, or cannot be written.
        Conflict: another archive or a redaction came in between; nothing was deleted.
    """
    plan = store.read(lambda tx: _plan(tx, board_id, before, older_than_days))
    path = (to or _default(store.path, plan)).absolute()
    _demand_free(store, path, plan)
    if dry_run:
        for _ in _counted(store, plan):
            pass
        return _answer(plan, path, "", plan.board.revision, dry_run=True)
    if store.read(lambda tx: recall.is_begun(tx, board_id)):
        # People search here: what goes away shall be found afterwards, too.
        while not store.write(lambda tx: recall.catch_up(tx, board_id)):
            pass
    try:
        with ChainWriter(path, plan.previous) as file:
            baseline = _write(store, plan, file)
            revision = settle(lambda work: _settle(work, plan, path, file, baseline))
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror}; nothing was deleted",
            next="check the folder and the disk, or give another file with --to",
        ) from error
    return _answer(plan, path, file.head, revision, dry_run=False)


def _plan(tx: Tx, board_id: int, before: int, older_than_days: float | None) -> Plan:
    board = tx.one(boards.BY_ID, id=board_id)
    if board is None:
        raise BadRequest("this board is gone from the store", next="open the board again")
    last = tx.one(queries.NEWEST, board_id=board_id)
    first = last.until + 1 if last else 1
    if before > board.revision:
        raise BadRequest(
            f"revision {before} is not reached: the newest is {board.revision}",
            next=f"give a revision of at most {board.revision}",
        )
    until = before - 1
    if older_than_days is not None:
        before_ms = tx.now_ms - round(older_than_days * _DAY_MS)
        until = tx.number(queries.LAST_BEFORE, board_id=board_id, before_ms=before_ms)
    if until < first:
        kept = f"history begins at revision {first}"
        raise BadRequest(f"there is nothing to archive: {kept}", next="headwater history")
    return Plan(
        board,
        last.number + 1 if last else 1,
        first,
        until,
        last.head if last else START,
        tx.one(queries.REDACTIONS),
    )


def _default(store: Path, plan: Plan) -> Path:
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in plan.board.name)
    return store.with_name(f"{store.name}.archive-{name}-{plan.first}-{plan.until}.jsonl")


def _demand_free(store: Store, path: Path, plan: Plan) -> None:
    """The file is not there, or is what an interrupted archive left: it holds what is to be moved,
    line by line. Any other archive may be the only copy of its history, as that of a store which
    was replaced by its backup."""
    if path.exists() and not _holds(ChainReader(path, plan.previous), store, plan):
        raise StoreError(f"{path} exists already", next="give another file with --to")


def _holds(file: ChainReader, store: Store, plan: Plan) -> bool:
    left, nothing = iter(file), dict[str, Any]()
    header = next(left, nothing)
    return all(header.get(name) == value for name, value in _header(plan).items()) and all(
        next(left, nothing) == {kind: values}
        for lines in _pages(store, plan)
        for kind, values in lines
    )


def _header(plan: Plan) -> dict[str, Any]:
    """Which archive a file is."""
    return {
        "headwater_archive": FORMAT,
        "board": plan.board.name,
        "number": plan.number,
        "first": plan.first,
        "until": plan.until,
    }


def _pages(store: Store, plan: Plan) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Events with the images that were replaced, in the order of revisions."""
    after = plan.first - 1
    while after < plan.until:

        def page(tx: Tx, after: int = after) -> tuple[int, list[tuple[str, dict[str, Any]]]]:
            span = {"board_id": plan.board.id, "after": after, "until": plan.until}
            events = tx.all(queries.EVENTS, count=_CHUNK, **span)
            upto = events[-1].revision if len(events) == _CHUNK else plan.until
            images = tx.all(queries.IMAGES, upto=upto, **span)
            lines = [("event", event._asdict()) for event in events]
            lines += [("image", image._asdict()) for image in images]
            return upto, sorted(lines, key=lambda line: line[1]["revision"])

        after, lines = store.read(page)
        yield lines


def _counted(store: Store, plan: Plan) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """The pages, and in the plan how much has gone by."""
    for lines in _pages(store, plan):
        plan.events += sum(1 for kind, _ in lines if kind == "event")
        plan.images += sum(1 for kind, _ in lines if kind == "image")
        yield lines


def _write(store: Store, plan: Plan, file: ChainWriter) -> Baseline:
    file.add(_header(plan) | {"written": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"})
    baseline: Baseline = {}
    for lines in _counted(store, plan):
        for kind, values in lines:
            file.add({kind: values})
        fold(baseline, (values["data"] for kind, values in lines if kind == "event"))
    file.add({"events": plan.events, "images": plan.images})
    file.flush()
    return baseline


def _settle(work: Work, plan: Plan, path: Path, file: ChainWriter, baseline: Baseline) -> int:
    """Delete what the file has, in one transaction, and give it its name: not before, for it may be
    that of another's who was quicker. Returns the new revision."""
    work.caller.demand("admin", "archive")
    tx, board_id = work.tx, work.board.id
    last = tx.one(queries.NEWEST, board_id=board_id)
    before = last.head if last else START
    if (before, tx.one(queries.REDACTIONS)) != (plan.previous, plan.redactions):
        raise Conflict(
            "another archive or a redaction came in between; nothing was deleted",
            next="archive again",
        )
    row = ArchiveRow(
        board_id, plan.number, str(path), plan.first, plan.until, plan.events, plan.images,
        file.head, work.now_ms,
    )  # fmt: skip
    tx.put(queries.ADD, row)
    for (kind, row_id), kept in baseline.items():
        where = {"board_id": board_id, "kind": kind, "row_id": row_id}
        if kept is None:
            tx.run(queries.DROP_KEPT, **where)
        else:
            tx.run(queries.KEEP, **where, **kept._asdict())
    tx.run(queries.DROP_IMAGES, board_id=board_id, until=plan.until)
    tx.run(queries.DROP_EVENTS, board_id=board_id, until=plan.until)
    work.record(
        "archived",
        reason=f"revisions {plan.first} to {plan.until}",
        data={"file": path.name, "head": file.head},
    )
    file.publish()
    return work.revision


def _answer(plan: Plan, path: Path, head: str, revision: int, *, dry_run: bool) -> Archived:
    look = f"headwater verify --archive {quote(str(path))}"
    return Archived(
        file=str(path),
        first=plan.first,
        until=plan.until,
        events=plan.events,
        images=plan.images,
        head=head or None,
        dry_run=dry_run or None,
        revision=revision,
        next="run it without --dry-run" if dry_run else f"keep the file; {look} checks it",
    )


def files(tx: Tx) -> list[str]:
    """Every archive file of the store."""
    return [str(row[0]) for row in tx.all(queries.FILES)]
