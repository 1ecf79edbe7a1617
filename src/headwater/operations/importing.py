"""Import: a whole plan at once, with the states it has reached elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Literal

from headwater import limits
from headwater.errors import BadRequest
from headwater.graph.inputs import delivery_digests
from headwater.operations import attempts, batch, insertion, updating
from headwater.operations.add import finish_batch, warnings_shown
from headwater.operations.batch import Batch
from headwater.operations.delivery import references
from headwater.operations.draft import Draft, drafted
from headwater.operations.images import compact
from headwater.operations.insertion import Brought
from headwater.operations.settings import set_policy
from headwater.operations.work import Work
from headwater.store.ids import reserve_delivery_ids
from headwater.store.queries import log, tasks
from headwater.store.rows import DeliveryRow, TextRow
from headwater.verbs.importing import ImportedTask, ImportReply, ImportRequest


class Rehearsed(Exception):
    """A dry run has done all of it, for nothing less finds every fault. Whoever catches this,
    outside of the transaction, which is undone by it, has the reply."""

    def __init__(self, reply: ImportReply) -> None:
        super().__init__()
        self.reply = reply


def draft_of(request: ImportRequest) -> Draft:
    """What can be done before the write lock is taken, if all tasks turn out to be new."""
    return drafted(request.tasks)


def import_tasks(work: Work, request: ImportRequest, draft: Draft) -> ImportReply:
    """Add all tasks of a plan, or none; tasks that are there are refused, skipped or updated.

    Raises:
        DuplicateKey, UnknownTask, Cycle, LimitExceeded, WrongState: nothing was changed.
        Rehearsed: nothing was changed, as was asked for.
    """
    work.caller.demand("plan", "import")
    revision = work.revision
    batch.demand_once(draft)
    there = _there(work, request)
    whole = _with_before_as_needs(request, there) if there else request.tasks
    wanted = [spec for spec in whole if spec.key not in there]
    old = [spec for spec in whole if spec.key in there]
    _demand_simple(wanted)
    if old:
        draft = drafted(wanted)
    prepared = batch.prepare(work, draft, most=limits.TASKS_PER_IMPORT) if wanted else None
    plans = updating.plan(work, old, whole, request.says) if request.existing == "update" else None
    if plans is not None:
        updating.drop(work, plans)
    if prepared is not None:
        _add(work, wanted, prepared)
    if plans is not None:
        updating.carry_out(work, plans)
    rules = _set_rules(work, request)
    reply = _reply(work, request, wanted, prepared, plans, len(old))
    reply = reply.model_copy(update={"rules": rules})
    if request.dry_run:
        raise Rehearsed(reply.model_copy(update={"revision": revision}))
    return reply


def _there(work: Work, request: ImportRequest) -> set[str]:
    """The keys that the board has, of tasks that are skipped or updated."""
    if request.existing == "refuse":
        return set()
    keys = compact([spec.key for spec in request.tasks])
    return {row[0] for row in work.tx.all(tasks.PLACES, board_id=work.board.id, keys=keys)}


def _with_before_as_needs(request: ImportRequest, there: Collection[str]) -> list[ImportedTask]:
    """The plan with each `before` among its tasks as a need of the later one: edges between tasks
    that are there are compared by needs. What is skipped takes nothing from the plan."""
    skipped = there if request.existing == "skip" else ()
    needing = {spec.key for spec in request.tasks}.difference(skipped)
    needs: dict[str, list[str]] = {}
    for spec in request.tasks:
        for consumer in needing.intersection(spec.before) - {spec.key}:
            needs.setdefault(consumer, []).append(spec.key)
    return [
        spec.model_copy(
            update={
                "needs": [*spec.needs, *needs.get(spec.key, ())],
                "before": [one for one in spec.before if one == spec.key or one not in needing],
            }
        )
        if spec.before or spec.key in needs
        else spec
        for spec in request.tasks
    ]


def _add(work: Work, wanted: list[ImportedTask], prepared: Batch) -> None:
    insertion.label(work, prepared)
    delivered = _deliveries(work, wanted, prepared)
    work.record(
        "imported",
        data={
            "keys": [spec.key for spec in wanted],
            "deliveries": [attempts.delivery_image(row) for row in delivered.values()],
        },
    )
    brought = Brought(
        states={spec.key: spec.state for spec in wanted if spec.state != "open"},
        notes={spec.key: _notes(spec) for spec in wanted if spec.notes or spec.state == "held"},
        deliveries={key: row.id for key, row in delivered.items()},
    )
    insertion.insert(work, prepared, brought=brought)
    work.tx.put_many(log.ADD_DELIVERY_WITH_ID, list(delivered.values()))
    finish_batch(work, prepared)


def _set_rules(work: Work, request: ImportRequest) -> Literal["set", "kept"] | None:
    before = work.policy.rules
    if not request.rules.strip() or request.rules.strip() == before:
        return None
    if before and request.existing != "update":
        return "kept"
    set_policy(work, {"rules": request.rules}, "imported")
    return "set"


def _demand_simple(wanted: list[ImportedTask]) -> None:
    odd = [spec.key for spec in wanted if spec.supersedes]
    if odd:
        raise BadRequest(
            f"an import cannot supersede tasks: {', '.join(odd[:10])}; nothing was added",
            next="import first, then add the task that supersedes",
        )


def _notes(spec: ImportedTask) -> TextRow:
    question = spec.notes or "It was held where it was imported from." if _held(spec) else ""
    note = "" if _held(spec) else spec.notes
    return TextRow(0, question=question, note=note)


def _held(spec: ImportedTask) -> bool:
    return spec.state == "held"


def _deliveries(work: Work, wanted: list[ImportedTask], prepared: Batch) -> dict[str, DeliveryRow]:
    """What finished tasks delivered, so that their dependents can read it."""
    chosen = [spec for spec in wanted if spec.state == "done" and spec.has_delivered]
    ids = reserve_delivery_ids(work.tx, len(chosen))
    artifacts = {spec.key: references(work, spec.artifacts) for spec in chosen}
    return {
        spec.key: DeliveryRow(
            id=ids[at],
            task_id=prepared.known[spec.key].id,
            attempt_id=0,
            round=1,
            salvage=0,
            session_id=0,
            summary=spec.summary,
            critical=compact(spec.critical),
            artifacts=compact(artifacts[spec.key]),
            delivered=compact(spec.delivered),
            evidence=compact(spec.evidence),
            notes="",
            changed="[]",
            digests=compact(delivery_digests(spec.critical, artifacts[spec.key])),
            revision=work.revision + 1,
            created_ms=work.now_ms,
        )
        for at, spec in enumerate(chosen)
    }


def _edges_of(prepared: Batch) -> int:
    """The edges of new tasks, and those to them of tasks that were there."""
    befores = (set(spec.before).difference(prepared.rows) for spec in prepared.specs)
    return sum(map(len, prepared.needs.values())) + sum(map(len, befores))


def _reply(
    work: Work,
    request: ImportRequest,
    wanted: list[ImportedTask],
    prepared: Batch | None,
    plans: updating.Plans | None,
    present: int,
) -> ImportReply:
    added = prepared.rows.values() if prepared else ()
    updated = plans.updated if plans else []
    return ImportReply(
        added=len(wanted),
        skipped=present - len(updated),
        updated=updated or None,
        cleared=(plans.cleared or None) if plans else None,
        left=(plans.left or None) if plans else None,
        absent=(plans.absent or None) if plans else None,
        edges=(_edges_of(prepared) if prepared else 0) + (plans.new_edges if plans else 0),
        states=dict(Counter(row.state for row in added)),
        dry_run=True if request.dry_run else None,
        warnings=(warnings_shown(prepared) or None) if prepared else None,
        revision=work.revision,
        next="nothing was changed: the same without dry_run makes these changes"
        if request.dry_run
        else "claim(session) hands out what is ready",
    )
