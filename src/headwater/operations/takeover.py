"""Taking a task, or the review of one, over from its holder, who is fenced off and told.

A planner may do it at any time. Anybody may once the holder has missed its check interval (policy
`check_minutes`): no call of the holder's session for so long. A server that renews a lease in the
background makes no call in this sense: it keeps the lease of an agent in a long edit, and says
nothing about whether the agent is still there.
"""

from __future__ import annotations

from headwater import limits
from headwater.clock import seconds_left, seconds_until
from headwater.errors import Fact, TaskHeld
from headwater.graph.states import State, Trigger
from headwater.operations import attempts, leases
from headwater.operations.work import Work
from headwater.store.rows import TaskRow


def take_over(work: Work, task: TaskRow, *, asked: bool) -> None:
    """Free a held task from its holder, if that is asked for and allowed. No attempt is charged;
    note and salvage stay with the task.

    Raises:
        TaskHeld: saying who holds it until when, and from when on it may be taken over.
        Forbidden: the caller may not plan, and the policy lets nobody else take over.
    """
    if not asked:
        raise _held(work, task)
    _demand_right(work, task)
    recorded = attempts.take_away(work, task, "taken_over")
    work.record("taken_over", task, data={"attempt": recorded})
    if task.state == State.ACTIVE:
        task.attempt = max(0, task.attempt - 1)
        work.move(task, Trigger.TAKE_BACK)
    work.save(task)


def _demand_right(work: Work, task: TaskRow) -> None:
    minutes = work.policy.check_minutes
    if work.caller.may("plan"):
        return
    if not minutes:
        work.caller.demand("plan", "take_over")
    if take_over_in_s(work, task):
        raise _held(work, task)


def take_over_in_s(work: Work, task: TaskRow) -> int:
    """For how long the holder has not missed its check interval yet; 0 if it has."""
    seen_ms = leases.seen_ms(work, task.session_id) + limits.LAST_SEEN_STEP_MS
    left_ms = seen_ms + work.policy.check_minutes * 60_000 - work.now_ms
    return seconds_until(left_ms)


def _held(work: Work, task: TaskRow) -> TaskHeld:
    until_s = seconds_left(task.lease_until_ms - work.now_ms)
    holder = work.label(task.session_id)
    facts: dict[str, Fact] = {
        "task": task.key,
        "state": task.state,
        "holder": holder,
        "until_s": until_s,
    }
    advice = "a planner may claim(task, take_over=true)"
    if work.policy.check_minutes:
        facts["take_over_in_s"] = in_s = take_over_in_s(work, task)
        advice = (
            f"{advice}; anybody may when its holder makes no call until then"
            if in_s
            else "anybody may claim(task, take_over=true): its holder has missed its check interval"
        )
    if task.state == State.ACTIVE and task.pending:
        advice = "nobody can take it over before its reopened upstreams are done"
    doing = "being reviewed" if task.state == State.REVIEW else "held"
    return TaskHeld(
        f"{task.key} is {doing} by {holder}; the lease ends in {until_s} s unless it is renewed",
        state=facts,
        next=f"claim() for other work; {advice}",
    )
