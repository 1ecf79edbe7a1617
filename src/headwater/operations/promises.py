"""The promise gate: what a task owes its consumers, and whether a finish gives it."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from headwater import limits
from headwater.errors import BadRequest, MissingPromises, in_a_list
from headwater.graph.fingerprint import keys_of
from headwater.graph.states import State
from headwater.operations.earlier import SAME, Whole, last, said_to
from headwater.operations.structure import ANSWERS
from headwater.operations.work import Work
from headwater.store.queries import context
from headwater.store.rows import TaskRow
from headwater.store.transaction import Tx
from headwater.verbs.work import FinishRequest


def check(work: Work, task: TaskRow, whole: Whole) -> list[str]:
    """Every contracted promise to a live consumer is answered, every key that a contract names is
    there, and every answer has a consumer.

    A promise is answered by text in `delivered[consumer]` or by an artifact named like the
    consumer; a key by a critical value, which may be null, or an artifact of that name. Returns
    warnings about keys that are left out, as another part of the same container may still deliver
    them.

    Raises:
        MissingPromises: naming each promise without an answer, and each missing key.
        BadRequest: for an answer to a task that does not depend on this one.
    """
    request = whole.request
    _demand_consumers(work, task, request)
    named = {artifact.name for artifact in request.artifacts}
    named.update(one["name"] for one in whole.artifacts)
    made = named.union(request.critical)
    missing: list[dict[str, Any]] = []
    warnings: list[str] = []
    for one in owed(work.tx, task):
        gap: dict[str, Any] = {}
        if one.promise and not request.delivered.get(one.to, "").strip() and one.to not in named:
            gap["promise"] = one.promise[: limits.LINE_CHARS]
        lacking = [key for key in one.keys if key not in made]
        if lacking and _others_answer(work.tx, task, one):
            warnings.append(f"{one.to} uses {in_a_list(lacking, 'a key')}: not delivered")
        elif lacking:
            gap["keys"] = lacking
        if gap:
            expected = {"expect": one.expect[: limits.LINE_CHARS]} if one.expect else {}
            missing.append({"to": one.to, **expected, **gap})
    if missing:
        raise _missing(work, task, missing)
    return warnings


def _demand_consumers(work: Work, task: TaskRow, request: FinishRequest) -> None:
    """First of all, since a misspelt consumer is one without an answer, too."""
    if not (request.delivered or request.changed):
        return
    known = consumers(work, task)
    strangers = sorted((set(request.delivered) | set(request.changed)) - known)
    if strangers:
        raise BadRequest(
            f"nothing named {', '.join(strangers[:5])} depends on {task.key}; nothing was changed",
            state={"consumers": sorted(known)[: limits.NEEDS_PER_TASK]},
            next="name consumers in `delivered` and `changed`",
        )


def consumers(work: Work, task: TaskRow) -> set[str]:
    """The keys of those who may be told something by a finish."""
    return {row[0] for row in work.tx.all(context.CONSUMERS, upstream_id=task.id)}


def _missing(work: Work, task: TaskRow, missing: list[dict[str, Any]]) -> MissingPromises:
    silent = [one["to"] for one in missing if "promise" in one]
    keys = dict.fromkeys(key for one in missing for key in one.get("keys", ()))
    said: list[str] = []
    advice: list[str] = []
    if silent:
        said.append(f"{task.key} has not answered its promise to: {', '.join(silent)}")
        before = said_to(last(work, task))
        same = f' ("{SAME}" keeps what it was given before)' if before else ""
        advice.append(f"delivered={{CONSUMER: text}} for each of them{same}")
    if keys:
        said.append(f"{task.key} lacks what its consumers use: {in_a_list(keys, 'a key')}")
        advice.append("critical={KEY: value} for each key (null if there is none)")
    return MissingPromises(
        f"{'; '.join(said)}; nothing was changed",
        state={"task": task.key, "missing": missing},
        next=f"finish again with {', and '.join(advice)}",
    )


@dataclass(frozen=True, slots=True)
class Debt:
    """What a task owes one of its consumers by their contract."""

    to: str
    expect: str
    promise: str
    keys: tuple[str, ...]
    consumer_id: int
    for_container: bool
    """It was promised by the container that the task is a part of."""


def owed(tx: Tx, task: TaskRow) -> list[Debt]:
    """What a task owes, said once: a consumer that was split and its parts use the same delivery,
    so that an answer to the one is an answer to the other."""
    rows = tx.all(context.OWED, upstream_id=task.id)
    by_id = {row.id: row for row in rows}
    found: list[Debt] = []
    for row in rows:
        keys = keys_of(row.keys)
        container = by_id.get(row.parent_id)
        if container and not row.promise and set(keys) <= set(keys_of(container.keys)):
            continue
        if row.state == State.SPLIT and _parts_answered(tx, task, row):
            continue
        answers = row.kind == ANSWERS
        found.append(Debt(row.key, row.expect, row.promise, keys, row.id, answers))
    return found


def _parts_answered(tx: Tx, task: TaskRow, container: context.OwedRow) -> bool:
    """Does every part that reads this task have a promise of its own?"""
    parts = tx.all(context.PROMISED_TO_PARTS, upstream_id=task.id, parent_id=container.id)
    return bool(parts) and all(promise for (promise,) in parts)


def has_keys(tx: Tx, task: TaskRow, made: Container[str]) -> bool:
    """Would a finish be accepted that delivers these keys, as far as consumers use any?"""
    return all(
        all(key in made for key in debt.keys) or _others_answer(tx, task, debt)
        for debt in owed(tx, task)
    )


def _others_answer(tx: Tx, task: TaskRow, debt: Debt) -> bool:
    """May another part of the same container still deliver what this one does not?"""
    if not debt.for_container:
        return False
    found = tx.number(
        context.OTHERS_ANSWER,
        consumer_id=debt.consumer_id,
        parent_id=task.parent_id,
        task_id=task.id,
    )
    return bool(found)
