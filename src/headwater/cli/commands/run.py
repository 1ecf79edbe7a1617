"""Commands that run agents: run, worktrees."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headwater.cli.app import command
from headwater.cli.arguments import given, read_bytes
from headwater.cli.invocation import Invocation
from headwater.cli.output import one_line, say, say_error, say_json, say_next, warn
from headwater.errors import BadRequest, HeadwaterError, StoreError, counted

if TYPE_CHECKING:
    from headwater.formats.plan import Plan
    from headwater.runner.order import Order
    from headwater.runner.presets import Preset

_USAGE = 2
_GO_ON = "headwater run --resume goes on"


@command(
    "run",
    examples=(
        "headwater run plan.json --dry-run                 # waves, critical path, cost",
        "headwater run plan.json --agents 4 --agent claude",
        "headwater run plan.json --agents 4 -- ./my-agent.sh",
        "headwater run --resume                            # after a stop or a crash",
    ),
)
def run(
    run: Invocation,
    plan: Annotated[str, typer.Argument(metavar="PLAN")] = "",
    arguments: Annotated[list[str] | None, typer.Argument(metavar="-- COMMAND")] = None,
    agents: Annotated[
        int, typer.Option(min=0, max=64, help="Workers side by side; 1 if not given.")
    ] = 0,
    split: Annotated[
        int, typer.Option(min=0, metavar="K", help="Two workers: batches 1..K, and the rest.")
    ] = 0,
    base: Annotated[
        str,
        typer.Option(metavar="REF", help="Start from and merge into it, not the current branch."),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would take.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep merged worktrees.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the board's run.")] = False,
) -> None:
    """Work PLAN with agents in git worktrees, and merge the results.

    COMMAND is run for each task, with the briefing on standard input. --agent
    claude|codex|gemini|opencode stands for a command. What is accepted is merged. Exit code 0: all
    done and merged; 1: not; 2: it could not start.
    """
    from headwater.cli.render.forecast import show_forecast
    from headwater.runner.git_command import GitError

    if agents and split:
        raise typer.BadParameter("--agents and --split exclude each other")
    if not plan and not resume:
        raise typer.BadParameter("name a plan, or --resume")
    if plan and resume:
        raise typer.BadParameter(
            "--resume takes the board's run as it is; PLAN -- COMMAND goes on with another command"
        )
    try:
        read = _read(plan, split) if plan else None
        if dry_run:
            show_forecast(run, read, agents, split)
            return
        order = _order(run, plan, read, arguments or [], agents=agents, split=split, base=base,
                       keep=keep)  # fmt: skip
    except (BadRequest, GitError) as error:
        raise _cannot_start(run, error) from error
    raise typer.Exit(_work(run, order, read.report.losses() if read else []))


def _work(run: Invocation, order: Order, dropped: list[str]) -> int:
    from headwater.cli.render.run import progress
    from headwater.runner.events import Event
    from headwater.runner.run import Run

    with ExitStack() as stack:
        try:
            board = stack.enter_context(run.opened(create=bool(order.tasks), says_new=False))
            emit = stack.enter_context(progress(run, board))
            for line in dropped:
                emit(Event("dropped", text=line))
            prepared = Run(board, str(run.location), Path.cwd(), order, emit)
        except (BadRequest, StoreError) as error:
            raise _cannot_start(run, error) from error
        ended = prepared.run()
    if ended.ok and not ended.interrupted:
        return 0
    if not run.as_json:
        say_next(
            _GO_ON if ended.interrupted else f"headwater status says what to do; then {_GO_ON}",
            warn,
        )
    return 1


def _cannot_start(run: Invocation, error: HeadwaterError) -> typer.Exit:
    say_error(error, as_json=run.as_json)
    return typer.Exit(_USAGE)


def _read(plan: str, split: int) -> Plan:
    """What a file says. What only the order of batches makes wait, a split lets go on."""
    from headwater import formats
    from headwater.runner.streams import side_by_side

    read = formats.read({plan: read_bytes(plan)})
    if split and read.report.format == formats.adm.NAME:
        return replace(read, tasks=side_by_side(read.tasks, split))
    return read


def _order(
    run: Invocation,
    plan: str,
    read: Plan | None,
    command: list[str],
    *,
    agents: int,
    split: int,
    base: str,
    keep: bool,
) -> Order:
    from headwater.runner.order import Order
    from headwater.runner.record import demand_not_inside

    demand_not_inside(os.environ)
    chosen = None if command else _preset(run, resume=not plan)
    return Order(
        plan=Path(plan).stem if plan else "",
        tasks=read.tasks if read else (),
        says=read.says if read else (),
        rules=read.rules if read else "",
        base=base,
        command=chosen.command if chosen else _from_here(command),
        agents=agents,
        split=split,
        keep=keep,
        variables=chosen.variables if chosen else (),
    )


def _from_here(command: list[str]) -> tuple[str, ...]:
    """A program that is named by a path is that of this folder: agents run in another."""
    if not command or "/" not in command[0]:
        return tuple(command)
    return str(Path(command[0]).absolute()), *command[1:]


def _preset(run: Invocation, *, resume: bool) -> Preset | None:
    """The command of `--agent`, where none was given."""
    from headwater.hosts.command import default_command
    from headwater.runner.git import Repository
    from headwater.runner.places import cache, folder_of_board
    from headwater.runner.presets import NAMES, Server, preset

    if not run.agent or (resume and run.agent not in NAMES):  # who one is, from the environment
        return None
    store = str(run.location)
    home = folder_of_board(Repository.find(Path.cwd()).common, store, run.board)
    server = Server(default_command(), store, run.board)
    return preset(run.agent, server, cache() / "presets" / home.name)


@command("worktrees")
def worktrees(
    run: Invocation,
    prune: Annotated[bool, typer.Option("--prune", help="Remove what is merged.")] = False,
) -> None:
    """List the branches and worktrees that runs have left here. What is unmerged always stays."""
    from headwater.runner import pruning
    from headwater.runner.git import Repository

    git = Repository.find(Path.cwd())
    pruned = pruning.prune(git) if prune else pruning.Pruned([], {})
    left = [
        one.as_dict() | given(stays=pruned.stays.get(one.branch, ""))
        for one in pruning.left_behind(git)
    ]
    if run.as_json:
        say_json(given(removed=[one.as_dict() for one in pruned.gone]) | {"worktrees": left})
        return
    for one in pruned.gone:
        say(f"removed {one.branch}")
    for one in left:
        say(one_line(_described(one), 600))
    if not pruned.gone and not left:
        say("no worktrees or branches of runs")


def _described(left: Mapping[str, object]) -> str:
    if left["merged"]:
        state = f"merged, but stays: {left['stays']}" if "stays" in left else "merged"
    elif not left["base"]:
        state = "of a run that is not known here"
    else:
        commits, changes = int(str(left["commits"])), int(str(left["changes"]))
        facts = [f"{counted(commits, 'commit')} not in {left['base']}"] if commits else []
        facts += [counted(changes, "uncommitted file")] if changes else []
        facts += ["somebody works there"] if left["busy"] else []
        state = ", ".join(facts)
    return f"{left['branch']}: {state}" + (f"; {left['folder']}" if left["folder"] else "")
