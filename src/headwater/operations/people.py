"""What people do: pause, resume, done, release, answer, merged, policy."""

from __future__ import annotations

from headwater.errors import BadRequest, WrongState
from headwater.graph.states import State, Trigger
from headwater.operations import (
    attempts,
    delivery,
    flow,
    landing,
    rounds,
)
from headwater.operations.earlier import with_earlier
from headwater.operations.flow import Consequences
from headwater.operations.listing import first_keys, line
from headwater.operations.settings import set_policy
from headwater.operations.work import Work
from headwater.store.queries import edges
from headwater.store.rows import AttemptRow, TaskRow
from headwater.verbs.people import (
    BoardRequest,
    PersonReply,
    PersonRequest,
)
from headwater.verbs.work import (
    FinishRequest,
)

_SENT_BACK_STANDS = (
    "nothing was said of what was done: its consumers get what an earlier round delivered, which "
    "was sent back; rework it, then say what is true now: headwater done KEY TEXT"
)


def person(work: Work, request: PersonRequest) -> PersonReply:
    """One of the people's verbs on one task."""
    work.caller.demand("plan", request.action)
    task = work.task(request.task)
    warnings: list[str] = []
    if request.action == "done":
        said = FinishRequest.model_construct(lease="", summary=request.text)
        if delivery.is_empty(said) and task.delivery_id and task.state != State.REVIEW:
            warnings.append(_SENT_BACK_STANDS)
        follows = done_by_hand(work, task, said)
    elif request.action == "release":
        follows = _release(work, task)
    elif request.action == "merged":
        follows = landing.merged(work, task, line(request.text))
    else:
        follows = _answer(work, task, request.text)
    return PersonReply(
        task=task.key,
        state=task.state,
        unblocked=first_keys(follows.unblocked, "unblocked", warnings) or None,
        warnings=warnings or None,
        revision=work.revision,
        next="headwater status",
    )


def done_by_hand(work: Work, task: TaskRow, said: FinishRequest) -> Consequences:
    """I did it myself: accepted at once, with what is said of it; whoever held it is told."""
    if task.state == State.SPLIT:
        raise WrongState(
            f"{task.key} is split: its parts decide",
            state={"task": task.key, "state": task.state},
            next="mark its parts done, or cancel them",
        )
    reason = line(said.summary)
    taken = attempts.take_away(work, task, "done_by_hand", reason)
    work.tx.run(edges.FORGET_READINGS, task_id=task.id)  # the result rests on none of them
    data: dict[str, object] = {"attempt": taken} if taken else {}
    if not delivery.is_empty(said):
        by_hand = AttemptRow(
            0, task.id, "work", max(1, task.round), 0, 0, 0, 0, 0, "", "", "", "{}", "", 0, ""
        )
        whole = with_earlier(work, task, said)
        made = delivery.store(work, task, by_hand, whole.request, kept=whole.artifacts)
        task.delivery_id = made.id
        data["delivery"] = attempts.delivery_image(made)
    work.record("done_by_hand", task, reason=reason, data=data or None)
    task.gate = ""
    task.due_ms = 0
    task.handoff = ""
    task.round = task.round or 1
    work.move(task, Trigger.DO_BY_HAND)
    work.save(task)
    return flow.accepted(work, task)


def _release(work: Work, task: TaskRow) -> Consequences:
    """Free a stuck holder; no attempt is charged."""
    if not task.session_id:
        raise WrongState(
            f"nobody holds {task.key}",
            state={"task": task.key, "state": task.state},
            next="headwater status shows who holds what",
        )
    taken = attempts.take_away(work, task, "released_by_person")
    work.record("released", task, reason="released by a person", data={"attempt": taken})
    if task.state == State.ACTIVE:
        task.attempt = max(0, task.attempt - 1)
        work.move(task, Trigger.RELEASE)
    work.save(task)
    return Consequences()


def _answer(work: Work, task: TaskRow, text: str) -> Consequences:
    """The answer to a held task's question: it is open again with it."""
    if task.state != State.HELD:
        raise WrongState(
            f"{task.key} is {task.state}: it asks nothing",
            state={"task": task.key, "state": task.state},
            next="rework it to send it back with feedback",
        )
    if not text.strip():
        raise BadRequest("an answer needs text")
    rounds.begin(work, task, text, work.actor, kind="answered")
    return Consequences()


def board(work: Work, request: BoardRequest) -> PersonReply:
    """Pause, resume, or set policies."""
    work.caller.demand("plan", request.action)
    if request.action == "policy":
        warnings = set_policy(work, request.policy, request.reason) if request.policy else []
        return PersonReply(
            policy={name: getattr(work.policy, name) for name in type(work.policy).__slots__},
            warnings=warnings or None,
            revision=work.revision,
            next="headwater status",
        )
    paused = int(request.action == "pause")
    if work.board.paused != paused:
        work.board.paused = paused
        work.record(
            "paused" if paused else "resumed", reason=request.reason, data={"paused": paused}
        )
    return PersonReply(
        state="paused" if paused else "open",
        revision=work.revision,
        next="headwater resume" if paused else "headwater status",
    )
