"""Commands about the store and its surroundings: import, doctor."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated

import typer

from headwater.cli.app import command
from headwater.cli.arguments import read_bytes
from headwater.cli.invocation import Invocation, answered
from headwater.cli.output import one_line, say, say_json, to_type
from headwater.errors import BadRequest, DuplicateKey


@command(
    "import",
    examples=(
        "headwater import PLAN.md --dry-run     # what would be read, and what left out",
        "headwater import PLAN.md",
        "headwater import PLAN.md --update      # again, after the file was changed",
    ),
)
def import_(
    run: Invocation,
    files: Annotated[list[str], typer.Argument(metavar="FILE")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, change nothing.")] = False,
    skip: Annotated[
        bool, typer.Option("--skip", help="Leave alone what the board has already.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Change what the board has already.")
    ] = False,
    into: Annotated[
        str, typer.Option(metavar="BOARD", help="The board; it is made if it is not there.")
    ] = "",
    tag: Annotated[
        str, typer.Option(metavar="TAG", help="Only this tag of a task-master file.")
    ] = "",
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Do not list what was kept, mapped or dropped.")
    ] = False,
) -> None:
    """Add a whole plan from files.

    An Agent Dispatch Manifest, task-master, beads, a Markdown checklist, WfFormat or Headwater
    JSON.
    """
    from headwater import formats
    from headwater.cli.render import sentences
    from headwater.verbs.importing import ImportReply, ImportRequest

    names = ["standard input" if file == "-" else file for file in files]
    if len(set(names)) != len(names):
        raise BadRequest("a file is named twice", next="name each file once")
    plan = formats.read(dict(zip(names, map(read_bytes, files), strict=True)), tag=tag)
    run = replace(run, board=into or run.board)
    if skip and update:
        raise BadRequest("--skip and --update say different things", next="give one of them")
    existing = "skip" if skip else "update" if update else "refuse"
    asked = ImportRequest(
        tasks=plan.tasks,
        existing=existing,
        says=list(plan.says),
        rules=plan.rules,
        dry_run=dry_run,
    )
    try:
        with run.rehearsed() if dry_run else run.opened(create=True) as board:
            reply = answered(board, asked, ImportReply)
    except DuplicateKey as error:
        error.next = "--update changes them to what the file says, --skip leaves them alone"
        raise
    if run.as_json:
        say_json(reply.as_dict() | {"report": asdict(plan.report)})
        return
    if not quiet:
        say(f"read as {plan.report.format}:")
        for line in plan.report.lines():
            say(f"  {one_line(line, 400)}")
    sentences.imported(reply, into)


@command("doctor")
def doctor(run: Invocation) -> None:
    """Check the store, its invariants, SQLite, leases and the hosts. Exit code 1 on a failure."""
    from headwater.cli.doctor import examine

    findings = examine(run)
    failed = any(finding.level == "FAIL" for finding in findings)
    if run.as_json:
        say_json(
            {
                "ok": not failed,
                "findings": [
                    {"level": f.level, "what": f.what, **({"do": f.remedy} if f.remedy else {})}
                    for f in findings
                ],
            }
        )
    else:
        for finding in findings:
            say(f"{finding.level:<5} {one_line(finding.what, 400)}")
            if finding.remedy:
                say(f"      -> {to_type(finding.remedy)}")
    if failed:
        raise typer.Exit(1)
