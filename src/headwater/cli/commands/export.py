"""The command that writes a board down: as a plan, as a picture, as files, as a task's bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headwater.cli.app import command
from headwater.cli.invocation import Invocation
from headwater.cli.output import one_line, say, say_json, say_whole, to_file, warn
from headwater.errors import BadRequest

if TYPE_CHECKING:
    from headwater.board import Board
    from headwater.formats.report import Report

PLANS = ("json", "adm", "beads")
PICTURES = ("mermaid", "dot", "svg", "html")


@command(
    "export",
    examples=(
        "headwater export -o plan.json                # to import elsewhere",
        "headwater export --format html -o plan.html  # a page to show",
        "headwater export --to board --watch          # Markdown files, kept current",
    ),
)
def export(
    run: Invocation,
    format: Annotated[
        str,
        typer.Option(
            metavar="|".join((*PLANS, *PICTURES)), help="What to write; json if not given."
        ),
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Else, and for -, standard output."),
    ] = None,
    task: Annotated[
        str, typer.Option(metavar="KEY", help="The handoff bundle of this task, in Markdown.")
    ] = "",
    to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The board as files in this directory.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="With --to: keep the files current.")
    ] = False,
) -> None:
    """Write the board as a plan, a picture or files. Or the handoff bundle of a task."""
    if sum(map(bool, (format, task, to))) > 1 or (to and output):
        raise BadRequest("--format, --task and --to are different things", next="give one of them")
    if watch and to is None:
        raise BadRequest("--watch keeps a directory current", next="name it: --to DIR")
    if to is not None:
        _keep_files(run, to, watch=watch)
        return
    if output is not None and str(output) == "-":
        output = None
    with run.opened() as board:
        if task:
            from headwater.formats.bundle import bundle

            text, report = bundle(board, task), None
        else:
            text, report = _drawn(run, board, format or "json")
    _hand_out(run, text, report, output)


def _keep_files(run: Invocation, folder: Path, *, watch: bool) -> None:
    from headwater.formats.board_files import BoardFiles

    def tell(changed: list[str]) -> None:
        if run.as_json:
            say_json({"directory": str(folder), "changed": changed})
        elif changed:
            more = f" and {len(changed) - 8} more" if len(changed) > 8 else ""
            say(f"wrote {', '.join(changed[:8])}{more} in {one_line(str(folder))}")

    with run.opened() as board:
        files = BoardFiles(board, folder)
        if watch:
            files.watch(tell)
        else:
            tell(files.write())


def _drawn(run: Invocation, board: Board, format: str) -> tuple[str, Report | None]:
    if format in PLANS:
        return _plan(run, board, format)
    from headwater.formats import pictures
    from headwater.operations.overview import picture

    ways: Mapping[str, Callable[[], str]] = {
        "mermaid": lambda: pictures.as_mermaid(seen),
        "dot": lambda: pictures.as_dot(seen, run.board),
        "svg": lambda: pictures.as_svg(seen, run.board),
        "html": lambda: pictures.as_html(seen, run.board),
    }
    if format not in ways:
        raise BadRequest(
            f"there is no format {one_line(format, 40)!r}",
            next=f"formats: {', '.join((*PLANS, *PICTURES))}",
        )
    seen = board.store.read(lambda tx: picture(tx, run.board))
    if seen.left_out:
        warn(f"only the first {len(seen.nodes)} tasks are drawn, and {seen.left_out} are not")
    return ways[format](), None


def _plan(run: Invocation, board: Board, format: str) -> tuple[str, Report]:
    from headwater.formats import adm, beads_write, headwater_json
    from headwater.formats.report import Report

    plan = board.plan()
    report = Report(format, mapped=plan.mapped, dropped=plan.dropped)
    if format == "json":
        return headwater_json.write(plan.tasks, plan.rules), report
    if plan.rules:
        report.drop("what holds for all tasks", "rules")
    if format == "adm":
        return adm.write(run.board, plan.tasks, report), report
    return beads_write.write(plan.tasks, plan.times, report), report


def _hand_out(run: Invocation, text: str, report: Report | None, output: Path | None) -> None:
    """To a file, which is replaced at once, or to standard output; the report goes beside it."""
    lines = report.lines() if report else []
    if output is not None:
        to_file(output, text)
    if run.as_json:
        where = {"file": str(output)} if output else {"content": text}
        say_json(where | {"report": lines})
        return
    if output is None:
        say_whole(text)
    else:
        say(f"wrote {one_line(str(output))}")
    for line in lines:
        warn(one_line(line, 400))
