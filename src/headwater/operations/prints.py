"""What a task's fingerprints are made of, gathered from the store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from headwater.graph.fingerprint import (
    Asked,
    Input,
    Promise,
    exactly,
    fingerprint,
    keys_of,
    normalised,
)
from headwater.operations.context import Gathered, Read, reader_keys
from headwater.operations.images import compact
from headwater.store.queries import reuse as queries
from headwater.store.rows import DeliveryRow, TaskRow, TextRow
from headwater.store.transaction import Tx


class Prints(NamedTuple):
    """Both fingerprints; empty for a task that does not say what it asks."""

    exact: str
    normalised: str


def accepted_prints(tx: Tx, task: TaskRow, text: TextRow, made: DeliveryRow) -> Prints:
    """Of an accepted task: what its worker was given. A person who did it was given nothing."""
    worked = made.attempt_id or made.reused_from_id
    read = tx.all(queries.READ, task_id=task.id) if worked else []
    return prints_of(tx, task, text, [Read(*row) for row in read])


def is_as_accepted(tx: Tx, task_id: int, made: DeliveryRow) -> bool:
    """Would `accepted_prints` say now what it said when `made` was delivered?"""
    return bool(tx.number(queries.UNCHANGED, task_id=task_id, revision=made.revision))


def prints_of(tx: Tx, task: TaskRow, text: TextRow, read: Sequence[Read]) -> Prints:
    asked = Asked(task.title, text.spec, json.loads(text.acceptance), json.loads(text.paths))
    if not (asked.spec.strip() or asked.title.strip()):
        return Prints("", "")
    inputs = _inputs(tx, task, read)
    return Prints(
        fingerprint(asked, inputs, exactly),
        fingerprint(asked, inputs, normalised),
    )


def given(gathered: Gathered) -> list[Read]:
    """What a claim would record as read."""
    shown = {entry.source_id for entry in gathered.entries}
    return [one for one in gathered.reads.values() if one.source_id in shown]


def _inputs(tx: Tx, task: TaskRow, read: Sequence[Read]) -> list[Input]:
    """What was read, each with its contract; and needs that deliver nothing, as themselves."""
    needs = tx.all(queries.NEEDS, task_id=task.id)
    contracts = {row[0]: Promise(row[1], row[2], keys_of(row[3])) for row in needs}
    read = [one for one in read if one.delivery_id]
    shown = {one.source_id for one in read}
    found = [
        Input(contracts[source_id], {}, undelivered=f"{source_id} in round {round}")
        for source_id, _expect, _promise, _keys, round in needs
        if source_id not in shown
    ]
    if not read:
        return found
    names = reader_keys(tx, task)
    ids = compact(sorted({one.delivery_id for one in read}))
    texts = {row[0]: (row[1], row[2]) for row in tx.all(queries.TEXTS, ids=ids)}
    for one in read:
        summary, delivered = texts.get(one.delivery_id, ("", "{}"))
        given: dict[str, str] = json.loads(delivered)
        found.append(
            Input(
                contracts.get(one.source_id, Promise()),
                json.loads(one.digests),
                summary,
                next((given[name] for name in names if name in given), ""),
            )
        )
    return found
