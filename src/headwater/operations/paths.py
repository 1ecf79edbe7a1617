"""Tasks that touch the same files, by the board's policy `paths`.

    warn      a claim's briefing lists the active tasks with overlapping paths, and both holders
              get a notice
    refuse    a task is not claimable while an active one's paths overlap: the queue parks it on
              that one, and a claim of it by name is refused
    off       paths are kept with the task and not compared

A task without paths costs nothing: its row says so. What lies near is found by directory
(`path_claims.py`), and decided exactly by the globs (`headwater.graph.paths`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from headwater import limits
from headwater.clock import seconds_left
from headwater.errors import PathsBusy
from headwater.graph.briefing import size_bytes
from headwater.graph.paths import Glob, readable
from headwater.graph.policy import Policy
from headwater.graph.states import State
from headwater.operations import path_claims
from headwater.operations.images import compact
from headwater.operations.work import Work
from headwater.store.queries import paths
from headwater.store.queries.paths import Blocker, Near
from headwater.store.rows import TaskRow
from headwater.store.transaction import Tx
from headwater.verbs.work import Neighbour

_PATHS_SHOWN = 3
_OTHERS = "nothing was changed: choose other paths; or agree with its holder: tell"


@dataclass(frozen=True, slots=True)
class Meeting:
    """An active task, and which of its paths meet those of the task that was asked about."""

    other: Near
    theirs: list[str]
    mine: list[str]


def neighbours(work: Work, task: TaskRow) -> list[Meeting]:
    """The active tasks whose paths overlap, unless the board does not care; a bounded number."""
    if not task.has_paths or work.policy.paths == "off":
        return []
    return list(islice(_met(work, task), limits.PATH_NEIGHBOURS))


def blocker(work: Work, task: TaskRow) -> Meeting | None:
    """What keeps this task from being active, under the policy `refuse`."""
    if not task.has_paths or work.policy.paths != "refuse":
        return None
    return next(_met(work, task), None)


def in_the_way(tx: Tx, task: TaskRow, stored: str, policy: Policy) -> str:
    """The key of the active task that keeps one with these paths from being claimed; empty if none
    does. For who only looks: it finds out what no claim has come upon yet."""
    if not task.has_paths or policy.paths != "refuse":
        return ""
    met = next(_meetings(tx, task, stored, fold=bool(policy.paths_fold)), None)
    return met.other.key if met else ""


def demand_free(work: Work, task: TaskRow, advice: str = "claim() for other work") -> None:
    """No other active task owns these paths, or the policy allows it. `advice` is what else to do.

    Raises:
        PathsBusy: saying who holds which paths, and until when.
    """
    met = blocker(work, task)
    if met is None:
        return
    holder = work.label(met.other.session_id)
    until_s = seconds_left(met.other.lease_until_ms - work.now_ms)
    raise PathsBusy(
        f"{task.key} touches files of {met.other.key}, which {holder} works on",
        state={
            "task": task.key,
            "blocked_by": met.other.key,
            "holder": holder,
            "until_s": until_s,
            "paths": met.theirs[:_PATHS_SHOWN],
        },
        next=f"{advice}; or wait until {met.other.key} is over",
    )


def announce(work: Work, task: TaskRow) -> list[Meeting]:
    """A task became active, or its paths changed: tell its holder and its neighbours' holders."""
    met = neighbours(work, task)
    for one in met:
        _tell(work, one.other.session_id, one.other.key, task.key, one.mine)
        _tell(work, task.session_id, task.key, one.other.key, one.theirs)
    return met


def shown(work: Work, met: Sequence[Meeting]) -> list[Neighbour]:
    """Neighbours as a briefing lists them, within their byte budget."""
    found: list[Neighbour] = []
    left_bytes = limits.PATH_NEIGHBOURS_BYTES
    for one in met:
        label = work.label(one.other.session_id)
        entry = Neighbour(task=one.other.key, by=label, paths=one.theirs[:_PATHS_SHOWN])
        left_bytes -= size_bytes(entry.model_dump())
        if left_bytes < 0 and found:
            break
        found.append(entry)
    return found


def blockers(work: Work) -> list[Blocker]:
    """The active tasks on which ready ones are parked."""
    if work.policy.paths != "refuse":
        return []
    return work.tx.all(paths.BLOCKERS, board_id=work.board.id)


def park(work: Work, parked: list[tuple[TaskRow, Meeting]]) -> None:
    """Out of the queue, each until its blocker stops being active. No history, as ranks are none:
    it only spares the next claim the same look."""
    for task, met in parked:
        task.blocker_id = met.other.id
        work.tx.run(paths.PARK, id=task.id, blocker_id=met.other.id)


def edited(work: Work, task: TaskRow, stored: str) -> None:
    """The paths of a task were changed to `stored`; its row and text are saved already.

    Raises:
        PathsBusy: it is active, another active task owns one of the new paths, and the policy
            does not allow that.
    """
    path_claims.let_go(work.tx, task, work.policy)
    path_claims.unpark(work.tx, task)
    if task.state == State.ACTIVE:
        path_claims.take(work.tx, task, stored)
        demand_free(work, task, _OTHERS)
        announce(work, task)


def _tell(work: Work, session_id: int, task: str, other: str, overlap: list[str]) -> None:
    data = {"with": other, "paths": overlap[:_PATHS_SHOWN]}
    work.notify_session(session_id, "paths_overlap", task=task, data=data)


def _met(work: Work, task: TaskRow) -> Iterator[Meeting]:
    return _meetings(work.tx, task, work.text(task).paths, fold=bool(work.policy.paths_fold))


def _meetings(tx: Tx, task: TaskRow, stored: str, *, fold: bool) -> Iterator[Meeting]:
    """The active tasks that touch files of `task`, whose paths are `stored`."""
    own, above = path_claims.directories(stored)
    globs: list[tuple[str, Glob]] = []
    found = tx.all(
        paths.NEAR,
        board_id=task.board_id,
        id=task.id,
        directories=compact(sorted(own)),
        above=compact(sorted(above)),
    )
    for near in sorted(set(found)):
        globs = globs or _globs(json.loads(stored), fold=fold)
        others = _globs(json.loads(near.paths), fold=fold)
        theirs = [text for text, glob in others if any(glob.meets(one) for _, one in globs)]
        if theirs:
            mine = [text for text, glob in globs if any(glob.meets(one) for _, one in others)]
            yield Meeting(near, theirs, mine)


def _globs(texts: list[str], *, fold: bool) -> list[tuple[str, Glob]]:
    """Each readable glob as it is written, with what it means."""
    return [(text, glob) for text in texts for glob in readable([text], fold=fold)]
