"""The command that proposes tasks from a repository."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headwater import limits
from headwater.cli.app import command
from headwater.cli.arguments import given, read_bytes
from headwater.cli.invocation import Invocation
from headwater.cli.output import one_line, say, say_next, say_whole, warn
from headwater.errors import BadRequest, LimitExceeded, counted

if TYPE_CHECKING:
    from headwater.formats.intake.outcome import Outcome
    from headwater.formats.plan import Plan

FILES = 50_000


@command("intake")
def intake(
    run: Invocation,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A git repository.")] = Path(),
    apply: Annotated[
        bool, typer.Option("--apply", help="Add what the board has not, after a question.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --apply: do not ask.")] = False,
    failing: Annotated[
        list[str], typer.Option(metavar="JOB", help="A CI job that fails; others are left out.")
    ] = [],
    results: Annotated[
        list[str],
        typer.Option(metavar="FILE", help="What failed: gh's or GitLab's jobs as JSON, JUnit XML."),
    ] = [],
) -> None:
    """Propose tasks from a repository. From its checklists, TODO comments and CI jobs, as JSON.

    With --failing or --results only those CI jobs are proposed that failed, and what needs them;
    and the tests that failed.
    """
    from headwater.formats import headwater_json, intake

    if apply and not yes and (run.as_json or "-" in results):
        why = "--json" if run.as_json else "the results on standard input"
        raise BadRequest(f"with {why} nothing is asked, and nothing was added", next="add --yes")
    texts = _texts(folder, intake.FILE_BYTES)
    plan = intake.propose(texts, _outcome(failing, results))
    _demand_known(failing, texts, plan)
    if not plan.tasks:
        raise BadRequest(
            f"nothing to propose in {one_line(str(folder))}",
            next="it has no open checklist items, no TODO or FIXME comments and no CI jobs to mend",
        )
    if not apply:
        say_whole(headwater_json.write(plan.tasks))
        for line in plan.report.lines():
            warn(one_line(line, 400))
        say_next("edit this, confirm its candidates, then headwater import FILE", warn)
        return
    if not yes:
        for task in plan.tasks[:20]:
            warn(one_line(f"  {task.key}  {task.title}"))
        if (more := len(plan.tasks) - 20) > 0:
            warn(f"  and {more} more")
        typer.confirm(
            f"Add {counted(len(plan.tasks), 'task')} to board {run.board}?", abort=True, err=True
        )
    _add(run, plan)


def _outcome(failing: list[str], results: list[str]) -> Outcome:
    """What is known to have failed."""
    from headwater.formats.intake.outcome import Failure, Outcome, read

    try:
        "".join(failing).encode()
    except UnicodeEncodeError:  # bytes of the command line that are none of a text
        bad = BadRequest("--failing: the name is no text", next="name jobs as CI shows them")
        raise bad from None
    outcome = Outcome(jobs=[Failure(name) for name in failing] if failing else None)
    for name in results:
        outcome.add(read(name, read_bytes(name).decode("utf-8-sig", "replace")))
    return outcome


def _demand_known(failing: list[str], texts: dict[str, str], plan: Plan) -> None:
    """A person who names a job means one of the configuration, where there is one.

    Raises:
        BadRequest: it is not there.
    """
    from headwater.formats.intake import ci

    known = [job for path, text in texts.items() for job in ci.jobs(path, text) or ()]
    unknown = set(failing) & set(plan.report.mapped.get(ci.FOREIGN, ()))
    if known and unknown:
        raise BadRequest(
            f"there is no CI job {one_line(', '.join(sorted(unknown)))}",
            next=f"jobs: {one_line(', '.join(known), 400)}",
        )


def _add(run: Invocation, plan: Plan) -> None:
    from headwater.cli.render import sentences
    from headwater.verbs.importing import ImportReply, ImportRequest

    if len(plan.tasks) > limits.TASKS_PER_IMPORT:
        raise LimitExceeded(f"{len(plan.tasks)} proposals", next="take a smaller directory")
    asked = ImportRequest(**given(tasks=plan.tasks, existing="skip"))

    def show(reply: ImportReply) -> None:
        sentences.imported(reply)
        say("candidates are unconfirmed: headwater edit KEY --add-needs UPSTREAM, or --drop-needs")

    run.answer(run.call(asked, ImportReply, create=True), show)


def _texts(folder: Path, most: int) -> dict[str, str]:
    """The repository's own files in `folder` that are text and not huge, by their path in the
    repository. One whose name is not UTF-8 is not found: it could be no path of a task.

    Raises:
        BadRequest: it is no git repository.
    """
    prefix = _git(folder, "rev-parse", "--show-prefix").rstrip("\n")
    listed = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = sorted(set(filter(None, listed.split("\0"))))
    if len(names) > FILES:
        warn(f"only the first {FILES} of {len(names)} files are looked at; DIR names a part")
    found: dict[str, str] = {}
    for name in names[:FILES]:
        path = folder / name
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > most:
                continue
            content = path.read_bytes()
        except OSError as error:
            warn(f"left out: {one_line(name)}: {error.strerror}")
            continue
        if b"\0" not in content:
            found[prefix + name] = content.decode("utf-8-sig", "replace")
    return found


def _git(folder: Path, *arguments: str) -> str:
    try:
        return subprocess.run(  # noqa: S603 - nothing in it is from outside
            ["git", *arguments],  # noqa: S607
            cwd=folder,
            capture_output=True,
            check=True,
        ).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.CalledProcessError) as error:
        raise BadRequest(
            f"{one_line(str(folder))} is no git repository", next="headwater intake DIR"
        ) from error
