"""What there is to find of a task: its texts, deliveries, ended attempts and feedback, each with
who wrote it, when and in which revision, read from the tables as they are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from headwater.graph.recall import Doc, doc, in_json
from headwater.operations.images import compact
from headwater.store.queries import recall as queries
from headwater.store.queries import tasks
from headwater.store.rows import AttemptRow, DeliveryRow, TaskRow, TextRow
from headwater.store.sql import Plain
from headwater.store.transaction import Tx

_SILENT: Final = frozenset({"noted", "handed_off"})
"""Events whose talk is no new feedback."""


@dataclass(slots=True)
class _Sources:
    """What was written about some tasks."""

    texts: dict[int, TextRow] = field(default_factory=dict[int, TextRow])
    deliveries: dict[int, list[DeliveryRow]] = field(
        default_factory=lambda: defaultdict[int, list[DeliveryRow]](list)
    )
    ended: dict[int, list[AttemptRow]] = field(
        default_factory=lambda: defaultdict[int, list[AttemptRow]](list)
    )
    talk: dict[int, list[Plain]] = field(
        default_factory=lambda: defaultdict[int, list[Plain]](list)
    )
    labels: dict[int, str] = field(default_factory=dict[int, str])
    specs: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    """The revision and time of a task's newest spec."""
    ends: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    """The revision in which the attempt under a task's fence ended."""


def documents(tx: Tx, ids: Iterable[int]) -> list[tuple[TaskRow, list[Doc]]]:
    """All that there is to find of each of these tasks, from the tables as they are."""
    wanted = compact(list(ids))
    found = _Sources({row.task_id: row for row in tx.all(queries.TEXTS, ids=wanted)})
    speakers: set[int] = set()
    for delivery in tx.all(queries.DELIVERIES, ids=wanted):
        found.deliveries[delivery.task_id].append(delivery)
        speakers.add(delivery.session_id)
    for attempt in tx.all(queries.ENDED, ids=wanted):
        if attempt.reason or attempt.notes:
            found.ended[attempt.task_id].append(attempt)
            speakers.add(attempt.session_id)
    for row in tx.all(queries.TALK, ids=wanted):
        found.talk[int(row[0])].append(row)
    for task_id, revision, at_ms in tx.all(queries.NEWEST_SPECS, ids=wanted):
        found.specs[int(task_id)] = int(revision), int(at_ms)
    if found.ended:
        for task_id, revision, image in tx.all(queries.STATES, ids=compact(sorted(found.ended))):
            state = json.loads(image)
            if not state.get("session_id"):
                found.ends.setdefault((int(task_id), state.get("fence", 0)), int(revision))
    names = tx.all(queries.LABELS, ids=compact(sorted(speakers)))
    found.labels = {int(session): f"{agent}/{session}" for session, agent in names}
    return [(task, list(_documents(task, found))) for task in tx.all(tasks.BY_IDS, ids=wanted)]


def _documents(task: TaskRow, found: _Sources) -> Iterator[Doc]:
    text = found.texts.get(task.id)
    head = f"{task.key} {task.title}"
    spec = [text.spec, in_json(text.acceptance), in_json(text.paths)] if text else []
    since, at_ms = found.specs.get(task.id, (0, 0))
    yield doc(head, spec, kind="spec", source_id=0, revision=since, at_ms=at_ms)
    if text is not None and (text.note or text.question):
        said = [text.question, text.note]
        since, at_ms = _noted(found.talk[task.id])
        yield doc(head, said, kind="note", source_id=0, round=task.round, revision=since,
                  at_ms=at_ms)  # fmt: skip
    for one in found.deliveries[task.id]:
        names = (str(item.get("name", "")) for item in json.loads(one.artifacts))
        said = [one.summary, in_json(one.critical), " ".join(names)]
        yield doc(
            head,
            [*said, in_json(one.delivered), in_json(one.evidence), one.notes],
            kind="delivery",
            source_id=one.id,
            round=one.round,
            outcome="salvage" if one.salvage else "delivered",
            by=found.labels.get(one.session_id, ""),
            revision=one.revision,
            at_ms=one.created_ms,
        )
    for attempt in found.ended[task.id]:
        yield doc(
            head,
            dict.fromkeys([attempt.reason, attempt.notes]),
            kind="attempt",
            source_id=attempt.id,
            round=attempt.round,
            outcome=attempt.outcome,
            by=found.labels.get(attempt.session_id, ""),
            revision=found.ends.get((task.id, attempt.fence), 0),
            at_ms=attempt.ended_ms,
        )
    for _, revision, image, kind, at_ms in found.talk[task.id]:
        said_then = _feedback(image, kind, at_ms)
        if said_then is not None:
            yield doc(
                head,
                [str(said_then["text"])],
                kind="feedback",
                source_id=revision,
                outcome=kind,
                by=str(said_then["by"]),
                revision=revision,
                at_ms=at_ms,
            )


def _noted(talk: list[Plain]) -> tuple[int, int]:
    """The revision and time from which the question and the note are what they are; zeros, where
    an archive has that event."""
    since, now = (0, 0), None
    for _, revision, image, kind, at_ms in reversed(talk):
        said = json.loads(image)
        then = said.get("question", ""), said.get("note", "")
        if now not in (None, then):
            break
        since, now = (int(revision), int(at_ms)) if kind else (0, 0), then
    return since


def _feedback(image: str, kind: str, at_ms: int) -> dict[str, Any] | None:
    """What the event of that time added to the feedback, if it did."""
    entries: list[dict[str, Any]] = json.loads(json.loads(image).get("feedback", "[]"))
    if not entries or not kind or kind in _SILENT or entries[-1]["at_ms"] != at_ms:
        return None
    return entries[-1]
