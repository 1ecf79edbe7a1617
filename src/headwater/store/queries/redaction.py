"""Statements that look through every text of a store, and replace some."""

from __future__ import annotations

from typing import Final, NamedTuple

from headwater.graph.redaction import TEXTS
from headwater.store.dialect import REDACTING
from headwater.store.queries.build import plain
from headwater.store.sql import Plain, Sql

FORGOTTEN = "-" * 32
"""What stands in the place of a forgotten digest of a finish's arguments."""
_BIG: Final = {"blob": 50}
_PAGE: Final = 1_000


class Texts:
    """A table with texts: how its rows are paged through, found and changed.

    A row comes as the values of the key, of `owners` and of the texts.
    """

    def __init__(
        self, table: str, key: str, *, first: Plain, owners: str = "", rising: str = "id"
    ) -> None:
        self.table = table
        self.key = tuple(key.split())
        self.first = first
        """What sorts before every key."""
        self.names = tuple(TEXTS[table])
        self.owners = tuple(owners.split())
        """Columns with the ids of the tasks that a row belongs to."""
        self.page_rows = _BIG.get(table, _PAGE)
        columns = ", ".join((*self.key, *self.owners, *self.names))
        select = f"SELECT {columns} FROM {table}"
        here = " AND ".join(f"{name} = :{name}" for name in self.key)
        after = ", ".join(f":{name}" for name in self.key)
        key_list = ", ".join(self.key)
        self.page = plain(
            f"{select} WHERE ({key_list}) > ({after}) ORDER BY {key_list} LIMIT :count"
        )
        self.all = plain(select)
        self.one = plain(f"{select} WHERE {here}")
        self.of_tasks: tuple[Sql[Plain], ...] = tuple(
            plain(f"{select} WHERE {name} IN (members(:ids))") for name in self.owners
        )
        self.since = plain(f"{select} WHERE board_id = :board_id AND {rising} > :after")
        """For tables whose rows belong to a board and are never changed."""
        self.replace = plain(
            f"UPDATE {table} SET {', '.join(f'{n} = :{n}' for n in self.names)} WHERE {here}"
        )

    def place(self, key: Plain) -> dict[str, int | str]:
        """Parameters that name a key."""
        return dict(zip(self.key, key, strict=True))

    def joined(self, row: Plain) -> str:
        """All texts of a row in one."""
        return "\n\n".join(row[len(self.key) + len(self.owners) :])

    def read(self, row: Plain) -> Line:
        """A row in its parts."""
        keys, owners = len(self.key), len(self.owners)
        texts = dict(zip(self.names, row[keys + owners :], strict=True))
        return Line(self, row[:keys], row[keys : keys + owners], texts)


class Line(NamedTuple):
    """A row of a table with texts."""

    table: Texts
    key: Plain
    owners: tuple[int, ...]
    texts: dict[str, str]


_TEXTS: Final = (
    Texts("task", "id", first=(0,), owners="id"),
    Texts("task_text", "task_id", first=(0,), owners="task_id"),
    Texts("edge", "task_id upstream_id", first=(0, 0), owners="task_id"),
    Texts("attempt", "id", first=(0,), owners="task_id"),
    Texts("delivery", "id", first=(0,), owners="task_id"),
    Texts("reading", "task_id source_id", first=(0, 0), owners="task_id source_id"),
    Texts("image", "task_id aspect revision", first=(0, "", 0), owners="task_id"),
    Texts("recall", "id", first=(0,), owners="task_id"),
    Texts("event", "board_id revision", first=(0, 0), rising="revision"),
    Texts("baseline", "board_id kind row_id", first=(0, "", 0)),
    Texts("blob", "hash", first=("",)),
    Texts("notice", "id", first=(0,)),
    Texts("idempotency", "scope request", first=("", "")),
    Texts("session", "id", first=(0,)),
    Texts("pool", "id", first=(0,)),
    Texts("board", "id", first=(0,)),
)
TABLES: Final = {one.table: one for one in _TEXTS}

# What was written since a look at the whole.
BOARDS = plain(
    "SELECT b.id, b.revision, (SELECT coalesce(max(n.id), 0) FROM notice n WHERE n.board_id = b.id)"
    " FROM board b ORDER BY b.id"
)
KINDS_SINCE = plain(
    "SELECT DISTINCT kind FROM event WHERE board_id = :board_id AND revision > :after"
)
TASKS_SINCE = plain(
    "SELECT task_id FROM image WHERE board_id = :board_id AND revision > :after "
    "UNION SELECT t.id FROM event e JOIN task t ON t.board_id = e.board_id AND t.key = e.task "
    "WHERE e.board_id = :board_id AND e.revision > :after"
)
"""Those that have new images, and those that were given a late delivery, which no image shows."""
REQUESTS = plain("SELECT scope, request, at_ms FROM idempotency")

FORGET_DIGESTS = plain(
    f"UPDATE attempt SET reply = substr(reply, 1, 33) || '{FORGOTTEN}' || substr(reply, 66) "
    f"WHERE id > :after AND id <= :until AND reply <> '' AND substr(reply, 34, 32) <> '{FORGOTTEN}'"
)
FORGET_DIGESTS_OF = plain(
    f"UPDATE attempt SET reply = substr(reply, 1, 33) || '{FORGOTTEN}' || substr(reply, 66) "
    "WHERE task_id IN (members(:ids)) AND reply <> ''"
)
LAST_ATTEMPT = plain("SELECT coalesce(max(id), 0) FROM attempt")
FORGET_ARGUMENTS = plain(
    f"UPDATE idempotency SET arguments = '{FORGOTTEN}' WHERE scope = :scope AND request = :request"
)

BLOB_THERE = plain("SELECT 1 FROM blob WHERE hash = :hash")
RENAME_BLOB = plain("UPDATE blob SET hash = :new WHERE hash = :hash")
DROP_BLOB = plain("DELETE FROM blob WHERE hash = :hash")
BOARDS_OF = plain("SELECT DISTINCT board_id FROM task WHERE id IN (members(:ids))")
BEGIN = plain(f"INSERT INTO meta (name, value) VALUES ('{REDACTING}', '1')")
END = plain(f"DELETE FROM meta WHERE name = '{REDACTING}'")
