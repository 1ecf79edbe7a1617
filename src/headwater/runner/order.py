"""What a person asks for with `headwater run`, and the run that it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from shutil import which
from typing import Final

from headwater import limits
from headwater.errors import BadRequest, counted
from headwater.runner.agent import GRACE_S
from headwater.runner.git import Repository
from headwater.runner.places import PREFIX
from headwater.runner.record import Presence, RunRecord, name_for, read_run
from headwater.runner.streams import batches_of
from headwater.verbs.importing import ImportedTask, PlanField

_OWN_BASE: Final = "_base"
"""No key begins with an underscore."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asks for."""

    plan: str = ""
    """The plan's name: that of its file."""
    tasks: Sequence[ImportedTask] = ()
    says: Sequence[PlanField] = ()
    """The fields that the plan's format has a place for."""
    rules: str = ""
    """What holds for all tasks of the plan."""
    base: str = ""
    """A branch that the work goes into, or a commit to start a branch at; empty is the branch that
    is checked out."""
    command: Sequence[str] = ()
    agents: int = 1
    split: int = 0
    """Two agents: one for the batches 1 to `split`, one for the rest."""
    keep: bool = False
    variables: tuple[tuple[str, str], ...] = ()
    grace_s: float = GRACE_S


def settled(git: Repository, home: Path, board: str, order: Order) -> RunRecord:
    """The record of the run: what was asked for, with the name and base that it has already.

    Raises:
        BadRequest: the work of this board goes elsewhere already, or there is no place to start.
    """
    old = read_run(home)
    kept = None if order.plan else old  # of whose plan this goes on with
    name = old.name if old else name_for(home, order.plan)
    for taken in (PREFIX, f"{PREFIX}/{name}"):
        if git.branch_commit(taken):
            raise BadRequest(
                f"the branch {taken} is in the way: git keeps no branch {PREFIX}/{name}/TASK "
                "beside it",
                next=f"git branch --move {taken} ANOTHER-NAME",
            )
    base = kept.base if kept and not order.base else _base(git, name, order.base)
    if not git.branch_commit(base):
        raise BadRequest(
            f"the branch {base}, which the work of this board goes into, is gone",
            next="headwater run --resume --base ANOTHER",
        )
    if old is not None and old.base != base and git.branch_commit(old.base):
        unmerged = git.branches(f"{PREFIX}/{name}/").keys() - {f"{PREFIX}/{name}/{_OWN_BASE}"}
        if unmerged or Presence(home).others():
            raise BadRequest(
                f"the work of this board goes into {old.base}",
                next=f"headwater run --base {quote(old.base)} ..., or take another --board",
            )
    command = tuple(order.command) or (old.command if old else ())
    if not command:
        raise BadRequest("there is no command to run", next="headwater run PLAN -- COMMAND...")
    if which(command[0]) is None:  # every attempt at every task would fail
        raise BadRequest(
            f"there is no program {command[0]!r} that can be run here",
            next="install it, or name another: headwater run PLAN -- COMMAND...",
        )
    capabilities = _capabilities(order, old)
    if len(capabilities) > limits.CAPABILITIES:
        raise BadRequest(
            f"the plans of this board ask for {len(capabilities)} different capabilities, and a "
            f"worker says at most {limits.CAPABILITIES}",
            next="name fewer in the plan, or take another --board for it",
        )
    return RunRecord(
        name=name,
        board=board,
        base=base,
        command=command,
        agents=order.agents or (kept.agents if kept else 1),
        split=order.split or (kept.split if kept and not order.agents else 0),
        batches=batches_of(order.tasks) or (kept.batches if kept else ()),
        capabilities=tuple(sorted(capabilities)),
        variables=order.variables or (old.variables if old and not order.command else ()),
    )


def _capabilities(order: Order, old: RunRecord | None) -> set[str]:
    """What the command is taken to be able to do: all that the plan, and those before it, ask."""
    asked = {name for task in order.tasks for name in task.capabilities}
    return asked | set(old.capabilities if old else ())


def _base(git: Repository, name: str, wanted: str) -> str:
    """The branch that the work goes into."""
    if not wanted:
        branch = git.branch()
        if not branch:
            raise BadRequest("no branch is checked out", next="give one with --base")
        changed = git.changed_files(git.root)
        if changed:
            behind = any((git.root / name / ".git").exists() for name in changed)
            update = "git submodule update, where one is only behind; else " if behind else ""
            raise BadRequest(
                f"{counted(len(changed), 'changed file')} not committed in {git.root}",
                state={"files": changed[:50]},
                next=f"{update}commit them, or start from a commit with --base REF",
            )
        if not git.branch_commit(branch):
            raise BadRequest(f"{branch} has no commit yet", next="commit something first")
        return branch
    if git.branch_commit(wanted):
        return wanted
    commit = git.commit(wanted)
    if not commit:
        raise BadRequest(f"--base {wanted}: no such branch or commit", next="git branch --all")
    own = f"{PREFIX}/{name}/{_OWN_BASE}"
    there = git.branch_commit(own)
    if not there:
        git.make_branch(own, commit)
    elif not git.contains(there, commit):
        raise BadRequest(
            f"the work of this board goes into {own}, which does not contain {wanted}",
            next=f"headwater run --base {own} ..., or take another --board",
        )
    return own
