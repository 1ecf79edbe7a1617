"""Why nothing moves, and what would help."""

from __future__ import annotations

import json
from collections.abc import Collection

from headwater import limits
from headwater.clock import seconds_until
from headwater.graph.gates import Gate
from headwater.graph.policy import policy_of
from headwater.operations import budgets, reviewers
from headwater.operations.listing import line
from headwater.operations.look.reading import Reading, minutes_of, only_set
from headwater.operations.silence import silent
from headwater.store.queries import look, paths, tasks
from headwater.store.rows import TaskRow
from headwater.verbs.look import GraphReply, Item

_TRIED = 20
_PARTS = 20
_GATES = {Gate.REVIEW: "needs_review", Gate.MERGE: "to_be_merged"}


def stuck(reading: Reading) -> GraphReply:
    """Each obstacle with the number of tasks that wait directly on it."""
    found = [
        *_paused(reading),
        *_needs_somebody(reading),
        *_on_cancelled(reading),
        *_unmanned_lanes(reading),
        *_kept_for_absent(reading),
        *_over_budget(reading),
        *_unreviewed(reading),
        *_parked(reading),
        *_expired(reading),
        *(quiet := _quiet(reading)),
        *_slow(reading, {str(item["task"]) for item in quiet}),
        *_backing_off(reading),
    ]
    shown = found[: reading.request.limit]
    return GraphReply(
        view="stuck",
        revision=reading.board.revision,
        stuck=shown,
        note=_left_out(reading, len(found) - len(shown)),
        next=_advice(reading, shown),
    )


def _left_out(reading: Reading, count: int) -> str | None:
    if not count:
        return None
    wider = f'; graph(view="stuck", limit={limits.PAGE}) shows more'
    more = wider if reading.request.limit < limits.PAGE else ""
    return f"left out: at least {count} more{more}"


def _advice(reading: Reading, found: list[Item]) -> str:
    needed, whys = _needed(found), [item["why"] for item in found]
    if needed:
        return reading.caller.for_planners(needed)
    if "no_reviewer" in whys:
        return (
            "no_reviewer: nobody here may review it; start an agent that had no hand in it, let "
            "others judge it by edit(task, set={capabilities: [...]}), or a person judges it: "
            "`headwater claim KEY`, `headwater finish --outcome approve`"
        )
    if "to_be_merged" in whys:
        return "`headwater merged KEY`, by whoever has merged its branch, frees its dependents"
    if found:
        return "see `why` of each"
    open_tasks = reading.board.unfinished
    return f"nothing is stuck{': claim()' if open_tasks else ', and nothing is left to do'}"


def _needed(found: list[Item]) -> str:
    """What a planner can do about the first kind of obstacle; empty if nothing."""
    whys = [item["why"] for item in found]
    held = [item for item in found if item["why"] == "held"]
    if held:
        advice = ["if it is yours to decide, rework(task, feedback=ANSWER) answers a held task"]
        if any("parts" in item for item in held):
            advice.append("rework(task=PART, feedback) opens one with `parts` again")
        return "; ".join(advice if any("parts" not in item for item in held) else advice[1:])
    if "failed" in whys:
        return "rework(task, feedback) opens a new round of a failed task; cancel gives it up"
    if "upstream_cancelled" in whys:
        return "edit(task, drop_needs=[...]) or rework the cancelled upstream"
    if "quiet" in whys:
        return (
            "ask its holder: tell(to=HOLDER, text); rework(task, feedback) takes the task away: "
            "only where no answer comes"
        )
    return ""


def _paused(reading: Reading) -> list[Item]:
    return [{"why": "paused", "help": "a person resumes the board"}] if reading.board.paused else []


def _needs_somebody(reading: Reading) -> list[Item]:
    rows = reading.tx.all(
        look.NEEDS_SOMEBODY, board_id=reading.board.id, count=reading.request.limit + 1
    )
    found: list[Item] = []
    for task_id, task_round, key, state, question, waiting in rows:
        tried = _tried(reading, task_id, task_round)
        last = tried[0] if tried else {}
        asked: Item = {}
        if state == "held":
            asked = only_set(question=line(question or ""))
            parts = reading.tx.all(tasks.CHILDREN, parent_id=task_id)
            asked |= only_set(parts=[part.key for part in parts[:_PARTS]])
        if asked.get("question") == last.get("reason"):  # who blocks a task asks the question
            last = {name: value for name, value in last.items() if name != "reason"}
        found.append({"why": state, "task": key, "waiting": waiting, **asked, **last})
        if len(tried) > 1:
            found[-1]["tried"] = list(tried)
    return found


def _tried(reading: Reading, task_id: int, task_round: int) -> list[Item]:
    """How each attempt of the round ended, and why: newest first."""
    rows = reading.tx.all(look.REASONS, task_id=task_id, round=task_round, count=_TRIED)
    return [
        {
            "outcome": one.outcome,
            **only_set(reason=line(one.reason), by=reading.label(one.session_id)),
        }
        for one in rows
    ]


def _on_cancelled(reading: Reading) -> list[Item]:
    rows = reading.tx.all(
        look.ON_CANCELLED, board_id=reading.board.id, count=reading.request.limit + 1
    )
    return [{"why": "upstream_cancelled", "task": task, "upstream": up} for task, up in rows]


def _unmanned_lanes(reading: Reading) -> list[Item]:
    """Ready tasks whose capabilities no live session has."""
    since_ms = reading.tx.now_ms - limits.SESSION_ALIVE_MS
    manned = [
        set[str](json.loads(row[0]))
        for row in reading.tx.all(
            look.LIVE_CAPABILITIES, board_id=reading.board.id, since_ms=since_ms
        )
    ]
    found: list[Item] = []
    for lane, count, example in reading.tx.all(look.READY_LANES, board_id=reading.board.id):
        wanted = set(lane.split(",")) if lane else set[str]()
        if not any(wanted <= capabilities for capabilities in manned):
            found.append(
                {
                    "why": "no_session" if manned else "nobody_here",
                    "ready": count,
                    "task": example,
                    **only_set(capabilities=sorted(wanted)),
                }
            )
    return found


def _kept_for_absent(reading: Reading) -> list[Item]:
    """Tasks that were handed to agents that are not there, until they are anybody's."""
    now_ms = reading.tx.now_ms
    kept_ms = policy_of(reading.board.policy).avoid_minutes * 60_000
    rows = reading.tx.all(
        look.KEPT_FOR_ABSENT,
        board_id=reading.board.id,
        before_ms=now_ms - kept_ms,
        since_ms=now_ms - limits.SESSION_ALIVE_MS,
        count=reading.request.limit + 1,
    )
    return [
        {
            "why": "kept_for",
            "task": key,
            "agent": agent,
            "in_s": seconds_until(ready_ms + kept_ms - now_ms),
        }
        for key, agent, ready_ms in rows
    ]


def _over_budget(reading: Reading) -> list[Item]:
    """Pools that refuse what is ready."""
    found = budgets.purses(reading.tx, reading.board)
    if found is None or not found.refused:
        return []
    board_id = reading.board.id
    lanes = [str(row[0]) for row in reading.tx.all(tasks.LANES, board_id=board_id)]
    ready = budgets.count_refused(reading.tx, board_id, lanes, found.refused)
    return [
        {"why": "over_budget", "ready": ready, **figures}
        for figures in budgets.refusals(found.refused.values())
    ]


def _unreviewed(reading: Reading) -> list[Item]:
    """Deliveries to be judged, with who may, or merged."""
    rows = reading.tx.all(
        look.UNREVIEWED, board_id=reading.board.id, count=reading.request.limit + 1
    )
    judges = reviewers.Judges.present(reading.tx, reading.board.id) if rows else reviewers.Judges()
    found: list[Item] = []
    for key, waiting, gate in rows:
        item: Item = {"why": _GATES[gate], "task": key, "waiting": waiting}
        if gate == Gate.REVIEW:
            item |= judges.wanted(reading.tx, reading.task(key))
            if item.pop("nobody_here", False):
                item["why"] = "no_reviewer"
        found.append(item)
    return found


def _parked(reading: Reading) -> list[Item]:
    """Ready tasks that wait until the files they touch are free, by who is in those."""
    return [
        {
            "why": "paths_busy",
            "task": one.example,
            "blocker": one.key,
            "holder": reading.label(one.session_id),
            "parked": one.parked,
        }
        for one in reading.tx.all(paths.BLOCKERS, board_id=reading.board.id)
    ]


def _expired(reading: Reading) -> list[Item]:
    """Leases that have run out: the next claim or check reclaims them."""
    now_ms = reading.tx.now_ms
    if now_ms < reading.board.expiry_floor_ms:
        return []
    rows: list[TaskRow] = reading.tx.all(
        tasks.EXPIRED, board_id=reading.board.id, now_ms=now_ms, count=reading.request.limit + 1
    )
    return [
        {
            "why": "lease_expired",
            "task": task.key,
            "holder": reading.label(task.session_id),
            "expired_s": (now_ms - task.lease_until_ms) // 1000,
        }
        for task in rows
    ]


def _quiet(reading: Reading) -> list[Item]:
    """Holders that make no calls."""
    return [
        {
            "why": "quiet",
            "task": one.task,
            "holder": reading.label(one.session_id),
            "seen_s": (reading.tx.now_ms - one.seen_ms) // 1000,
            "waiting": one.waiting,
        }
        for one in silent(reading.tx, reading.board, reading.request.limit + 1)
    ]


def _slow(reading: Reading, named: Collection[str]) -> list[Item]:
    """What takes far longer than estimated, but for what is `named` already."""
    now_ms = reading.tx.now_ms
    rows = reading.tx.all(
        look.SLOW,
        board_id=reading.board.id,
        now_ms=now_ms,
        times=limits.SLOW_TIMES,
        count=reading.request.limit + 1,
    )
    return [
        {
            "why": "slow",
            "task": key,
            "holder": reading.label(session_id),
            **minutes_of(now_ms - started_ms, estimate_ms),
            "waiting": waiting,
        }
        for key, session_id, started_ms, estimate_ms, waiting in rows
        if key not in named
    ]


def _backing_off(reading: Reading) -> list[Item]:
    """Ready tasks that wait after a failure, by the first that is offered again."""
    board_id, now_ms = reading.board.id, reading.tx.now_ms
    first = reading.tx.one(tasks.NEXT_DUE, board_id=board_id)
    if first is None:
        return []
    due_ms, key, count = first
    in_s = seconds_until(due_ms - now_ms)
    return [{"why": "backoff", "task": key, "ready": count, "in_s": in_s}]
