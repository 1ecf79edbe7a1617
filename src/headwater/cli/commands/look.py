"""Commands that only read: status, graph, history."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from headwater.cli.app import command
from headwater.cli.arguments import given
from headwater.cli.invocation import Invocation
from headwater.cli.output import console, one_line, say, say_json, to_file, warn
from headwater.cli.patience import Seconds, of_one_call, patience
from headwater.errors import BadRequest, UnknownTask, counted

Limit = Annotated[int | None, typer.Option(help="At most so many.", metavar="N")]
Since = Annotated[
    int | None, typer.Option(metavar="REVISION", help="Only what came after this revision.")
]
Cursor = Annotated[
    str, typer.Option(metavar="TEXT", help="The next page: what the one before ended with.")
]
TREE_TASKS = 2_000


@command("status")
def status(run: Invocation) -> None:
    """One screen: who works on what, what is next, what is stuck."""
    from headwater.cli.render.status import collect, nothing, show

    if run.is_missing and not run.db:  # as after `bootstrap`: nobody has called yet
        facts = nothing(run)
    else:
        with run.opened() as board:
            facts = collect(board, run)
    if run.as_json:
        say_json(facts)
    else:
        show(facts)


@command(
    "graph",
    examples=(
        "headwater graph                    # the whole plan as a tree",
        "headwater graph api                # what api needs, and what needs it",
        "headwater graph api --view task    # all about api: spec, delivery, attempts",
        "headwater graph --view search --query cookie   # in specs, deliveries, failures",
    ),
)
def graph(
    run: Invocation,
    task: Annotated[str, typer.Argument(metavar="TASK")] = "",
    mermaid: Annotated[bool, typer.Option("--mermaid", help="As Mermaid text.")] = False,
    view: Annotated[
        str,
        typer.Option(
            metavar="list|task|critical|stuck|agents|history|search|diff|deliveries|mermaid",
            help="Another view; critical is the longest chain left, deliveries is what to merge.",
        ),
    ] = "",
    artifact: Annotated[
        str, typer.Option(metavar="NAME", help="The text of an artifact of TASK.")
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write that text to this file.", metavar="FILE"),
    ] = None,
    state: Annotated[str, typer.Option(metavar="STATE", help="Only tasks in it.")] = "",
    query: Annotated[
        str,
        typer.Option(metavar="WORDS", help="Words of a title; with --view search of all texts."),
    ] = "",
    at: Annotated[int | None, typer.Option(help="A past revision.", metavar="REVISION")] = None,
    since: Since = None,
    wait: Seconds = 0,
    limit: Limit = None,
    cursor: Cursor = "",
) -> None:
    """The tasks as a tree, or another view. Of TASK: what it needs and what needs it."""
    from headwater.verbs.base import Reply
    from headwater.verbs.look import GraphRequest

    if output is not None:
        _keep(run, task, artifact, output)
        return
    picked = "mermaid" if mermaid else view
    filters = given(artifact=artifact, state=state, query=query, at=at, since=since, limit=limit,
                    cursor=cursor, wait=of_one_call(wait) or None)  # fmt: skip
    if not (picked or filters or run.as_json):
        _tree(run, task)
        return
    asked = GraphRequest.parse(given(view=picked, task=task) | filters)
    reply = run.call(asked, Reply, wait_s=patience(wait)).as_dict()
    if run.as_json:
        say_json(reply)
    elif picked == "mermaid":
        say(str(reply.get("mermaid", "")).rstrip("\n"))
    else:
        from headwater.cli.render.views import show

        show(reply)


def _keep(run: Invocation, task: str, artifact: str, output: Path) -> None:
    """An artifact as it was delivered, for who goes on with it."""
    from headwater.verbs.look import GraphReply, GraphRequest

    if not (task and artifact):
        raise BadRequest(
            "--output writes the text of an artifact",
            next="headwater graph TASK --artifact NAME --output FILE",
        )
    asked = GraphRequest.parse({"task": task, "artifact": artifact, "cursor": "all"})
    reply = run.call(asked, GraphReply)
    text = (reply.artifact or {}).get("text")
    if not isinstance(text, str):
        raise BadRequest(
            f"the artifact {one_line(artifact)} is no text on the board",
            next=f"headwater graph {task} --artifact {quote(artifact)} says where it is",
        )
    to_file(output, text)
    run.answer(reply, lambda _: say(f"wrote {one_line(str(output))}"))


@command("history")
def history(
    run: Invocation,
    since: Since = None,
    wait: Seconds = 0,
    limit: Limit = None,
    task: Annotated[str, typer.Option(metavar="KEY", help="Only of this task.")] = "",
    cursor: Cursor = "",
) -> None:
    """What happened, oldest first. Each event with revision, time, who, which task, and why.

    With --since and --wait, what happens next, as soon as it does."""
    from headwater.cli.render.views import show
    from headwater.verbs.base import Reply
    from headwater.verbs.look import GraphRequest

    asked = GraphRequest.parse(
        given(view="history", since=since, wait=of_one_call(wait), limit=limit, task=task,
              cursor=cursor)
    )  # fmt: skip
    reply = run.call(asked, Reply, wait_s=patience(wait))
    run.answer(reply, lambda reply: show(reply.as_dict()))


@command("diff")
def diff(
    run: Invocation,
    since: Annotated[int | None, typer.Argument(metavar="SINCE", help="A revision.")] = None,
    until: Annotated[int | None, typer.Argument(metavar="UNTIL", help="A later one; now.")] = None,
    wait: Seconds = 0,
) -> None:
    """What differs between two revisions. Without any: over the last 20.

    With SINCE and --wait, what differs then, as soon as anything does."""
    from headwater.cli.render.changes import gather, show
    from headwater.verbs.look import GraphRequest

    awaited = given(view="diff", since=since, at=until, wait=of_one_call(wait))
    with run.opened() as board:
        if wait:
            board.call(GraphRequest.parse(awaited), wait_s=patience(wait))
        found = gather(board, -1 if since is None else since, until or 0)
    if run.as_json:
        say_json(found)
    else:
        show(found)


def _tree(run: Invocation, centre: str) -> None:
    from rich.text import Text

    from headwater.cli.render import tree
    from headwater.operations.overview import around, picture
    from headwater.runner.conflicts import is_one

    with run.opened() as board:
        seen = board.store.read(
            lambda tx: around(tx, run.board, centre) if centre else picture(tx, run.board)
        )
    if seen is None:
        raise UnknownTask(f"no task {centre!r} on this board", next="headwater graph")
    if not seen.nodes:
        say("the board is empty")
        return
    out = console()
    drawn: set[str] = set()
    nodes, conflicts = (seen.nodes, []) if centre else tree.fold(seen.nodes, seen.links, is_one)

    def line(branch: tree.Branch, lead: str, mark: str) -> None:
        drawn.add(branch.task.key)
        if len(drawn) <= TREE_TASKS:
            style = tree.STYLES.get(branch.task.state, "")
            text = Text(lead, "dim").append(one_line(f"{mark} {branch.task.key}"), style)
            rest = tree.label(branch)
            out.print(text.append(f"  {rest}" if rest else "", ""), soft_wrap=True)

    tree.draw(tree.grow(nodes, seen.links, seen.outside), line)
    if conflicts:
        out.print(Text(one_line(tree.folded_line(conflicts)), tree.STYLES["done"]), soft_wrap=True)
    hidden = max(len(drawn) - TREE_TASKS, 0) + (0 if centre else seen.left_out)
    if hidden:
        warn(f"{counted(hidden, 'more task')}; `headwater graph TASK` shows one's surroundings")
