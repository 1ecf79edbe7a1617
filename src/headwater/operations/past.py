"""What happened to a task before: the part of a briefing that earlier holders and reviewers wrote.

Their texts are cut to one common length, so that together they stay inside their share of the
briefing's byte budget; the newest and shortest lose nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from headwater import limits
from headwater.graph.briefing import CUT, cut, level, size_bytes
from headwater.operations.work import Work
from headwater.store.queries import log
from headwater.store.rows import AttemptRow, DeliveryRow, TaskRow, TextRow
from headwater.verbs.work import PastAttempt, Salvage, UnderReview

_FRAME_BYTES = 80


@dataclass(slots=True)
class Past:
    """Empty parts are None."""

    feedback: list[dict[str, Any]] | None = None
    tried: list[PastAttempt] | None = None
    salvage: list[Salvage] | None = None
    note: str | None = None
    delivery: UnderReview | None = None
    """What is under review."""
    shortened: bool = False

    def size_bytes(self) -> int:
        parts: list[Any] = [self.feedback, self.note]
        parts += [one.model_dump(exclude_none=True) for one in self.tried or ()]
        parts += [one.model_dump(exclude_none=True) for one in self.salvage or ()]
        parts += [self.delivery.model_dump(exclude_none=True)] if self.delivery else []
        return sum(size_bytes(part) for part in parts if part)


def past_of(
    work: Work, task: TaskRow, text: TextRow, attempt: AttemptRow, budget_bytes: int
) -> Past:
    """Feedback, notes, how the last attempts ended, and what late holders left."""
    feedback: list[dict[str, Any]] = json.loads(text.feedback) if text.feedback != "[]" else []
    if task.fence == 1 and not feedback and not text.note and attempt.kind == "work":
        return Past()
    ended = work.tx.all(log.PAST_ATTEMPTS, task_id=task.id, count=limits.PAST_SHOWN)
    left = work.tx.all(log.SALVAGE, task_id=task.id, after=0, count=limits.SALVAGE_SHOWN)
    made = _made(work, task) if attempt.kind == "review" else None
    texts = [one["text"] for one in feedback] + [text.note]
    texts += [said for one in ended for said in (one.reason, one.notes)]
    for one in [*left, *([made] if made else [])]:
        texts += [one.summary, one.notes, one.critical, one.artifacts]
    answers = _answers(made) if made else {}
    texts += [said for given in answers.values() for said in given.values()]
    sizes = [size_bytes(said) for said in texts if said]
    frames = _FRAME_BYTES * (len(feedback) + len(ended) + len(left) + 1)
    limit = level(sizes, max(0, budget_bytes - frames))

    def fit(said: str) -> str:
        return cut(said, max(limit, len(CUT) + 2))

    return Past(
        feedback=[{"by": one["by"], "text": fit(one["text"])} for one in feedback] or None,
        tried=[_tried(work, one, fit) for one in ended] or None,
        salvage=[_salvage(work, one, limit, fit) for one in left] or None,
        note=fit(text.note) or None,
        delivery=_under_review(_salvage(work, made, limit, fit), answers, fit) if made else None,
        shortened=any(size > limit for size in sizes),
    )


def _tried(work: Work, one: AttemptRow, fit: Callable[[str], str]) -> PastAttempt:
    return PastAttempt(
        outcome=one.outcome,
        by=work.label(one.session_id) or None,
        reason=fit(one.reason) or None,
        notes=fit(one.notes) or None,
    )


def _salvage(work: Work, one: DeliveryRow, limit: int, fit: Callable[[str], str]) -> Salvage:
    return Salvage(
        by=work.label(one.session_id) or None,
        summary=fit(one.summary) or None,
        critical=_whole(one.critical, limit),
        artifacts=_whole(one.artifacts, limit),
        notes=fit(one.notes) or None,
    )


def _whole(stored: str, limit: int) -> Any:
    """JSON is shown whole or not at all."""
    return (json.loads(stored) or None) if size_bytes(stored) <= limit else None


def _answers(made: DeliveryRow) -> dict[str, dict[str, str]]:
    """What a delivery says to each consumer and to each acceptance item."""
    return {"delivered": json.loads(made.delivered), "evidence": json.loads(made.evidence)}


def _under_review(
    shown: Salvage, answers: dict[str, dict[str, str]], fit: Callable[[str], str]
) -> UnderReview:
    fitting = {
        name: {to: fit(said) for to, said in given.items()} for name, given in answers.items()
    }
    return UnderReview.model_validate(
        shown.model_dump() | {name: given or None for name, given in fitting.items()}
    )


def _made(work: Work, task: TaskRow) -> DeliveryRow | None:
    return work.tx.one(log.DELIVERY, id=task.delivery_id) if task.delivery_id else None
