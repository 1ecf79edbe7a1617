"""Where a text stands in a store: looked up beforehand, on snapshots, while others go on writing.

A look at the whole takes seconds. So it is taken without any lock, page by page, and leaves a mark
of how far each board was when it began. Whoever holds the lock reads only what was found, and what
was written since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final, NamedTuple

from headwater.errors import BadRequest
from headwater.graph.events import EventKind
from headwater.graph.inputs import artifact_digest, digest, parts_of
from headwater.graph.redaction import TEXTS, Secret, keeps_form, keeps_record
from headwater.operations.images import compact
from headwater.store.queries import archive
from headwater.store.queries import redaction as queries
from headwater.store.queries.redaction import TABLES, Line, Texts
from headwater.store.sql import Plain
from headwater.store.store import Store
from headwater.store.transaction import Tx

_REWRITING: Final[frozenset[EventKind]] = frozenset({"archived", "repaired"})
"""What changes rows without new images of them."""
_SMALL: Final = ("session", "pool", "board")
"""Read as a whole: hardly anything marks what was changed in them."""
_TASKS_AT_ONCE: Final = 500
_EVENT, _NOTICE = TABLES["event"], TABLES["notice"]


class Mark(NamedTuple):
    """How far a store was written."""

    boards: Mapping[int, tuple[int, int]]
    """The revision and the newest notice of each."""
    requests: frozenset[Plain]
    """Those whose replies are kept."""
    redactions: Plain | None


class Found(NamedTuple):
    """What is to be read again under the lock."""

    secret: Secret
    mark: Mark
    tasks: set[int]
    keys: dict[str, set[Plain]]
    """Rows that belong to no task, by table."""


def mark_of(tx: Tx) -> Mark:
    """Everything written so far."""
    return Mark(
        {board: (revision, notice) for board, revision, notice in tx.all(queries.BOARDS)},
        frozenset(tx.all(queries.REQUESTS)),
        tx.one(archive.REDACTIONS),
    )


def look(store: Store, secret: Secret) -> Found:
    """Find every row that shows the secret, or a digest of what holds it.

    Raises:
        BadRequest: the log is made of the same text.
    """
    found = Found(secret, store.read(mark_of), set(), {})
    for table in TABLES.values():
        _look_through(store, table, found)
    if secret.digests:
        for table in TABLES.values():
            _look_through(store, table, found)
    return found


def _look_through(store: Store, table: Texts, found: Found) -> None:
    after = table.first
    while True:
        given = table.place(after)
        rows = store.read(
            lambda tx, given=given: tx.all(table.page, count=table.page_rows, **given)
        )
        lines = (table.read(row) for row in rows if found.secret.is_in(table.joined(row)))
        hits = [line for line, _ in changes(found.secret, lines)]
        note(found, hits)
        learn_digests(found.secret, hits)
        if len(rows) < table.page_rows:
            return
        after = table.read(rows[-1]).key


def note(found: Found, lines: Iterable[Line]) -> None:
    """These rows are to be read again."""
    for line in lines:
        if line.owners:
            found.tasks.update(line.owners)
        else:
            found.keys.setdefault(line.table.table, set()).add(line.key)


def changes(secret: Secret, lines: Iterable[Line]) -> Iterator[tuple[Line, dict[str, str]]]:
    """The rows that would change, and what their texts would be.

    Raises:
        BadRequest: the log could not be replayed any more.
    """
    for line in lines:
        # The digest of an artifact is that of what it says.
        out = secret.spoken_out_of if line.table.table == "blob" else secret.out_of
        left = {name: out(text) for name, text in line.texts.items()}
        if left != line.texts:
            if not _keeps_form(secret, line, left):
                raise BadRequest(
                    "that text is also part of what the log is made of, such as a number, a "
                    "field's name or a task's key; nothing was changed",
                    next="redact a longer piece of it, as it stands in the text",
                )
            yield line, left


def _keeps_form(secret: Secret, line: Line, left: dict[str, str]) -> bool:
    name = line.table.table
    if name == "baseline":
        return keeps_record(secret, line.key[1], line.texts["image"], left["image"])
    return keeps_form(secret, TEXTS[name], line.texts, left)


def learn_digests(secret: Secret, lines: Iterable[Line]) -> None:
    """The new digest for each old one, of artifacts' contents and of what deliveries hold."""
    pairs: list[tuple[str, str]] = []
    for line in lines:
        if line.table.table == "blob":
            old = line.key[0]
            said = secret.spoken_out_of(line.texts["content"])
            new = hashlib.sha256(said.encode()).hexdigest()
            pairs += [(old, new), (digest(old), digest(new))]
        elif line.table.table == "delivery":
            critical: dict[str, Any] = json.loads(line.texts["critical"])
            artifacts: list[dict[str, Any]] = json.loads(line.texts["artifacts"])
            pairs += [(digest(one), digest(_without(secret, one))) for one in critical.values()]
            for one in artifacts:
                left = artifact_digest(_without(secret, one))
                pairs += zip(parts_of(artifact_digest(one)), parts_of(left), strict=True)
    secret.digests.update((old, new) for old, new in pairs if old != new)


def _without(secret: Secret, value: Any) -> Any:
    return json.loads(secret.spoken_out_of(compact(value)))


# -- under the lock ----------------------------------------------------------------------------


def is_overtaken(tx: Tx, mark: Mark) -> bool:
    """Were rows changed since, of which the log does not say that they were?"""
    if tx.one(archive.REDACTIONS) != mark.redactions:
        return True
    since = [
        str(kind)
        for board_id, (revision, _) in now_and_then(tx, mark)
        for (kind,) in tx.all(queries.KINDS_SINCE, board_id=board_id, after=revision)
    ]
    return not _REWRITING.isdisjoint(since)


def now_and_then(tx: Tx, mark: Mark) -> list[tuple[int, tuple[int, int]]]:
    """Every board that there is now, and how far it was."""
    return [(board_id, mark.boards.get(board_id, (0, 0))) for board_id in mark_of(tx).boards]


def written_since(tx: Tx, found: Found) -> list[Line]:
    """Rows that belong to no task, written since the mark; the tasks that were changed and the
    requests that were answered are added to what was found."""
    lines: list[Line] = []
    for board_id, (revision, notice) in now_and_then(tx, found.mark):
        since = {"board_id": board_id, "after": revision}
        found.tasks.update(int(row[0]) for row in tx.all(queries.TASKS_SINCE, **since))
        lines += map(_EVENT.read, tx.all(_EVENT.since, **since))
        lines += map(_NOTICE.read, tx.all(_NOTICE.since, board_id=board_id, after=notice))
    for name in _SMALL:
        lines += map(TABLES[name].read, tx.all(TABLES[name].all))
    answered = set(tx.all(queries.REQUESTS)) - found.mark.requests
    found.keys.setdefault("idempotency", set()).update(row[:2] for row in answered)
    return lines


def lines_of(tx: Tx, found: Found, since: Iterable[Line]) -> list[Line]:
    """Every row that may have to change, as it is now, each once."""
    named = (
        table.read(row)
        for name, keys in found.keys.items()
        for table in (TABLES[name],)
        for key in keys
        for row in tx.all(table.one, **table.place(key))
    )
    of_tasks = (
        table.read(row)
        for ids in _portions(sorted(found.tasks))
        for table in TABLES.values()
        for statement in table.of_tasks
        for row in tx.all(statement, ids=compact(ids))
    )
    each = {(line.table.table, line.key): line for line in chain(since, named, of_tasks)}
    return list(each.values())


def _portions(ids: Sequence[int]) -> Iterator[list[int]]:
    left = iter(ids)
    while portion := list(islice(left, _TASKS_AT_ONCE)):
        yield portion
