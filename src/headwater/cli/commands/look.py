"""Commands that only read: status, graph, history."""

from __future__ import annotations

from typing import Annotated

import typer

from headwater.cli.app import command
from headwater.cli.arguments import given
from headwater.cli.commands.plan import Word
from headwater.cli.invocation import Invocation
from headwater.cli.output import console, say, say_json, warn
from headwater.errors import UnknownTask

Limit = Annotated[int | None, typer.Option(help="At most so many.", metavar="N")]
Revision = Annotated[int, typer.Option(metavar="REVISION")]
TREE_TASKS = 2_000


@command("status")
def status(run: Invocation) -> None:
    """One screen: counts, who works on what, what is next, what is stuck."""
    from headwater.cli.render.status import collect, show

    with run.opened() as board:
        facts = collect(board, run)
    if run.as_json:
        say_json(facts)
    else:
        show(facts)


@command("graph")
def graph(
    run: Invocation,
    task: Annotated[str, typer.Argument(metavar="[TASK]")] = "",
    mermaid: Annotated[bool, typer.Option("--mermaid", help="As Mermaid text.")] = False,
    view: Annotated[
        str, typer.Option(metavar="list|task|critical|stuck|agents|history|search|diff|mermaid")
    ] = "",
    artifact: Word = "",
    state: Word = "",
    query: Word = "",
    at: Annotated[int, typer.Option(help="A past revision.", metavar="REVISION")] = 0,
    since: Revision = 0,
    limit: Limit = None,
    cursor: Word = "",
) -> None:
    """The tasks as a tree (of TASK: what it needs and what needs it), or another view."""
    from headwater.verbs.base import Reply
    from headwater.verbs.look import GraphRequest

    picked = "mermaid" if mermaid else view
    filters = given(artifact=artifact, state=state, query=query, at=at, since=since, limit=limit,
                    cursor=cursor)  # fmt: skip
    if not (picked or filters or run.as_json):
        _tree(run, task)
        return
    asked = GraphRequest.parse(given(view=picked, task=task) | filters)
    reply = run.call(asked, Reply)
    if run.as_json:
        say_json(reply.as_dict())
    elif picked == "mermaid":
        say(str(reply.as_dict().get("mermaid", "")).rstrip("\n"))
    else:
        from headwater.cli.render.views import show

        show(reply.as_dict())


@command("history")
def history(
    run: Invocation,
    since: Revision = 0,
    limit: Limit = None,
    task: Word = "",
    cursor: Word = "",
) -> None:
    """What happened, oldest first: revision, time, who, what, to which task, why."""
    from headwater.cli.render.views import show
    from headwater.verbs.base import Reply
    from headwater.verbs.look import GraphRequest

    asked = GraphRequest.parse(
        given(view="history", since=since, limit=limit, task=task, cursor=cursor)
    )
    reply = run.call(asked, Reply)
    if run.as_json:
        say_json(reply.as_dict())
    else:
        show(reply.as_dict())


@command("diff")
def diff(
    run: Invocation,
    since: Annotated[int, typer.Argument(metavar="[SINCE]", help="A revision.")] = -1,
    until: Annotated[int, typer.Argument(metavar="[UNTIL]", help="A later one; now.")] = 0,
) -> None:
    """What is different between two revisions; without any, over the last 20."""
    from headwater.cli.render.changes import gather, show

    with run.opened() as board:
        found = gather(board, since, until)
    if run.as_json:
        say_json(found)
    else:
        show(found)


def _tree(run: Invocation, centre: str) -> None:
    from rich.text import Text

    from headwater.cli.render import tree
    from headwater.operations.overview import picture

    with run.opened() as board:
        seen = board.store.read(lambda tx: picture(tx, run.board))
    keys = {node.id: node.key for node in seen.nodes}
    edges = [
        (keys[link.task_id], keys[link.upstream_id])
        for link in seen.links
        if link.kind in ("hard", "part") and link.task_id in keys and link.upstream_id in keys
    ]
    if centre and centre not in keys.values():
        raise UnknownTask(f"no task {centre!r} on this board", next="headwater graph")
    keep = tree.narrow(edges, centre) if centre else set(keys.values())
    leaves = [
        tree.Leaf(node.key, node.title, node.state, node.holder or "")
        for node in seen.nodes
        if node.key in keep
    ]
    if not leaves:
        say("the board is empty")
        return
    out = console()
    room = TREE_TASKS

    def line(branch: tree.Branch, lead: str, mark: str) -> None:
        nonlocal room
        room -= 1
        if room >= 0:
            style = tree.STYLES.get(branch.task.state, "")
            text = Text(lead, "dim").append(f"{mark} {branch.task.key}", style)
            rest = tree.label(branch)
            out.print(text.append(f"  {rest}" if rest else "", ""), soft_wrap=True)

    tree.draw(tree.grow(leaves, edges), line)
    if room < 0:
        warn(f"{-room} more tasks; `headwater graph TASK` shows one's surroundings")
