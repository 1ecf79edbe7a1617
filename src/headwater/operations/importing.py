"""Import: a whole plan at once, with the states it has reached elsewhere."""

from __future__ import annotations

from collections import Counter
from typing import Any

from headwater import limits
from headwater.errors import BadRequest
from headwater.operations import attempts, batch, insertion
from headwater.operations.add import finish_batch, warnings
from headwater.operations.batch import Batch
from headwater.operations.images import compact
from headwater.operations.work import Work
from headwater.store.ids import reserve_delivery_ids
from headwater.store.queries import log, tasks
from headwater.store.rows import DeliveryRow, TextRow, column_names
from headwater.verbs.plan import ImportedTask, ImportReply, ImportRequest


def import_tasks(work: Work, request: ImportRequest) -> ImportReply:
    """Add all tasks of a plan, or none.

    Raises:
        DuplicateKey, UnknownTask, Cycle, LimitExceeded: nothing was added.
    """
    work.caller.demand("plan", "import")
    wanted = request.tasks
    skipped = 0
    if request.existing == "skip":
        present = _present(work, wanted)
        wanted = [spec for spec in wanted if spec.key not in present]
        skipped = len(request.tasks) - len(wanted)
    if not wanted:
        return _reply(work, [], None, skipped, dry_run=request.dry_run)
    prepared = batch.prepare(work, wanted, most=limits.TASKS_PER_IMPORT)
    _demand_simple(wanted)
    if request.dry_run:
        return _reply(work, wanted, prepared, skipped, dry_run=True)
    insertion.label(work, prepared)
    delivered = _deliveries(work, wanted, prepared)
    work.record(
        "imported",
        data={
            "keys": [spec.key for spec in wanted],
            "deliveries": [attempts.delivery_image(row) for row in delivered.values()],
        },
    )
    insertion.insert(
        work,
        prepared,
        states={spec.key: spec.state for spec in wanted if spec.state != "open"},
        notes={spec.key: _notes(spec) for spec in wanted if spec.notes or spec.state == "held"},
        deliveries={key: row.id for key, row in delivered.items()},
    )
    _store_deliveries(work, delivered)
    finish_batch(work, prepared)
    return _reply(work, wanted, prepared, skipped, dry_run=False)


def _present(work: Work, wanted: list[ImportedTask]) -> set[str]:
    keys = compact([spec.key for spec in wanted])
    return {row[0] for row in work.tx.all(tasks.PLACES, board_id=work.board.id, keys=keys)}


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
    return TextRow(0, "", "[]", "[]", "{}", "[]", question, note)


def _held(spec: ImportedTask) -> bool:
    return spec.state == "held"


def _deliveries(work: Work, wanted: list[ImportedTask], prepared: Batch) -> dict[str, DeliveryRow]:
    """What finished tasks delivered, so that their dependents can read it."""
    chosen = [spec for spec in wanted if spec.state == "done" and spec.summary]
    ids = reserve_delivery_ids(work.tx, len(chosen))
    return {
        spec.key: DeliveryRow(
            id=ids[at],
            task_id=prepared.known[spec.key].id,
            attempt_id=0,
            round=1,
            salvage=0,
            session_id=0,
            summary=spec.summary,
            critical="{}",
            artifacts="[]",
            delivered="{}",
            evidence="{}",
            notes="",
            changed="[]",
            digests="{}",
            revision=work.revision + 1,
            created_ms=work.now_ms,
        )
        for at, spec in enumerate(chosen)
    }


def _store_deliveries(work: Work, delivered: dict[str, DeliveryRow]) -> None:
    rows: list[dict[str, Any]] = [
        {name: getattr(row, name) for name in column_names(DeliveryRow)}
        for row in delivered.values()
    ]
    if rows:
        work.tx.many(log.ADD_DELIVERY_WITH_ID, rows)


def _reply(
    work: Work,
    wanted: list[ImportedTask],
    prepared: Batch | None,
    skipped: int,
    *,
    dry_run: bool,
) -> ImportReply:
    if prepared is None:
        states: dict[str, int] = {}
    elif prepared.rows:
        states = dict(Counter(row.state for row in prepared.rows.values()))
    else:
        states = dict(Counter(spec.state for spec in wanted))
    return ImportReply(
        added=len(wanted),
        skipped=skipped,
        edges=sum(len(needs) for needs in prepared.needs.values()) if prepared else 0,
        states=states,
        dry_run=True if dry_run else None,
        warnings=(warnings(prepared, []) or None) if prepared else None,
        revision=work.revision,
        next="claim(session) hands out what is ready",
    )
