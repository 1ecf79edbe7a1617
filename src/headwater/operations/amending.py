"""Amend: whoever delivered puts right what nobody has read yet.

A wrong commit or a value left out is seen a minute after the finish, and neither a reviewer nor
another round should be needed for that. Once a reviewer has taken or approved it, or a consumer was
given it, it stays as it is.
"""

from __future__ import annotations

import json
from operator import attrgetter
from typing import Any, Final

from pydantic_core import from_json

from headwater.errors import BadRequest, Fact, WrongState, in_a_hint
from headwater.graph.gates import Gate
from headwater.graph.states import State
from headwater.operations import attempts, delivery, earlier, evidence, promises, replies
from headwater.operations.leases import Lease
from headwater.operations.outlook import next_of
from headwater.operations.work import Work
from headwater.store.queries import edges, log, sessions
from headwater.store.rows import DeliveryRow, TaskRow
from headwater.verbs.work import Finished, FinishRequest

AMEND: Final = "amend"
_OPEN: Final = frozenset({Gate.REVIEW, Gate.INPUTS})
"""The gates at which a delivery can be amended: nobody has approved it."""
_NOT_OF_IT: Final = ("to", "cost", "claim_next")
_said_in = attrgetter(
    "summary", "critical", "artifacts", "delivered", "evidence", "notes", "changed"
)


def amend(work: Work, lease: Lease, request: FinishRequest) -> Finished:
    """Change the delivery of `request.lease` where the request says something; the rest stands.

    Raises:
        BadRequest: this lease has delivered nothing, or what is said does not fit the task.
        WrongState: somebody has read it, reviews it now, or has approved it.
        MissingPromises, MissingEvidence, LimitExceeded: as for the finish.
    """
    before = _delivered_by(work, lease, request)
    task = lease.task
    whole = _over(work, task, before, request)
    warnings = promises.check(work, task, whole)
    warnings += [*delivery.not_there(request), *_not_kept(request)]
    filled = evidence.check_evidence(work, task, whole.request)
    row = delivery.composed(work, task, lease.attempt, filled, kept=whole.artifacts)
    if _said_in(row) != _said_in(before):  # a call that is repeated says nothing new
        _demand_unread(work, task, before)
        row.id = work.tx.add(log.ADD_DELIVERY, row)
        task.delivery_id = lease.attempt.delivery_id = row.id
        attempts.save(work, lease.attempt)
        work.record(
            "amended",
            task,
            data={
                "attempt": attempts.image(lease.attempt),
                "delivery": attempts.delivery_image(row),
            },
        )
        work.save(task)
    return Finished(
        task=task.key,
        state=task.state,
        outcome=AMEND,
        unblocked=[],
        as_before=whole.kept or None,
        warnings=warnings or None,
        revision=work.revision,
        next=next_of(work, task, sent_back=False),
    )


def _delivered_by(work: Work, lease: Lease, request: FinishRequest) -> DeliveryRow:
    """What the attempt has delivered, by this very lease."""
    attempt = lease.attempt
    ended = attempt.outcome == "done" and replies.ended_by(attempt.reply, request.lease)
    made = work.tx.one(log.DELIVERY, id=attempt.delivery_id) if ended else None
    if made is None:
        raise BadRequest(
            f"outcome amend changes what a finish has delivered; this lease on {lease.task.key} "
            "has delivered nothing",
            next="finish(lease) without it delivers"
            if lease.standing != "lost"
            else "check(session) shows what you hold",
        )
    return made


def _demand_unread(work: Work, task: TaskRow, made: DeliveryRow) -> None:
    """Raises:
    WrongState: the delivery was read, approved or sent back, or is under review.
    """
    if task.delivery_id == made.id and task.state == State.DONE and _is_unread(work, task):
        return
    stands = task.state == State.REVIEW and task.delivery_id == made.id and task.gate in _OPEN
    judge = task.session_id or task.lapsed_session_id
    if stands and not judge:
        return
    state: dict[str, Fact] = {"task": task.key, "state": task.state}
    if stands:
        row = work.tx.one(sessions.LABEL, id=judge)
        name = in_a_hint(str(row[0]) if row else "", "")
        to = f"agent:{name}" if name else "reviewers"
        raise WrongState(
            f"{task.key} is being reviewed; nothing was changed",
            state=state,
            next=f'tell(to="{to}", task="{task.key}", text=...) says it to the reviewer',
        )
    if task.delivery_id == made.id and (task.state == State.DONE or task.state == State.REVIEW):
        raise WrongState(
            f"what you delivered of {task.key} is accepted already; nothing was changed",
            state=state,
            next=f'rework(task="{task.key}", feedback=what is wrong) opens another round',
        )
    raise WrongState(
        f"what you delivered of {task.key} was sent back, or replaced; nothing was changed",
        state=state,
        next=f'claim(task="{task.key}") if it is ready, or graph(view="task", task="{task.key}")',
    )


def _is_unread(work: Work, task: TaskRow) -> bool:
    """Was what is accepted neither judged nor merged, nor given to anybody? Nor compared with what
    somebody was given of an earlier round, who was then left alone."""
    if task.review or work.policy.release_on == "merged" or work.board.reuse:
        return False
    return not work.tx.all(edges.READINGS_OF, source_id=task.id)


def _over(work: Work, task: TaskRow, before: DeliveryRow, request: FinishRequest) -> earlier.Whole:
    """The request, filled up with what the delivery says beside it: unlike a new round's, it keeps
    what was said to consumers and the evidence, as far as they still are asked for."""
    whole = earlier.over(before, request)
    items: list[str] = json.loads(work.text(task).acceptance)
    shown: dict[str, str] = from_json(before.evidence)
    consumers = promises.consumers(work, task)
    said = {to: text for to, text in earlier.said_to(before).items() if to in consumers}
    update: dict[str, Any] = {
        "delivered": {**said, **whole.request.delivered},
        "evidence": {item: text for item, text in shown.items() if item in items}
        | evidence.by_item(task.key, items, request.evidence),
        "notes": request.notes or before.notes,
        "changed": request.changed or from_json(before.changed),
    }
    whole.request = whole.request.model_copy(update=update)
    return whole


def _not_kept(request: FinishRequest) -> list[str]:
    fields = FinishRequest.model_fields
    named = [name for name in _NOT_OF_IT if getattr(request, name) != fields[name].default]
    return [f"not kept: {', '.join(named)}; amend changes what was delivered"] if named else []
