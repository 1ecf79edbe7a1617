"""Reuse: finish a task at once with what an identical, accepted one delivered.

A task asks for it when it is added. It is decided once: at the add, if the inputs are done by
then, else when the last of them is accepted; never after somebody has claimed it. The earlier task
must still be done with the delivery that was accepted, and its fingerprint (`graph/fingerprint.py`)
must be the same. Promises to consumers are matched by their contracts, evidence by its items.

A board keeps fingerprints from its first `reuse` on, when those of the newest deliveries are
computed; a board that never asks pays nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from headwater import limits
from headwater.graph.fingerprint import Promise, Tidy, exactly, keys_of, normalised
from headwater.graph.gates import Gate
from headwater.graph.inputs import delivery_digests
from headwater.graph.redaction import TOMBSTONE
from headwater.graph.states import State, Trigger
from headwater.operations import attempts, reviewers
from headwater.operations.context import Read, gather
from headwater.operations.evidence import REQUIRED, unanswered
from headwater.operations.images import compact
from headwater.operations.prints import accepted_prints, given, is_as_accepted, prints_of
from headwater.operations.promises import has_keys
from headwater.operations.work import Work
from headwater.store.queries import context, edges, log
from headwater.store.queries import reuse as queries
from headwater.store.queries.reuse import Giver
from headwater.store.rows import DeliveryRow, TaskRow, TextRow

EXACT = "exact"
_TRIED = 8
"""How many earlier tasks of the same fingerprint are looked at."""


class _Owed(NamedTuple):
    """A promise to a consumer, by its key."""

    to: str
    promise: Promise


def begin(work: Work) -> None:
    """From now on this board remembers fingerprints; those of its newest deliveries at once."""
    if work.board.reuse:
        return
    work.board.reuse = 1
    work.touch_board()
    newest = work.tx.all(queries.NEWEST, board_id=work.board.id, count=limits.REUSE_BACKFILL)
    for (task_id,) in newest:
        task = work.task_by_id(task_id)
        made = work.tx.one(log.DELIVERY, id=task.delivery_id)
        if made is not None and is_as_accepted(work.tx, task.id, made):
            remember(work, task)


def remember(work: Work, task: TaskRow) -> None:
    """`task` was accepted: keep its fingerprint, for others that ask the same."""
    made = work.tx.one(log.DELIVERY, id=task.delivery_id) if task.delivery_id else None
    if made is None:
        return
    prints = accepted_prints(work.tx, task, work.text(task), made)
    if not prints.normalised:
        return
    work.tx.run(
        queries.REMEMBER,
        task_id=task.id,
        board_id=work.board.id,
        delivery_id=made.id,
        exact=prints.exact,
        normalised=prints.normalised,
        promises=compact([[one.to, *_stored(one.promise)] for one in _owed(work, task)]),
    )


def forget(work: Work) -> None:
    """A redaction changed what fingerprints were made of: all boards of the store begin anew."""
    work.tx.run(queries.FORGET_ALL)
    work.tx.run(queries.FORGET_BOARDS)
    work.board.reuse = 0


def finish_from_earlier(work: Work, task: TaskRow) -> str:
    """Finish a ready task that asks for it from an earlier one; the key of that one, or nothing.

    It is done by that, or waits for its review.
    """
    if not task.reuse or task.round or task.state != State.READY:
        return ""
    text = work.text(task)
    read = given(gather(work.tx, task, "normal"))
    prints = prints_of(work.tx, task, text, read)
    if not prints.normalised:
        return ""
    givers = work.tx.all(
        queries.GIVERS,
        board_id=work.board.id,
        normalised=prints.normalised,
        exact=prints.exact if task.reuse == EXACT else "",
        count=_TRIED,
    )
    for giver in givers:
        made = work.tx.one(log.DELIVERY, id=giver.delivery_id)
        fitting = _fitting(work, task, text, giver, made) if made is not None else None
        if fitting is not None:
            _finish(work, task, giver, fitting, read)
            return giver.key
    return ""


def origin(work: Work, task: TaskRow) -> str:
    """The key of the task that this one's delivery was made for, if it was another."""
    made = work.delivery(task.delivery_id)
    return work.task_by_id(made.reused_from_id).key if made and made.reused_from_id else ""


# -- what is handed over -----------------------------------------------------------------------


def _fitting(
    work: Work, task: TaskRow, text: TextRow, giver: Giver, made: DeliveryRow
) -> DeliveryRow | None:
    """The earlier delivery as this task's own; None if it does not answer all that is asked."""
    if _is_redacted(work, made):
        return None
    tidy = exactly if task.reuse == EXACT else normalised
    items: list[str] = json.loads(text.acceptance)
    shown = {tidy(item): said for item, said in json.loads(made.evidence).items()}
    evidence = {item: shown[tidy(item)] for item in items if tidy(item) in shown}
    if work.policy.evidence == REQUIRED and unanswered(items, evidence):
        return None
    answered = _answers(work, task, giver, made, tidy)
    if answered is None:
        return None
    delivered, artifacts = answered
    critical: dict[str, Any] = json.loads(made.critical)
    if not has_keys(work.tx, task, critical.keys() | {one["name"] for one in artifacts}):
        return None
    return replace(
        made,
        id=0,
        task_id=task.id,
        attempt_id=0,
        round=1,
        salvage=0,
        delivered=compact(delivered),
        artifacts=compact(artifacts),
        evidence=compact(evidence),
        changed="[]",
        digests=compact(delivery_digests(critical, artifacts)),
        revision=0,
        created_ms=work.now_ms,
        reused_from_id=giver.task_id,
    )


def _is_redacted(work: Work, made: DeliveryRow) -> bool:
    """A tombstone stands where there was something: that is no longer what was accepted."""
    texts = (made.summary, made.critical, made.artifacts, made.delivered, made.evidence, made.notes)
    if any(TOMBSTONE in said for said in texts):
        return True
    hashes = [one["hash"] for one in json.loads(made.artifacts) if "hash" in one]
    if not hashes:
        return False
    return work.tx.number(queries.MARKED, hashes=compact(hashes), mark=TOMBSTONE) > 0


def _answers(
    work: Work, task: TaskRow, giver: Giver, made: DeliveryRow, tidy: Tidy
) -> tuple[dict[str, str], list[dict[str, Any]]] | None:
    """Texts and artifacts for this task's consumers; None if one was promised something else."""
    kept = [
        _Owed(to, Promise(expect, promise, tuple(keys)))
        for to, expect, promise, keys in json.loads(giver.promises)
    ]
    said: Mapping[str, str] = json.loads(made.delivered)
    artifacts: list[dict[str, Any]] = json.loads(made.artifacts)
    named = {one["name"]: one for one in artifacts}
    delivered: dict[str, str] = {}
    for owed in _owed(work, task):
        earlier = next((one.to for one in kept if one.promise.same_as(owed.promise, tidy)), "")
        if said.get(earlier, "").strip():
            delivered[owed.to] = said[earlier]
        elif earlier in named and owed.to not in named:
            named[owed.to] = {**named[earlier], "name": owed.to}
            artifacts.append(named[owed.to])
        elif earlier not in named:
            return None
    return delivered, artifacts


def _owed(work: Work, task: TaskRow) -> list[_Owed]:
    return [
        _Owed(row.key, Promise(row.expect, row.promise, keys_of(row.keys)))
        for row in work.tx.all(context.OWED, upstream_id=task.id)
        if row.promise
    ]


def _stored(promise: Promise) -> list[object]:
    return [promise.expect, promise.promise, list(promise.keys)]


def _finish(
    work: Work, task: TaskRow, giver: Giver, made: DeliveryRow, read: Sequence[Read]
) -> None:
    """Accept the delivery, or send it to review, and keep what it rests on as if it had been read:
    if an input changes later, this task is redone like any other."""
    made.revision = work.revision + 1
    made.id = work.tx.add(log.ADD_DELIVERY, made)
    task.round = 1
    task.delivery_id = made.id
    work.record(
        "reused",
        task,
        reason=f"from {giver.key}",
        data={"from": giver.key, "delivery": attempts.delivery_image(made)},
    )
    task.gate = Gate.REVIEW.value if task.review else ""
    work.move(task, Trigger.REUSE_FOR_REVIEW if task.review else Trigger.REUSE)
    work.save(task)
    if task.review:
        reviewers.tell(work, task)
    if read:
        work.tx.many(edges.ADD_READING, [one.row(task.id) for one in read])
