"""What becomes of a task whose attempt has just ended, and what its worker does next."""

from __future__ import annotations

from typing import Final

from headwater import limits
from headwater.clock import seconds_until
from headwater.errors import counted, in_a_hint
from headwater.graph.gates import Gate
from headwater.graph.states import UNBEGUN, State
from headwater.operations.handoff import ANYONE
from headwater.operations.structure import unfinished
from headwater.operations.work import Work
from headwater.store.queries import sessions
from headwater.store.rows import TaskRow

_SENT_BACK: Final = "not accepted: what you read has changed, see `inputs`; claim this task again"
_STANDS: Final = {
    Gate.MERGE: "it is done when its branch is merged; ",
    "review": "it waits for acceptance (outcome amend corrects it); ",
    "held": "it waits for an answer; ",
    "failed": "a planner may rework it; ",
}
"""By gate, or else by state."""
_NAMED: Final = 3
_NEXT: Final = "claim() takes the next task"
_NEXT_REVIEW: Final = (
    'claim(kind="review", wait=45) waits for the next review, claim() takes any task'
)
_AGAIN: Final = "what you said goes to its next attempt, and what that delivers is reviewed again; "
ALL_DONE: Final = "everything is done: stop; check(session, leave=true) ends your session"


def next_of(work: Work, task: TaskRow, *, sent_back: bool, reviewed: str = "") -> str:
    """The `next` of a finish; `reviewed`: how a review ended, if it was one."""
    if sent_back:
        return _SENT_BACK
    if task.gate in (Gate.INPUTS, Gate.APPROVED):
        stands = (
            f"what it needs is being done again{_which(work, task)}: "
            "it is accepted if its inputs stay the same; "
        )
    elif task.state == State.READY and task.due_ms > work.now_ms:
        stands = _tried_again(work, task)
    elif reviewed == "reject" and task.state in UNBEGUN:
        stands = _AGAIN
    elif reviewed == "release":
        stands = "it waits for another reviewer; "
    else:
        stands = _STANDS.get(task.gate) or _STANDS.get(task.state, "")
    if task.handoff:
        return f"{_offered(work, task)}; {_NEXT}, check(session, leave=true) ends your session"
    then = _NEXT_REVIEW if reviewed else _NEXT
    return f"{stands}{then if work.board.unfinished else end_of(work)[1]}"


def _tried_again(work: Work, task: TaskRow) -> str:
    left = task.attempts - task.attempt
    are = "is" if left == 1 else "are"
    in_s = seconds_until(task.due_ms - work.now_ms)
    return f"it is offered again in {in_s} s, {counted(left, 'attempt')} {are} left; "


def is_over(work: Work) -> bool:
    """Whether every task of the board is done or cancelled, and it is not paused."""
    board = work.board
    return not board.unfinished and board.done + board.cancelled > 0 and not board.paused


def end_of(work: Work) -> tuple[str, str]:
    """Of a board with no open task: the reason for having nothing to do, and the advice. A message
    to planners may bring more work."""
    row = work.tx.one(
        sessions.TOLD_PLANNERS,
        board_id=work.board.id,
        since_ms=work.now_ms - limits.PLANNERS_ASKED_MS,
    )
    if row is None:
        later = f'graph(view="history", since={work.revision}, wait=45)'
        return "all_done", f"{ALL_DONE}; if you know of more to come, {later} waits for it"
    who = in_a_hint(str(row[0]), "an agent")
    return "planners_asked", f"claim(wait=45): {who} told planners something; more work may come"


def _offered(work: Work, task: TaskRow) -> str:
    if task.handoff == ANYONE:
        return "offered to whoever claims next"
    minutes = counted(work.policy.avoid_minutes, "minute")
    return f"offered to {in_a_hint(task.handoff, 'that agent')}, and after {minutes} to anybody"


def _which(work: Work, task: TaskRow) -> str:
    found = unfinished(work, task)
    more = ", ..." if len(found) > _NAMED else ""
    return f" ({', '.join(found[:_NAMED])}{more})" if found else ""
