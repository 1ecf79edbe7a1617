"""What else is going on around a task: who builds on it, and who is in its files. Only looks."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from headwater.graph.paths import Glob, readable
from headwater.graph.states import State
from headwater.operations.evidence import REQUIRED
from headwater.operations.work import Work
from headwater.runner.places import Places
from headwater.store.queries import sessions, tasks
from headwater.store.rows import TaskRow
from headwater.verbs.look import TaskReply
from headwater.verbs.sessions import RUN_WINDOW

_CONSUMERS: Final = 12
_NEIGHBOURS: Final = 8
_PATHS: Final = 3
_LOOKED_AT: Final = 60
"""So many tasks of each state are looked through."""


class Other(NamedTuple):
    """A task that has to do with this one."""

    key: str
    title: str


class Neighbour(NamedTuple):
    """A task that names some of the same files, and is not merged."""

    key: str
    title: str
    paths: list[str]
    """Those of its paths that overlap, the first few."""
    is_active: bool
    branch: str
    """Of this run, if it is worked on there."""


class Surroundings(NamedTuple):
    """How it is on the board when an attempt begins."""

    consumers: Sequence[Other] = ()
    more_consumers: int = 0
    neighbours: Sequence[Neighbour] = ()
    files_are_its_own: bool = False
    """The board lets nobody else begin what names the same files (policy `paths`)."""
    others_may_come: bool = False
    """Somebody may begin in the same files while it is worked on."""
    evidence_is_required: bool = False


def look(work: Work, shown: TaskReply, places: Places, branches: Collection[str]) -> Surroundings:
    """Around the task that is `shown`; `branches` are those that the run has now."""
    keys = [one.task for one in shown.consumers or () if one.state != State.CANCELLED]
    compares = bool(shown.paths) and work.policy.paths != "off"
    return Surroundings(
        consumers=[Other(key, work.task(key).title) for key in keys[:_CONSUMERS]],
        more_consumers=max(0, len(keys) - _CONSUMERS),
        neighbours=[
            _with_branch(work, one, met, places, branches)
            for one, met in islice(_near(work, shown) if compares else (), _NEIGHBOURS)
        ],
        files_are_its_own=work.policy.paths == "refuse",
        others_may_come=compares and work.policy.paths != "refuse",
        evidence_is_required=work.policy.evidence == REQUIRED,
    )


def _near(work: Work, shown: TaskReply) -> Iterator[tuple[TaskRow, list[str]]]:
    """Who works in the same files, then whose work there is not merged yet."""
    fold = bool(work.policy.paths_fold)
    own = readable(shown.paths or [], fold=fold)
    for state in (State.ACTIVE, State.REVIEW):
        for one in work.tx.all(
            tasks.IN_STATE, board_id=work.board.id, state=state, count=_LOOKED_AT
        ):
            theirs = _paths(work, one) if one.has_paths and one.key != shown.key else []
            met = [path for path in theirs if _meets(readable([path], fold=fold), own)]
            if met:
                yield one, met[:_PATHS]


def _paths(work: Work, task: TaskRow) -> list[str]:
    found: list[str] = json.loads(work.text(task).paths)
    return found


def _meets(globs: list[Glob], others: list[Glob]) -> bool:
    return any(one.meets(other) for one in globs for other in others)


def _with_branch(
    work: Work, task: TaskRow, met: list[str], places: Places, branches: Collection[str]
) -> Neighbour:
    branch, active = places.branch(task.key), task.state == State.ACTIVE
    is_there = branch in branches or (active and _is_of(work, task, places.name))
    return Neighbour(task.key, task.title, met, active, branch if is_there else "")


def _is_of(work: Work, task: TaskRow, run: str) -> bool:
    """Whether a worker of the run is at it."""
    session = work.tx.one(sessions.BY_ID, id=task.session_id)
    return session is not None and session.window_name == RUN_WINDOW + run
