"""Moving a whole store to another file or database, exactly.

Every row of every table is copied as it is, ids and the store's key included, so that leases,
tokens and cursors stay good and the log replays to the same boards. What is read is one snapshot;
what is written is one transaction, which is undone unless both sides are equal row by row.

Indexes of full text are derived and are made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Table as SqlTable

from headwater.errors import StoreCorrupt, StoreError
from headwater.store import engine
from headwater.store.beside import made_beside
from headwater.store.dialect import restart_ids
from headwater.store.filesystem import demand_free, give_name
from headwater.store.location import file_of, is_postgres
from headwater.store.queries.build import plain
from headwater.store.queries.repair import UNHURRIED
from headwater.store.recall import full_text
from headwater.store.sql import Plain, Sql
from headwater.store.store import Store
from headwater.store.tables import Table
from headwater.store.transaction import Tx

CHUNK: Final = 1000
Progress = Callable[[str, int, int], None]
"""Told of a table's name, its rows copied so far, and all of its rows."""
_FORGET_FACTS: Final = plain("DELETE FROM meta")


def copy(source: str | Path, target: str | Path, progress: Progress | None = None) -> int:
    """Copy the store at `source` into an empty or new one at `target`; the number of rows.

    Raises:
        StoreError: the target holds something already; nothing was changed.
    """
    if is_postgres(target):
        return _into(target, source, progress)
    path = file_of(target)
    demand_free(path)
    with made_beside(path) as fresh:  # whoever begins a store at that place meanwhile shall keep it
        copied = _into(fresh, source, progress)
        demand_free(path)
        give_name(fresh, path)
    return copied


def _into(target: str | Path, source: str | Path, progress: Progress | None) -> int:
    with Store.open(source, create=False) as old:
        if is_postgres(target):
            from headwater.store.postgres.store import PostgresStore

            PostgresStore.upgrade(str(target))
        with Store.open(target) as new:
            try:
                return old.read(lambda tx: new.write(lambda to: _copy(tx, to, new, progress)))
            except StoreCorrupt as error:  # of two files the one that is written is blamed
                if is_postgres(source) or not old.integrity_check():
                    raise
                raise engine.corrupt(file_of(source), str(error.__cause__)) from error


def _copy(source: Tx, target: Tx, store: Store, progress: Progress | None) -> int:
    for tx in (source, target):
        tx.all(UNHURRIED)
    tables = [_Rows(table) for table in Table.metadata.sorted_tables]
    for table in tables:
        if table.name != "meta" and table.count(target):
            raise StoreError(
                f"{store.place} is not empty: it has rows in {table.name}",
                next="give a new file or an empty database to copy to",
            )
    target.run(_FORGET_FACTS)
    copied = 0
    for table in tables:
        copied += table.copy(source, target, progress)
    full_text(target).rebuild(target)
    return copied


class _Rows:
    """The rows of one table, in pages by its key."""

    def __init__(self, table: SqlTable) -> None:
        self.name = table.name
        self._columns = [column.name for column in table.columns]
        self._key = [column.name for column in table.primary_key]
        self._places = [self._columns.index(name) for name in self._key]
        columns, key = _quoted(self._columns), _quoted(self._key)
        after = ", ".join(f":after{n}" for n in range(len(self._key)))
        page = f'SELECT {columns} FROM "{table.name}"'
        self._first = plain(f"{page} ORDER BY {key} LIMIT :count")
        self._next = plain(f"{page} WHERE ({key}) > ({after}) ORDER BY {key} LIMIT :count")
        values = ", ".join(f":{name}" for name in self._columns)
        self._insert = plain(f'INSERT INTO "{table.name}" ({columns}) VALUES ({values})')
        self._count = plain(f'SELECT count(*) FROM "{table.name}"')
        self._restart: Sql[Plain] | None = None
        if self._key == ["id"]:
            self._restart = Sql(restart_ids(table.name))

    def count(self, tx: Tx) -> int:
        return tx.number(self._count)

    def copy(self, source: Tx, target: Tx, progress: Progress | None) -> int:
        """Copy all of them and compare; how many."""
        every, copied, given = self.count(source), 0, hashlib.blake2b()
        for page in self._pages(source):
            given.update(repr(page).encode())
            target.many(self._insert, [dict(zip(self._columns, row, strict=True)) for row in page])
            copied += len(page)
            if progress is not None:
                progress(self.name, copied, every)
        stored = hashlib.blake2b()
        for page in self._pages(target):
            stored.update(repr(page).encode())
        if given.digest() != stored.digest():
            raise StoreCorrupt(
                f"the copied rows of {self.name} are not those of the source; nothing was copied",
                next="check both with headwater verify",
            )
        if self._restart is not None:
            target.all(self._restart)
        return copied

    def _pages(self, tx: Tx) -> Iterator[list[Plain]]:
        page = tx.all(self._first, count=CHUNK)
        while page:
            yield page
            last = page[-1]
            key = {f"after{n}": last[place] for n, place in enumerate(self._places)}
            page = tx.all(self._next, count=CHUNK, **key)


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
