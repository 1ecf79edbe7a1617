"""Commands that keep a store sound and small: verify, archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headwater.cli.app import command
from headwater.cli.invocation import Invocation
from headwater.cli.output import one_line, say, say_json, say_next, warn
from headwater.errors import BadRequest, counted

if TYPE_CHECKING:
    from headwater.verbs.keeping import Archived, Repaired

SHOWN = 50


@command("verify")
def verify(
    run: Invocation,
    archive: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Check this archive file, too.")
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Rebuild from the log what is wrong.")
    ] = False,
) -> None:
    """Replay the log and compute again all that is derived from it. Exit code 1 on a problem."""
    if repair and archive:
        raise BadRequest("an archive file is not repaired", next="leave --archive or --repair out")
    with run.opened() as board:
        if repair:
            done = board.repair()
            run.answer(done, _say_repaired)
            if done.left:
                raise typer.Exit(1)
            return
        problems = board.verify()
        index = board.verify_index()
        files = board.verify_archive(*archive) if archive else []
        revision = board.revision()
    found = [*problems, *index, *files]
    if run.as_json:
        say_json(
            {"ok": not found, "revision": revision, "problems": problems, "index": index,
             "archive": files}
        )  # fmt: skip
    elif found:
        for problem in found[:SHOWN]:
            say(one_line(problem, 400))
        if len(found) > SHOWN:
            say(f"and {len(found) - SHOWN} more (--json lists them all)")
        if problems or index:
            say_next("stop the agents, then headwater verify --repair", warn)
    else:
        checked = ", and the archive files given hold what they held" if archive else ""
        say(f"sound at revision {revision}: the log replays to the tables{checked}")
    if found:
        raise typer.Exit(1)


def _say_repaired(done: Repaired) -> None:
    if done.backup is None:
        say("there is nothing to repair")
        return
    say(f"backup: {done.backup}")
    for problem in done.problems[:SHOWN]:
        say(f"was: {one_line(problem, 400)}")
    say(f"repaired: {counted(done.repaired, 'row')}, at revision {done.revision}")
    for problem in done.left[:SHOWN]:
        say(f"left: {one_line(problem, 400)}")
    if done.left:
        say_next(
            "nothing can make that from the log; the board works without it. For a store that is "
            "whole: headwater restore a backup, or headwater export -o PLAN, and import that into "
            "a new one"
        )


@command("archive")
def archive(
    run: Invocation,
    before: Annotated[
        int, typer.Option(metavar="REVISION", help="Move what happened before it.")
    ] = 0,
    older_than: Annotated[
        float | None, typer.Option(metavar="DAYS", help="Move what is older than that.")
    ] = None,
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="Else beside the store.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be moved.")
    ] = False,
) -> None:
    """Move old history into a file of JSON lines. What is left is shown exactly as before."""
    with run.opened() as board:
        done = board.archive(before=before, older_than_days=older_than, to=to, dry_run=dry_run)
    run.answer(done, _say_archived)


def _say_archived(done: Archived) -> None:
    verb = "would move" if done.dry_run else "moved"
    say(f"{verb} revisions {done.first} to {done.until} to {done.file}")
    say(
        f"{counted(done.events, 'event')} and {counted(done.images, 'image')} of tasks "
        "that newer ones had replaced"
    )
    if not done.dry_run:
        say(f"revision {done.until} is the oldest that graph can show now")
        say(f"head: {done.head}")
    say_next(done.next)
