"""Redact: replace a secret by a tombstone in every table of the store, the log included.

The whole store is read before the lock is taken (`redacted.py`), and digests of what was asked are
forgotten in portions; under the lock only what was found, and what was written since, is read again
and changed, all of it in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from headwater.errors import Conflict
from headwater.graph.baseline import digest_of
from headwater.graph.redaction import Secret
from headwater.operations import archive, attempts, path_claims, recall, redacted, reuse
from headwater.operations.expiry import note_the_time
from headwater.operations.images import compact
from headwater.operations.redacted import Found
from headwater.operations.work import Work
from headwater.store.queries import archive as archives
from headwater.store.queries import boards, log
from headwater.store.queries import recall as recall_queries
from headwater.store.queries import redaction as queries
from headwater.store.queries.redaction import Line
from headwater.store.recall import PLAIN, FullText, full_text, has_index
from headwater.store.store import Store
from headwater.store.transaction import Tx
from headwater.verbs.people import PersonReply, RedactRequest

_AT_ONCE: Final = 1_000
"""Rows of which a digest is forgotten in one transaction."""
Settle = Callable[[Callable[[Work], PersonReply]], PersonReply]
"""Runs what it is given as one operation on the board."""


def redact(store: Store, request: RedactRequest, settle: Settle) -> PersonReply:
    """Take a text out of every board of the store.

    Raises:
        BadRequest: the text is also part of what the log is made of (a number, a field's name, a
            task's key), so that the log would no longer replay; nothing was changed.
        Conflict: an archive, a repair or another redaction came in between, or this SQLite cannot
            change the full-text index; nothing was changed.
    """
    found = redacted.look(store, Secret(request.secret))
    _forget_digests(store, found)
    reply = settle(lambda work: replace(work, request, found))
    begun = False
    while not store.write(lambda tx, begun=begun: full_text(tx).tidied(tx, begun=begun)):
        begun = True
    return reply


def _forget_digests(store: Store, found: Found) -> None:
    """What somebody asked for may have held the secret. A repeat is answered as before, whatever it
    asks."""
    last = store.read(lambda tx: tx.number(queries.LAST_ATTEMPT))
    for after in range(0, last, _AT_ONCE):
        store.write(partial(_forget_finishes, after=after))
    requests = [{"scope": scope, "request": name} for scope, name, _ in found.mark.requests]
    for at in range(0, len(requests), _AT_ONCE):
        store.write(partial(_forget_requests, requests=requests[at : at + _AT_ONCE]))


def _forget_finishes(tx: Tx, after: int) -> None:
    tx.all(boards.TAKE_ALL)
    tx.run(queries.FORGET_DIGESTS, after=after, until=after + _AT_ONCE)


def _forget_requests(tx: Tx, requests: list[dict[str, str]]) -> None:
    tx.all(boards.TAKE_ALL)
    tx.many(queries.FORGET_ARGUMENTS, requests)


def replace(work: Work, request: RedactRequest, found: Found) -> PersonReply:
    """The part under the lock: `found` and what was written since."""
    work.caller.demand("admin", "redact")
    note_the_time(work)
    work.close()  # of leases that have just run out: to be redacted and to be replayed, too
    tx = work.tx
    index = _search_index(tx)
    tx.all(boards.TAKE_ALL)  # it changes rows of every board
    if redacted.is_overtaken(tx, found.mark):
        raise Conflict(
            "an archive, a repair or another redaction came in between; nothing was changed",
            next="redact again",
        )
    lines = _again(tx, found)
    changes = list(redacted.changes(found.secret, lines))
    if changes:
        tx.run(queries.BEGIN)
        _write(work, found.secret, changes)
        tx.run(queries.END)
        _follow(tx, index, found.secret, changes)
        reuse.forget(work)
        tx.run(archives.COUNT_REDACTION)
        reason = found.secret.spoken_out_of(request.reason)
        work.record("redacted", reason=reason, data={"rows": len(changes)})
    return PersonReply(
        changed=len(changes),
        revision=work.revision,
        next=_after_redaction(tx, len(changes)),
    )


def _again(tx: Tx, found: Found) -> list[Line]:
    """Every row that may have to change, with the digests known that will stand in them."""
    since = redacted.written_since(tx, found)
    tx.run(queries.FORGET_DIGESTS_OF, ids=compact(sorted(found.tasks)))
    for scope, request in found.keys["idempotency"]:
        tx.run(queries.FORGET_ARGUMENTS, scope=scope, request=request)
    lines = redacted.lines_of(tx, found, since)
    redacted.learn_digests(found.secret, lines)
    return lines


def _write(work: Work, secret: Secret, changes: list[tuple[Line, dict[str, str]]]) -> None:
    tx = work.tx
    for line, left in changes:
        table = line.table
        if table.table == "recall":
            continue
        tx.run(table.replace, **table.place(line.key), **left)
        if table.table == "blob":
            old = line.key[0]
            new = secret.digests[old]
            if tx.one(queries.BLOB_THERE, hash=new):
                tx.run(queries.DROP_BLOB, hash=old)
            else:
                tx.run(queries.RENAME_BLOB, hash=old, new=new)
        if table.table == "board" and line.key == (work.board.id,):
            work.board.policy = left["policy"]  # its row is written once more in the end


def _follow(
    tx: Tx, index: FullText, secret: Secret, changes: list[tuple[Line, dict[str, str]]]
) -> None:
    """What derives from the texts that were changed."""
    indexed = [line.key[0] for line, _ in changes if line.table.table == "recall"]
    tasks = sorted({task for line, _ in changes for task in line.owners})
    if indexed:
        index.prepare(tx)
    for row in tx.all(recall_queries.BY_IDS, ids=compact(indexed)):
        recall.replace(tx, index, row, secret.out_of(row.head), secret.out_of(row.body))
    recall.look_again(tx, index, tasks)
    for line, _ in changes:
        if line.table.table == "delivery":
            _follow_delivery(tx, line)
    moved = [
        line.key[0]
        for line, left in changes
        if line.table.table == "task_text" and left["paths"] != line.texts["paths"]
    ]
    for (board_id,) in tx.all(queries.BOARDS_OF, ids=compact(moved)):
        path_claims.rebuild(tx, int(board_id))


def _follow_delivery(tx: Tx, line: Line) -> None:
    """An archive keeps a digest of it, unless that was of something else before, too."""
    row = tx.one(log.DELIVERY, id=line.key[0])
    if row is None:
        return
    now = digest_of(attempts.delivery_image(row))
    was = digest_of({**attempts.delivery_image(row), **line.texts})
    tx.run(archives.FOLLOW_DIGEST, row_id=row.id, was=was, now=now)


def _after_redaction(tx: Tx, changed: int) -> str:
    """What a redaction cannot do for them."""
    advice = (
        "the secret was stored here: change it where it is used; backups, exports, logs of runs "
        "and what the database has freed may still hold it (docs/history.md)"
    )
    if not changed:
        advice = "nothing stored here has that text, as it was given: nothing was changed"
    files = archive.files(tx)
    if not files:
        return advice
    return f"{advice}; archived history is not changed by this and may hold it: {', '.join(files)}"


def _search_index(tx: Tx) -> FullText:
    """The index that holds the same texts.

    Raises:
        Conflict: this SQLite cannot change it.
    """
    index = full_text(tx)
    if index is PLAIN and has_index(tx):
        raise Conflict(
            "the text may also be in the full-text index, which this SQLite cannot change: it "
            "lacks FTS5; nothing was changed",
            next="redact with a Python whose SQLite has FTS5 (headwater doctor shows it)",
        )
    return index
