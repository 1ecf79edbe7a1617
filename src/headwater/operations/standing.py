"""Who stands in a task's place: a task that supersedes another does so for good.

Whoever names the superseded one from then on (as an upstream, as what shall be sent back) gets the
one that stands in its place, and is told so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from headwater.errors import BadRequest
from headwater.operations.images import compact
from headwater.operations.work import Work
from headwater.store.queries import edges, tasks
from headwater.store.rows import TaskRow
from headwater.store.sql import Plain
from headwater.verbs.plan import Contract, EditRequest, TaskSpec

S = TypeVar("S", bound=TaskSpec)


def standing(work: Work, task: TaskRow) -> TaskRow:
    """The task itself, or the last one in the line of those that superseded it."""
    while task.superseded_by_id:
        task = work.task_by_id(task.superseded_by_id)
    return task


def places(work: Work, keys: Sequence[str]) -> tuple[dict[str, Plain], dict[str, str]]:
    """Where tasks stand in the graph, and for those that were superseded: by which key."""
    found: dict[str, Plain] = {}
    instead: dict[str, str] = {}
    for row in _places(work, keys):
        found[row[0]] = row[1:-1]
        if row[-1]:
            instead[row[0]] = standing(work, work.task_by_id(row[-1])).key
    if instead:
        found |= {row[0]: row[1:-1] for row in _places(work, list(instead.values()))}
    return found, instead


def _places(work: Work, keys: Sequence[str]) -> list[Plain]:
    return work.tx.all(tasks.PLACES, board_id=work.board.id, keys=compact(list(keys)))


def redirected(spec: S, instead: Mapping[str, str]) -> S:
    """A new task's upstreams with each superseded one replaced by who stands in its place."""

    def names(given: list[str]) -> list[str]:
        return list(dict.fromkeys(instead.get(name, name) for name in given))

    return spec.model_copy(
        update={
            "needs": names(spec.needs),
            "soft": names(spec.soft),
            "candidates": names(spec.candidates),
            "before": names(spec.before),
            "contracts": _contracts(spec.contracts, instead),
        }
    )


def redirected_edit(
    work: Work, task: TaskRow, request: EditRequest
) -> tuple[EditRequest, list[str]]:
    """The same for an edit, with a sentence for each replacement.

    A task keeps its own edge to what it supersedes, and may drop it.
    """
    named = {*request.add_needs, *request.add_soft, *request.drop_needs}
    instead: dict[str, str] = {}
    for name in sorted(named | {contract.task for contract in request.contracts}):
        row = work.task(name)
        if row.superseded_by_id and not _has_edge(work, task, row):
            stand_in = standing(work, row)
            if stand_in.id != task.id:
                instead[name] = stand_in.key
    if not instead:
        return request, []
    changed = {
        field: list(dict.fromkeys(instead.get(name, name) for name in getattr(request, field)))
        for field in ("add_needs", "add_soft", "drop_needs")
    }
    contracts = _contracts(request.contracts, instead)
    return request.model_copy(update={**changed, "contracts": contracts}), said(instead)


def said(instead: Mapping[str, str]) -> list[str]:
    """A sentence for each replacement."""
    return [f"{old} was superseded: {new} stands in its place" for old, new in instead.items()]


def _has_edge(work: Work, task: TaskRow, upstream: TaskRow) -> bool:
    return work.tx.one(edges.ONE, task_id=task.id, upstream_id=upstream.id) is not None


def _contracts(given: list[Contract], instead: Mapping[str, str]) -> list[Contract]:
    found: dict[str, Contract] = {}
    for one in given:
        key = instead.get(one.task, one.task)
        if key in found:
            raise BadRequest(
                f"two contracts with {key}: it stands in the place of a task that was superseded; "
                "nothing was changed",
                next="put all of it into one contract",
            )
        found[key] = one if key == one.task else one.model_copy(update={"task": key})
    return list(found.values())
