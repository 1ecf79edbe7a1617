"""Commands that shape the plan: add, split, edit, rework, cancel."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from headwater.cli.app import command
from headwater.cli.arguments import contracts, given, known_lease, names, read_tasks
from headwater.cli.diff import touched
from headwater.cli.invocation import Invocation
from headwater.cli.options import Reason, Repeat, Task
from headwater.cli.render import sentences
from headwater.errors import BadRequest

Needs = Annotated[list[str], typer.Option(metavar="KEY,...", help="What must be done first.")]
Soft = Annotated[
    list[str], typer.Option(metavar="KEY,...", help="What helps if it is done, and never blocks.")
]
Candidates = Annotated[
    list[str], typer.Option(metavar="KEY,...", help="What it perhaps needs: soft until confirmed.")
]
Before = Annotated[
    list[str], typer.Option(metavar="KEY,...", help="Tasks that shall need this one.")
]
Supersedes = Annotated[
    str, typer.Option(metavar="KEY", help="The task in whose place this one stands.")
]
Expect = Annotated[
    list[str], typer.Option(metavar="UPSTREAM=TEXT", help="What this task needs from UPSTREAM.")
]
Promise = Annotated[
    list[str], typer.Option(metavar="UPSTREAM=TEXT", help="What UPSTREAM must deliver to it.")
]
Lines = Annotated[
    list[str], typer.Option(metavar="TEXT", help="What shows that it is done. Repeatable.")
]
Lease = Annotated[str, typer.Option(help="Your lease on the task.", metavar="LEASE")]
OwnLease = Annotated[
    str,
    typer.Option(help="Yours on the task; else the one that you hold on it.", metavar="LEASE"),
]
Version = Annotated[
    int | None, typer.Option(help="Refuse if the task has changed since.", metavar="N")
]
Title = Annotated[str, typer.Option(metavar="TEXT", help="One line, for lists.")]
Priority = Annotated[int | None, typer.Option(metavar="N", help="Higher is sooner, -100 to 100.")]
Minutes = Annotated[
    float | None, typer.Option(metavar="MINUTES", help="How long it may take; orders the queue.")
]
Group = Annotated[
    str, typer.Option(metavar="NAME", help="A set of tasks, perhaps with its own budget.")
]
Base = Annotated[
    str,
    typer.Option(
        "--paths-from-diff", help="Also what differs from BASE: a branch, or HEAD.", metavar="BASE"
    ),
]
File = Annotated[
    str,
    typer.Option(
        "--file",
        metavar="FILE",
        help="JSON list of tasks (see headwater guide plan); - is standard input.",
    ),
]


@command(
    "add",
    examples=(
        "headwater add design --title 'Decide how the parts talk'",
        "headwater add api --needs design --spec 'Serve orders' --paths 'src/api/**'",
        "headwater add --file tasks.json        # or - to read them from a pipe",
    ),
)
def add(
    run: Invocation,
    key: Annotated[str, typer.Argument(metavar="KEY")] = "",
    title: Title = "",
    spec: Annotated[
        str, typer.Option(metavar="TEXT", help="All that its worker has to know.")
    ] = "",
    acceptance: Lines = [],
    needs: Needs = [],
    soft: Soft = [],
    candidates: Candidates = [],
    before: Before = [],
    supersedes: Supersedes = "",
    expect: Expect = [],
    promise: Promise = [],
    priority: Priority = None,
    estimate: Minutes = None,
    capabilities: Annotated[
        list[str], typer.Option(metavar="NAME,...", help="What its worker must be able to do.")
    ] = [],
    paths: Annotated[
        list[str], typer.Option(metavar="PATH,...", help="Files it will touch, such as src/**.")
    ] = [],
    paths_from_diff: Base = "",
    review: Annotated[
        bool, typer.Option("--review", help="Another agent must approve it.")
    ] = False,
    attempts: Annotated[
        int | None, typer.Option(metavar="N", help="How often it may fail; 3 if not given.")
    ] = None,
    group: Group = "",
    reuse: Annotated[
        str,
        typer.Option(metavar="exact|normalised", help="Finish it at once from an equal task."),
    ] = "",
    file: File = "",
    request: Repeat = "",
) -> None:
    """Add one task (KEY and options) or many (--file)."""
    from headwater.verbs.plan import AddReply, AddRequest

    if bool(key) == bool(file):
        raise BadRequest("name one task, or give --file", next="headwater add KEY --title ...")
    one: dict[str, Any] = given(
        key=key, title=title, spec=spec, acceptance=list(acceptance), needs=names(needs),
        soft=names(soft), candidates=names(candidates), before=names(before), supersedes=supersedes,
        contracts=contracts(expect, promise), priority=priority, estimate=estimate,
        capabilities=names(capabilities), paths=touched(names(paths), paths_from_diff),
        review=review, attempts=attempts, group=group,
    )  # fmt: skip
    asked = given(tasks=read_tasks(file) if file else [one], reuse=reuse, request=request)
    run.answer(run.call_as_planner(AddRequest, asked, AddReply, create=True), sentences.added)


@command(
    "split",
    examples=(
        "headwater split api orders payments    # both need what api needed",
        "headwater split api --file parts.json  # with specs and needs of their own",
    ),
)
def split(
    run: Invocation,
    task: Task,
    into: Annotated[list[str] | None, typer.Argument(metavar="CHILD")] = None,
    file: File = "",
    lease: OwnLease = "",
    reason: Reason = "",
    expect_version: Version = None,
    request: Repeat = "",
) -> None:
    """Split TASK into children. They are keys, or full tasks with needs of their own (--file)."""
    from headwater.verbs.plan import SplitReply, SplitRequest

    children: list[Any] = read_tasks(file) if file else [{"key": key} for key in into or []]
    asked = given(
        task=task, lease=lease or known_lease(task), reason=reason, expect_version=expect_version,
        request=request,
    ) | {"into": children}  # fmt: skip
    run.answer(
        run.call_as_planner(SplitRequest, asked, SplitReply, of_holder=task), sentences.split
    )


@command("edit")
def edit(
    run: Invocation,
    task: Task,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="One line, for lists.")] = None,
    spec: Annotated[
        str | None, typer.Option(metavar="TEXT", help="All that its worker has to know.")
    ] = None,
    acceptance: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="The whole list anew. Repeatable."),
    ] = None,
    priority: Priority = None,
    estimate: Minutes = None,
    capabilities: Annotated[
        list[str] | None, typer.Option(metavar="NAME,...", help="The whole list anew.")
    ] = None,
    paths: Annotated[
        list[str] | None, typer.Option(metavar="PATH,...", help="The whole list anew.")
    ] = None,
    add_spec: Annotated[
        str, typer.Option(metavar="TEXT", help="A paragraph at the end of the spec.")
    ] = "",
    add_acceptance: Annotated[
        list[str], typer.Option(metavar="TEXT", help="One more. Repeatable.")
    ] = [],
    add_paths: Annotated[list[str], typer.Option(metavar="PATH,...", help="More of them.")] = [],
    paths_from_diff: Base = "",
    review: Annotated[
        bool | None, typer.Option("--review/--no-review", help="Must another agent approve it?")
    ] = None,
    attempts: Annotated[
        int | None, typer.Option(metavar="N", help="How often it may fail.")
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A set of tasks, perhaps with its own budget."),
    ] = None,
    add_needs: Needs = [],
    add_soft: Soft = [],
    drop_needs: Annotated[
        list[str], typer.Option(metavar="KEY,...", help="What it does not need, hard or soft.")
    ] = [],
    expect: Expect = [],
    promise: Promise = [],
    lease: OwnLease = "",
    reason: Reason = "",
    expect_version: Version = None,
) -> None:
    """Change fields, edges or contracts of TASK. An empty text clears a field."""
    from headwater.verbs.plan import EditReply, EditRequest

    fields: dict[str, Any] = {
        "title": title, "spec": spec, "acceptance": acceptance, "priority": priority,
        "estimate": estimate, "review": review, "attempts": attempts, "group": group,
        "capabilities": None if capabilities is None else names(capabilities),
        "paths": None
        if paths is None and not paths_from_diff
        else touched(names(paths or []), paths_from_diff),
    }  # fmt: skip
    more = given(spec=add_spec, acceptance=list(add_acceptance), paths=names(add_paths))
    asked = given(
        task=task, append=more, add_needs=names(add_needs), add_soft=names(add_soft),
        drop_needs=names(drop_needs), contracts=contracts(expect, promise),
        lease=lease or known_lease(task), reason=reason, expect_version=expect_version,
    ) | {"set": {name: value for name, value in fields.items() if value is not None}}  # fmt: skip
    run.answer(run.call_as_planner(EditRequest, asked, EditReply, of_holder=task), sentences.edited)


@command(
    "rework",
    examples=("headwater rework design 'A cookie does not work in the app: use a token'",),
)
def rework(
    run: Invocation,
    task: Task,
    feedback: Annotated[str, typer.Argument(metavar="FEEDBACK")],
    lease: Lease = "",
    consumers: Annotated[
        str, typer.Option(metavar="changed|all|none", help="Who looks at the new result again.")
    ] = "changed",
    add_needs: Needs = [],
    reason: Reason = "",
    expect_version: Version = None,
) -> None:
    """Open a new round of TASK with FEEDBACK."""
    from headwater.verbs.plan import ReworkReply, ReworkRequest

    asked = given(
        task=task, feedback=feedback, lease=lease, consumers=consumers, add_needs=names(add_needs),
        reason=reason, expect_version=expect_version,
    )  # fmt: skip
    run.answer(run.call_as_planner(ReworkRequest, asked, ReworkReply), sentences.reworked)


@command("cancel")
def cancel(
    run: Invocation,
    tasks: Annotated[list[str], typer.Argument(metavar="TASK")],
    dependents: Annotated[
        str, typer.Option(metavar="refuse|cancel|release", help="What becomes of what needs them.")
    ] = "refuse",
    reason: Reason = "",
    expect_version: Version = None,
) -> None:
    """Cancel tasks. --dependents says what becomes of those that need them."""
    from headwater.verbs.plan import CancelReply, CancelRequest

    asked = given(
        tasks=names(tasks), dependents=dependents, reason=reason, expect_version=expect_version
    )
    run.answer(run.call_as_planner(CancelRequest, asked, CancelReply), sentences.cancelled)
