"""Putting a backup in the place of a store."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from headwater.clock import Clock, SystemClock
from headwater.errors import StoreCorrupt, StoreError
from headwater.store import engine, schema
from headwater.store.beside import made_beside
from headwater.store.copying import copy
from headwater.store.filesystem import flush_names, give_name, new_file, refuse_network
from headwater.store.location import file_of, files_of, first_of, is_postgres
from headwater.store.queries.build import plain
from headwater.store.sql import Plain
from headwater.store.store import Store
from headwater.store.ticket import exclusively

PATIENCE_S = 10.0
_MOMENTS: Final = plain("SELECT value FROM meta WHERE name IN ('now_ms', 'restored_ms')")
_RESTORED: Final = plain(
    "INSERT INTO meta (name, value) VALUES ('restored_ms', :at_ms) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


def restore(backup: Path, to: str | Path, *, clock: Clock | None = None) -> Path | None:
    """Make the store at `to` what the file `backup` holds; where the old one is now, if any.

    An existing file is set aside, not overwritten. Servers that have it open notice at their next
    call and ask to be restarted. A database must be empty. The moment is kept in the store: no
    lease that was given out since the backup is given out again.

    Raises:
        StoreError: the backup is no sound store, or `to` cannot be replaced; nothing was changed.
    """
    if not backup.is_file():
        raise StoreError(f"there is no backup at {backup}", next="check the path")
    _demand_sound(backup)
    clock = clock or SystemClock()
    if is_postgres(to):
        copy(backup, to)
        with Store.open(to) as store:
            store.write(lambda tx: tx.run(_RESTORED, at_ms=_moment(tx.all(_MOMENTS), clock)))
        return None
    path = file_of(to)
    if path.exists() and path.samefile(backup):
        raise StoreError("that is the store itself", next="name the backup that is to be restored")
    refuse_network(path)
    with made_beside(path) as fresh:
        os.close(new_file(fresh, path))
        with closing(engine.connect(engine.driver(), backup, busy_s=PATIENCE_S)) as connection:
            schema.back_up(connection, fresh)  # takes its time: who is killed here leaves the old
        _mark(fresh, clock)
        with exclusively(path, PATIENCE_S):
            aside = _set_aside(path) if first_of(path) else None
            give_name(fresh, path)
    return aside


def _mark(path: Path, clock: Clock) -> None:
    with closing(engine.connect(engine.driver(), path, busy_s=PATIENCE_S)) as connection:
        moments = connection.execute(_MOMENTS.sqlite.numbered).fetchall()
        connection.execute(_RESTORED.sqlite.numbered, (_moment(moments, clock),)).close()


def _moment(moments: list[Plain], clock: Clock) -> str:
    """Now, but after all that the store has seen, whatever the clock says."""
    return str(max([clock.wall_ms(), *(int(value) + 1000 for (value,) in moments)]))


def _demand_sound(backup: Path) -> None:
    driver = engine.driver()
    try:
        connection = engine.connect(driver, backup, busy_s=PATIENCE_S, query_only=True)
        try:
            schema.is_current(connection, backup)
            if schema.version_of(connection) is None:
                raise StoreError(f"{backup} is no store", next="name a backup of Headwater's")
            schema.demand_released(connection, backup)
            found = connection.execute("PRAGMA integrity_check").fetchall()
            is_of_now = schema.version_of(connection) == schema.HEAD
            strange = schema.strange(connection) if is_of_now else []
        finally:
            connection.close()
    except driver.error as error:
        typed = engine.translate(error, backup)
        if isinstance(typed, StoreCorrupt):
            typed = _damaged(backup, str(error))
        raise typed or error from error
    if found != [("ok",)]:
        raise _damaged(backup, found[0][0])
    if strange:
        raise StoreCorrupt(f"{backup} was changed: {strange[0]}", next="use another backup")


def _damaged(backup: Path, cause: str) -> StoreCorrupt:
    return StoreCorrupt(
        f"{backup} is damaged or is no backup ({cause}); the store stays as it is",
        next="name another backup; docs/history.md says how to save what is left of a damaged one",
    )


def _set_aside(path: Path) -> Path:
    """Rename the file together with its log, which belongs to it. A log that a file left behind
    when somebody moved it away goes, too: SQLite would take it for that of the next file."""
    if path.exists():
        _empty_log(path)
    number = 1
    while first_of(aside := path.with_name(f"{path.name}.before-restore-{number}")):
        number += 1
    _rename(path, aside)
    flush_names(path.parent)  # or the power goes, and the old log is found beside the new file
    return aside


def _empty_log(path: Path) -> None:
    """So that the file alone is the store, if one name is given and the power goes before the next.
    What is too damaged for that is set aside as it is."""
    driver = engine.driver()
    with suppress(driver.error), closing(engine.connect(driver, path, busy_s=PATIENCE_S)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _rename(path: Path, to: Path) -> None:
    for file, target in reversed(list(zip(files_of(path), files_of(to), strict=True))):
        if file.exists():
            file.rename(target)
