"""The claim's reply: a task with all that a stateless worker needs, inside a byte budget."""

from __future__ import annotations

import json
from typing import Any

from headwater import limits
from headwater.graph.briefing import Entry, select
from headwater.operations import leases
from headwater.operations.context import Gathered, gather
from headwater.operations.images import compact
from headwater.operations.work import Work
from headwater.store.queries import context, edges, log
from headwater.store.rows import AttemptRow, DeliveryRow, TaskRow, TextRow
from headwater.verbs.work import Briefing, Owed, PastAttempt, Salvage, Upstream

_CONTEXT_LEAST_BYTES = 2_000
_NEXT_WORK = "work on it; check(lease) now and then; finish(lease, ...) ends it"
_NEXT_REVIEW = 'judge the delivery; finish(lease, outcome="approve") or "reject" with notes'


def brief(
    work: Work,
    task: TaskRow,
    attempt: AttemptRow,
    *,
    size: str,
    why: str,
    fresh: bool,
) -> Briefing:
    """Describe a task to its holder; for a fresh claim also record what was shown of its inputs."""
    text = work.text(task)
    gathered = gather(work.tx, task)
    owes = _owes(work, task)
    budget = limits.BRIEF_BYTES[size]
    fixed = len(text.spec.encode()) + len(text.acceptance) + sum(len(o.promise) + 60 for o in owes)
    chosen = select(gathered.entries, max(_CONTEXT_LEAST_BYTES, budget - fixed))
    if fresh and attempt.kind == "work":
        _record_reads(work, task, gathered, {entry.source_id for entry in chosen.entries})
    more = list(chosen.more)
    if gathered.cut_off:
        more.append(f'farther upstreams: graph(view="task", task="{task.key}")')
    history = _history(work, task) if task.fence > 1 else _NO_HISTORY
    return Briefing(
        task=task.key,
        title=task.title or None,
        spec=text.spec or None,
        acceptance=_list(text.acceptance),
        paths=_list(text.paths),
        kind=attempt.kind,
        round=task.round,
        attempt=task.attempt,
        attempts=task.attempts,
        estimate=task.estimate_ms / 60_000 if task.estimate_ms else None,
        parent=work.task_by_id(task.parent_id).key if task.parent_id else None,
        lease=leases.token_of(work, task),
        fence=task.fence,
        expires_in_s=max(0, (task.lease_until_ms - work.now_ms) // 1000),
        already_holding=None if fresh else True,
        why=why or None,
        feedback=_feedback(text),
        upstream=[_upstream(entry) for entry in chosen.entries],
        owes=owes,
        conflicts=list(chosen.conflicts) or None,
        tried=history[0],
        salvage=history[1],
        note=text.note or None,
        delivery=_under_review(work, task) if attempt.kind == "review" else None,
        more=more or None,
        revision=work.revision,
        next=_NEXT_REVIEW if attempt.kind == "review" else _NEXT_WORK,
    )


def _list(stored: str) -> list[str] | None:
    return json.loads(stored) if stored != "[]" else None


def _feedback(text: TextRow) -> list[dict[str, Any]] | None:
    entries = json.loads(text.feedback) if text.feedback != "[]" else []
    return [{"by": one["by"], "text": one["text"]} for one in entries] or None


def _owes(work: Work, task: TaskRow) -> list[Owed]:
    return [
        Owed(
            to=key,
            promise=promise,
            expect=expect or None,
            keys=json.loads(keys) if keys != "[]" else None,
        )
        for key, expect, promise, keys, _state in work.tx.all(context.OWED, upstream_id=task.id)
    ]


def _upstream(entry: Entry) -> Upstream:
    return Upstream(
        task=entry.task,
        title=entry.title or None,
        distance=entry.distance,
        path=[*reversed(entry.path)] if entry.path else None,
        state=entry.state if entry.state != "done" else None,
        soft=True if entry.soft else None,
        expect=entry.expect or None,
        promise=entry.promise or None,
        keys=list(entry.keys) or None,
        delivered=entry.delivered or None,
        summary=entry.summary or None,
        critical=entry.critical or None,
        artifacts=list(entry.artifacts) or None,
        by=entry.by or None,
        round=entry.round if entry.round > 1 else None,
    )


def _record_reads(work: Work, task: TaskRow, gathered: Gathered, shown: set[int]) -> None:
    """What this attempt was given, so that a later round of a source can be compared with it."""
    if task.fence > 1:
        work.tx.run(edges.FORGET_READINGS, task_id=task.id)
    rows = [
        {
            "task_id": task.id,
            "source_id": read.source_id,
            "round": read.round,
            "delivery_id": read.delivery_id,
            "digests": compact(read.digests),
        }
        for read in gathered.reads.values()
        if read.source_id in shown
    ]
    if rows:
        work.tx.many(edges.ADD_READING, rows)


_NO_HISTORY: tuple[list[PastAttempt] | None, list[Salvage] | None] = (None, None)


def _history(work: Work, task: TaskRow) -> tuple[list[PastAttempt] | None, list[Salvage] | None]:
    """How the last attempts ended, and what late holders left."""
    past = work.tx.all(log.PAST_ATTEMPTS, task_id=task.id, count=limits.PAST_SHOWN)
    tried = [
        PastAttempt(
            outcome=one.outcome,
            by=work.label(one.session_id) or None,
            reason=one.reason or None,
            notes=one.notes or None,
        )
        for one in past
    ]
    kept = work.tx.all(log.SALVAGE, task_id=task.id, after=0, count=limits.SALVAGE_SHOWN)
    salvage = [_as_salvage(work, one) for one in kept]
    return tried or None, salvage or None


def _as_salvage(work: Work, one: DeliveryRow) -> Salvage:
    return Salvage(
        by=work.label(one.session_id) or None,
        summary=one.summary or None,
        critical=json.loads(one.critical) or None,
        artifacts=json.loads(one.artifacts) or None,
        notes=one.notes or None,
    )


def _under_review(work: Work, task: TaskRow) -> Salvage | None:
    row = work.tx.one(log.DELIVERY, id=task.delivery_id) if task.delivery_id else None
    return _as_salvage(work, row) if row else None
