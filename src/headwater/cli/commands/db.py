"""Commands about the store as a whole: db upgrade, db copy, backup, restore."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from headwater.cli.app import app, command
from headwater.cli.invocation import Invocation
from headwater.cli.output import say, say_json, warn
from headwater.cli.render.sentences import seconds
from headwater.errors import counted

group = typer.Typer(name="db", help="The database behind the boards.")
app.add_typer(group)


@command("upgrade", group=group)
def upgrade(run: Invocation) -> None:
    """Make or upgrade the tables, as a PostgreSQL database needs it. A file does so by itself."""
    from headwater.store.location import file_of, is_postgres
    from headwater.store.schema import HEAD, version_at
    from headwater.store.store import Store

    if is_postgres(run.location):
        from headwater.store.postgres.store import PostgresStore

        before, after = PostgresStore.upgrade(str(run.location))
    else:
        before, after = version_at(file_of(run.location)), HEAD
        Store.open(run.location).close()
    if run.as_json:
        say_json({"store": run.shown, "before": before, "schema": after})
    elif before == after:
        say(f"{run.shown} has schema {after}: nothing to do")
    else:
        say(f"{run.shown}: from {before or 'nothing'} to schema {after}")


@command("copy", group=group)
def copy(
    run: Invocation,
    source: Annotated[str, typer.Argument(metavar="FROM")],
    target: Annotated[str, typer.Argument(metavar="TO")],
) -> None:
    """Copy a whole store to a new file or an empty database. TO is a path, or postgresql://..."""
    from headwater.store.copying import copy
    from headwater.store.location import shown

    def tell(table: str, done: int, every: int) -> None:
        if not run.as_json and (done == every or done % 20_000 == 0):
            warn(f"{table}: {done} of {counted(every, 'row')}")

    rows = copy(source, target, tell)
    if run.as_json:
        say_json({"from": shown(source), "to": shown(target), "rows": rows})
    else:
        say(
            f"{counted(rows, 'row')} copied to {shown(target)}, and compared. "
            "Point every agent there now:"
        )
        say(f"  the old store at {shown(source)} is still there, and must not be written any more")


@command("backup")
def backup(run: Invocation, to: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Write a consistent copy of the store to a new file. Agents go on meanwhile."""
    from headwater.store.store import Store

    with Store.open(run.location, create=False) as store:
        store.backup(to)
    if run.as_json:
        say_json({"store": run.shown, "backup": str(to), "bytes": to.stat().st_size})
    else:
        size = f"{to.stat().st_size / 1_000_000:.1f} MB"
        say(f"{to}: {size}; headwater restore {quote(str(to))} brings it back")


@command("restore")
def restore(run: Invocation, backup: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Put a backup in the place of the store. The old file is set aside."""
    from headwater.operations import restored
    from headwater.store.restoring import restore
    from headwater.store.store import Store

    aside = restore(backup, run.location)
    with Store.open(run.location, create=False) as store:
        boards = restored.tell(store)
        now_ms = store.read(lambda tx: tx.now_ms)
    if run.as_json:
        ends = [asdict(one) for one in boards]
        said = {"store": run.shown, "restored": str(backup), "aside": str(aside or "")}
        say_json({**said, "boards": ends})
        return
    say(f"{run.shown} is what {backup} holds; restart the servers that use it")
    for one in boards:
        ago = f", {seconds((now_ms - one.last_call_ms) / 1000)} ago" if one.last_call_ms else ""
        say(f"  board {one.board} ends at revision {one.revision}{ago}; its agents are told")
    if aside is not None:
        say(f"  what was there before is at {aside}")
