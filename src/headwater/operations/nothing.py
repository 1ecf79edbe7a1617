"""Why there is nothing to claim: every reason, and the one that resolves soonest."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from headwater import limits
from headwater.clock import seconds_left, seconds_until
from headwater.graph.gates import Gate
from headwater.graph.states import CLOSED, State
from headwater.operations import budgets, leases, paths, reviewers, silence
from headwater.operations.images import compact
from headwater.operations.outlook import end_of, is_over
from headwater.operations.queue import Pick, open_lanes
from headwater.operations.takeover import take_over_in_s
from headwater.operations.work import Work
from headwater.store.queries import tasks
from headwater.store.queries.paths import Blocker
from headwater.store.rows import SessionRow, TaskRow
from headwater.verbs.work import Nothing

_SHOWN = 5
_FREED = 2
_EDGES = 100
"""So many edges are looked at to say what becomes free."""
_STATES = (State.ACTIVE.value, State.REVIEW.value, State.WAITING.value)
"""Counted beside the reasons: what work is under way, and how much is behind it."""
_CLOSED = tuple(state.value for state in State if state in CLOSED)
_WAIT = "claim(wait=45)"
_ADVICE = {
    "empty": "claim(wait=45) waits for tasks, if you are here to work; for who plans: "
    "add(tasks=[...])",
    "paused": "claim(wait=45) again; a person resumes the board",
    "wait": "claim(wait=45) waits for the next task",
    "backoff": "claim(wait=45) waits until the backoff is over",
    "stuck": "claim(wait=45) waits; whoever has to decide must act (see blocked_by): rework(task, "
    "feedback) or cancel(tasks, dependents=...)",
    "to_be_merged": "claim(wait=45) waits for a merge (see blocked_by); where no run makes it, ask "
    "a person to: `headwater merged KEY`",
    "needs_review": "claim(wait=45) waits until another agent has reviewed it",
    "over_budget": "claim(wait=45) waits for budget; a person raises it: `headwater budget`",
    "not_for_you": "claim(wait=45) waits for other work; join again if you have these capabilities",
    "paths_busy": "claim(wait=45) waits until the files are free",
    "partial": "claim(wait=45) looks further",
}
_CUT_OFF = (
    'claim(wait=45) waits; who plans must act: graph(view="stuck") names the cancelled tasks that '
    "the rest waits for"
)
_READY = {
    "review": "what is ready is work: claim() takes it, and who works on a task never reviews it",
    "handoff": "claim() without kind looks at what is ready, too",
}
"""Of tasks that a claim of this kind passes over."""
_CAPABLE = "claim(wait=45) waits until another agent with the capabilities has reviewed it"
_HANDED = (
    "claim(wait=45) waits: it was handed on to others, or rejected by you, and others come first; "
    "it is anybody's later (see soonest)"
)


def nothing(work: Work, session: SessionRow, picked: Pick, kind: str) -> tuple[Nothing, str]:
    """The reasons with their counts, and the advice that belongs to the first of them."""
    board = work.board
    states = _STATES if board.unfinished else _CLOSED
    counts = {state: count for state in states if (count := getattr(board, state))}
    due = work.tx.one(tasks.NEXT_DUE, board_id=board.id)
    backoff = due[2] if due else 0
    waiting = reviewers.unreviewed(work)
    others = _in_review(work) if board.review > len(waiting) else []
    merges = [task for task in others if task.gate == Gate.MERGE and not task.pending]
    judged = [task for task in others if task.session_id]
    under_way = board.active + _moving(board.review, waiting, merges)
    if backoff:
        counts["backoff"] = backoff
    if merges:
        counts["to_be_merged"] = len(merges)
    if waiting:
        counts["needs_review"] = len(waiting)
    lanes = set(open_lanes(work, session))
    blockers = paths.blockers(work)
    mine = [one for one in blockers if one.lane in lanes]
    if mine and kind in ("any", "work"):
        counts["paths_busy"] = sum(one.parked for one in mine)
    decided = board.held + board.failed
    if decided:
        counts["stuck"] = decided
    foreign, wanted = _not_for_you(work, lanes)
    over = budgets.count_refused(work.tx, board.id, lanes, picked.refused)
    if over:
        counts["over_budget"] = over
    parked = sum(one.parked for one in blockers)
    free = board.ready - backoff - parked - over
    passed_over = (foreign or picked.opens_ms) and not board.paused
    if passed_over and free > 0 and kind in ("any", "work"):
        counts["not_for_you"] = free
    reason, advice = _first(work, counts, picked, kind, under_way)
    reviews = reviewers.wanted(work, waiting)
    advice = _closer(reason, wanted, reviews) or advice
    if reason == "stuck" and not decided:
        counts["stuck"], advice = board.waiting, _CUT_OFF
    if kind != "any":  # and not, the next time, any task
        advice = advice.replace(_WAIT, f'claim(kind="{kind}", wait=45)', 1)
    if kind == "review":
        advice = advice.replace("the next task", "the next review", 1)
    if kind in ("review", "handoff") and free > 0 and not board.paused:
        counts["ready"] = free
        advice += f"; {_READY[kind]}"
    active, silent = _holders(work, lanes, judged)
    advice += _about_silence(work, reason, kind, silent) or reviewers.nobody(work, reviews)
    return (
        Nothing(
            reason=reason,
            counts=counts,
            soonest=_soonest(work, due, picked, mine),
            active=active or None,
            blocked_by=[*_busy(work, mine), *_blockers(work, merges)][:_SHOWN] or None,
            reviews=reviews or None,
            over_budget=budgets.refusals(picked.refused.values())[:_SHOWN] if over else None,
            capabilities=wanted if "not_for_you" in counts and wanted else None,
        ),
        advice,
    )


def _closer(reason: str, wanted: list[str], reviews: list[dict[str, Any]]) -> str:
    """The advice where more is known than the reason."""
    if reason == "not_for_you" and not wanted:
        return _HANDED
    capable = any("capabilities" in one for one in reviews)
    return _CAPABLE if reason == "needs_review" and capable else ""


def _about_silence(work: Work, reason: str, kind: str, silent: str) -> str:
    """What can be done where a holder makes no calls; `silent`: what this session may take over."""
    if silent and reason == "wait" and kind in ("any", "work"):
        return f'; or claim(task="{silent}", take_over=true): its holder makes no calls any more'
    return silence.said(work) if reason in ("wait", "not_for_you") else ""


def _moving(in_review: int, *standing: list[TaskRow]) -> int:
    """How many in review move by themselves, beside those that somebody has to review or merge."""
    if any(len(found) == limits.LOOK_AHEAD for found in standing):
        return 0  # there are more of these than were looked at
    return in_review - sum(map(len, standing))


def _first(
    work: Work, counts: dict[str, int], picked: Pick, kind: str, under_way: int
) -> tuple[str, str]:
    """The first reason, and its advice."""
    if is_over(work):
        return end_of(work)
    reason = _first_reason(work, counts, picked, kind, under_way)
    return reason, _ADVICE[reason]


def _first_reason(
    work: Work, counts: dict[str, int], picked: Pick, kind: str, under_way: int
) -> str:
    board = work.board
    if board.paused:
        return "paused"
    if not board.unfinished:
        return "empty"
    if picked.partial:
        return "partial"
    for reason in (
        "over_budget",
        "paths_busy",
        "not_for_you",
        "wait",
        "backoff",
        "to_be_merged",
        "needs_review",
        "stuck",
    ):
        if reason in counts or (reason == "wait" and under_way):
            return reason
    return "wait" if kind in ("review", "handoff") else "stuck"


def _not_for_you(work: Work, lanes: set[str]) -> tuple[int, list[str]]:
    """How many lanes beside these have something ready, and which capabilities those ask for."""
    rows = work.tx.all(tasks.OFFERED_LANES, board_id=work.board.id)
    closed = [lane for row in rows if (lane := str(row[0])) not in lanes]
    return len(closed), sorted({name for lane in closed for name in lane.split(",")})


def _soonest(
    work: Work, due: tuple[Any, ...] | None, picked: Pick, blockers: list[Blocker]
) -> dict[str, Any] | None:
    """The next moment at which something may become claimable by itself. The end of a lease is
    none while its holder is there: it renews it. One that ends within the time of a wait it has
    not renewed."""
    expiry = work.tx.one(
        tasks.NEXT_UNRENEWED,
        board_id=work.board.id,
        until_ms=work.now_ms + limits.WAIT_SECONDS * 1000,
        since_ms=work.now_ms - limits.SESSION_ALIVE_MS,
    )
    moments = [
        (row[0], reason, row[1])
        for row, reason in ((due, "backoff"), (expiry, "lease"))
        if row is not None
    ]
    floor_ms = work.board.expiry_floor_ms
    moments = [
        (max(at_ms, floor_ms) if reason == "lease" else at_ms, reason, key)
        for at_ms, reason, key in moments
    ]
    if picked.opens_ms:
        moments.append((picked.opens_ms, "handoff", ""))
    if not moments:
        return None
    at_ms, reason, key = min(moments)
    if reason == "lease" and any(one.key == key for one in blockers):
        reason = "paths"
    soonest = {"reason": reason, "in_s": seconds_until(at_ms - work.now_ms)}
    return {**soonest, "task": key} if key else soonest


def _holders(
    work: Work, lanes: set[str], judged: list[TaskRow]
) -> tuple[list[dict[str, Any]], str]:
    """What is being worked on or `judged`, by whom, until when, how long its holder has been quiet,
    what waits for nothing else, and when anybody may take it over; and the first that a session
    with these lanes may take over now."""
    found: list[dict[str, Any]] = []
    silent = ""
    active = work.tx.all(
        tasks.IN_STATE, board_id=work.board.id, state=State.ACTIVE.value, count=_SHOWN
    )
    held = [*active, *judged][:_SHOWN]
    freed = _freed(work, held)
    for task in held:
        holder = work.label(task.session_id)
        until_s = seconds_left(task.lease_until_ms - work.now_ms)
        found.append({"task": task.key, "by": holder, "until_s": until_s})
        quiet_ms = work.now_ms - leases.seen_ms(work, task.session_id)
        if quiet_ms >= limits.QUIET_MS:
            found[-1]["seen_s"] = quiet_ms // 1000
        if task.id in freed:
            found[-1]["frees"] = freed[task.id][:_FREED]
        if task.state == State.REVIEW:
            found[-1]["kind"] = "review"
        elif work.policy.check_minutes:
            found[-1]["take_over_in_s"] = in_s = take_over_in_s(work, task)
            mine = not (in_s or silent or task.pending) and task.lane in lanes
            if mine and budgets.fits(work, task):
                silent = task.key
    return found, silent


def _freed(work: Work, active: list[TaskRow]) -> dict[int, list[str]]:
    """By the id of an active task: tasks that wait for nothing else."""
    found = defaultdict[int, list[str]](list)
    if active and work.board.waiting:
        ids = compact([task.id for task in active])
        for upstream_id, key in work.tx.all(tasks.FREED, ids=ids, edges=_EDGES):
            found[int(upstream_id)].append(str(key))
    return {upstream_id: sorted(keys) for upstream_id, keys in found.items()}


def _busy(work: Work, blockers: list[Blocker]) -> list[dict[str, Any]]:
    """Who is in the files that ready tasks wait for."""
    return [
        {"task": one.key, "state": State.ACTIVE.value, "by": work.label(one.session_id)}
        for one in blockers[:_SHOWN]
    ]


def _in_review(work: Work) -> list[TaskRow]:
    state, most = State.REVIEW.value, limits.LOOK_AHEAD
    return work.tx.all(tasks.IN_STATE, board_id=work.board.id, state=state, count=most)


def _blockers(work: Work, merges: list[TaskRow]) -> list[dict[str, Any]]:
    decided = [
        task
        for state in (State.FAILED.value, State.HELD.value)
        for task in work.tx.all(tasks.IN_STATE, board_id=work.board.id, state=state, count=_SHOWN)
    ]
    return [
        {"task": task.key, "state": task.state, **({"gate": task.gate} if task.gate else {})}
        for task in [*merges, *decided]
    ][:_SHOWN]
