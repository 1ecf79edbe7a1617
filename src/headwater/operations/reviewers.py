"""Who may review a delivery: nobody who had a hand in it, in this round."""

from __future__ import annotations

import json
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, NamedTuple, Self

from headwater import limits
from headwater.operations.queue import avoided, open_lanes
from headwater.operations.silence import look_at
from headwater.operations.work import Work
from headwater.store.queries import log, look, sessions, tasks
from headwater.store.rows import SessionRow, TaskRow
from headwater.store.sql import Plain
from headwater.store.transaction import Tx

_SHOWN = 5


def may_review(work: Work, task: TaskRow, session: SessionRow) -> bool:
    """Nobody reviews what the same session, agent or parent worked on in this round."""
    return _is_foreign(_workers(work.tx, task), _kin(work.tx, session))


def next_review(work: Work, session: SessionRow, *, again: bool = False) -> TaskRow | None:
    """The oldest delivery that waits for acceptance and that this session may judge; `again`: also
    one that it gave back a while ago."""
    rows = unreviewed(work)
    if not rows:
        return None
    lanes, kin = set(open_lanes(work, session)), _kin(work.tx, session)
    passed_over = set[int]() if again else avoided(work, session)
    fitting = (task for task in rows if task.lane in lanes and task.id not in passed_over)
    return next((task for task in fitting if _is_foreign(_workers(work.tx, task), kin)), None)


def _kin(tx: Tx, session: SessionRow) -> set[int | str]:
    """A session and its parent, and their agents: they are known by name after a restart, too."""
    kin: set[int | str] = {session.id, session.agent}
    row = tx.one(sessions.LABEL, id=session.parent_id) if session.parent_id else None
    return kin | {session.parent_id, str(row[0])} if row else kin


def _is_foreign(workers: list[Plain], kin: set[int | str]) -> bool:
    return all(kin.isdisjoint(filter(None, worker)) for worker in workers)


def tell(work: Work, task: TaskRow) -> None:
    """A delivery waits for acceptance: tell those who can judge it, as far as one word says."""
    needed = task.lane.split(",")[0]
    target = f"reviewers:{needed}" if needed else "reviewers"
    work.notify(target, "review_ready", task=task.key)


def unreviewed(work: Work) -> list[TaskRow]:
    """Deliveries that nobody reviews yet, the oldest first; the others in `review` move by
    themselves."""
    if not work.board.review:
        return []
    rows = work.tx.all(tasks.REVIEWABLE, board_id=work.board.id, count=limits.LOOK_AHEAD)
    return sorted(rows, key=attrgetter("delivery_id"))


def wanted(work: Work, waiting: list[TaskRow]) -> list[dict[str, Any]]:
    """Who may review the oldest of them."""
    judges = Judges.present(work.tx, work.board.id) if waiting else Judges()
    return [{"task": task.key, **judges.wanted(work.tx, task)} for task in waiting[:_SHOWN]]


def nobody(work: Work, wanted: list[dict[str, Any]]) -> str:
    """For whoever has nothing to do: a delivery that will wait for ever; empty if none will."""
    found = next((one["task"] for one in wanted if "nobody_here" in one), "")
    return f"; nobody here may review {found}: {look_at(work)}" if found else ""


def alone(work: Work, added: Iterable[TaskRow]) -> list[str]:
    """Warnings of new tasks that one agent alone could do, of those that are here: what it
    delivers nobody else could review."""
    asked: dict[str, list[str]] = {}
    for task in added:
        if task.review and task.lane:
            asked.setdefault(task.lane, []).append(task.key)
    judges = Judges.present(work.tx, work.board.id) if asked else Judges()
    return [
        f"{', '.join(keys[:_SHOWN])}{' ...' if len(keys) > _SHOWN else ''}: one agent alone of "
        f"those here has the capabilities {lane}, and nobody reviews its own work; let another "
        "join with them, or edit(task, set={capabilities: [...]})"
        for lane, keys in asked.items()
        if judges.are_one(set(lane.split(",")))
    ]


class _Judge(NamedTuple):
    """What decides whether a session may review something."""

    capabilities: set[str]
    kin: set[int | str]


class Judges(list[_Judge]):
    """Those that are here."""

    @classmethod
    def present(cls, tx: Tx, board_id: int) -> Self:
        """At most `limits.LOOK_AHEAD`."""
        since_ms, most = tx.now_ms - limits.SESSION_ALIVE_MS, limits.LOOK_AHEAD
        rows = tx.all(look.PRESENT, board_id=board_id, after=0, since_ms=since_ms, count=most)
        return cls(_Judge(set(json.loads(row.capabilities)), _kin(tx, row)) for row in rows)

    def are_one(self, needed: set[str]) -> bool:
        """Are all that have these capabilities one agent, with its subagents?"""
        able = [one for one in self if needed <= one.capabilities]
        return bool(able) and not any(one.kin.isdisjoint(able[0].kin) for one in able)

    def wanted(self, tx: Tx, task: TaskRow) -> dict[str, Any]:
        """Who may review a delivery: any agent but those `not_by`, with `capabilities`; and whether
        there is `nobody_here` that may."""
        workers = _workers(tx, task)
        found: dict[str, Any] = {"not_by": _agents(workers)}
        if task.lane:
            found["capabilities"] = task.lane.split(",")
        if not self._admit(task, workers):
            found["nobody_here"] = True
        return found

    def _admit(self, task: TaskRow, workers: list[Plain]) -> bool:
        """Whether one of them may review it, or perhaps somebody who was not looked at."""
        needed = set[str](json.loads(task.capabilities))
        return len(self) >= limits.LOOK_AHEAD or any(
            needed <= one.capabilities and _is_foreign(workers, one.kin) for one in self
        )


def _agents(workers: list[Plain]) -> list[str]:
    return sorted({name for one in workers for name in (one[1], one[3]) if name})


def _workers(tx: Tx, task: TaskRow) -> list[Plain]:
    """Session, agent, parent and its agent, of whoever had a hand in what is delivered."""
    return tx.all(
        log.WORKED_IN_ROUND, task_id=task.id, round=task.round, delivery_id=task.delivery_id
    )
