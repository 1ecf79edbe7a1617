"""What happened to a task before: the part of a briefing that earlier holders and reviewers wrote.

A task that supersedes another carries that one's past too: its feedback and how its attempts ended.
What one text says no other repeats. Together they stay inside what the briefing has room for: first
what the next holder is to do, feedback and the note, or for a reviewer the delivery; then all else,
each cut to a common length.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from headwater.graph.briefing import (
    LEAST_TEXT_BYTES,
    REFERENCES_BYTES,
    cut,
    cut_or_left_out,
    level,
    size_bytes,
)
from headwater.operations.edited import since_last_attempt
from headwater.operations.evidence import unanswered
from headwater.operations.handoff import place_of
from headwater.operations.images import compact
from headwater.operations.stored_past import ANSWERS, EARLIER, Found, find, references, sure_bytes
from headwater.operations.work import Work
from headwater.store.queries import sessions
from headwater.store.rows import AttemptRow, DeliveryRow, TaskRow, TextRow
from headwater.verbs.work import Delivery, Edited, PastAttempt, Salvage

_FRAME_BYTES = 120
_SAYS_WHERE = frozenset({"done", "handoff"})
_LEAST_REST = 4
"""What else is shown gets at least this part of the room."""


@dataclass(slots=True)
class Past:
    """Empty parts are None."""

    feedback: list[dict[str, Any]] | None = None
    tried: list[PastAttempt] | None = None
    edited: Edited | None = None
    salvage: list[Salvage] | None = None
    note: str | None = None
    delivery: Delivery | None = None
    """What is under review; or, where work is done again, what was delivered before."""
    shortened: bool = False

    def size_bytes(self) -> int:
        parts: list[Any] = [self.feedback, self.note]
        parts += [one.model_dump(exclude_none=True) for one in self.tried or ()]
        parts += [one.model_dump(exclude_none=True) for one in self.salvage or ()]
        parts += [one.model_dump(exclude_none=True) for one in (self.edited, self.delivery) if one]
        return sum(size_bytes(part) for part in parts if part)


def past_of(
    work: Work,
    task: TaskRow,
    text: TextRow,
    attempt: AttemptRow,
    *,
    room_bytes: Callable[[], int],
    least_for_first: int,
) -> Past:
    """Feedback, notes, how the last attempts ended, what was delivered and what came too late.

    All of it within `room_bytes()`, but that what goes first may take `least_for_first` bytes:
    feedback and note, or the delivery that is under review.
    """
    reviews = attempt.kind == "review"
    said_before = text.note or text.feedback != "[]" or task.supersedes_id
    if task.fence == 1 and not (reviews or said_before):
        return Past()
    found = find(work, task, text, for_review=reviews)
    reasons, left = found.reasons(), found.left_words()
    frames = _FRAME_BYTES * (len(found.feedback) + len(found.ended) + len(found.left) + 1)
    frames += sum(map(sure_bytes, found.deliveries()))
    room = max(0, room_bytes() - frames)
    told = found.told(reasons, left)
    first, others = found.asked(), [*found.made(), *told]
    if reviews:
        first, others = found.made(), [*found.asked(), *told]
    limit_of_first, limit = _limits(first, others, room, least_for_first)
    of_asked, of_made = (limit, limit_of_first) if reviews else (limit_of_first, limit)
    fit, fit_asked = _fitting(limit), _fitting(of_asked)
    delivery = None
    if found.delivery:
        fit_made = _fitting(of_made)
        to_judge = _to_judge(work, found.delivery, text) if reviews else {}
        delivery = _delivery(work, found, found.delivery, of_made, fit_made, to_judge)
        if found.made() and not (reviews or _says_something(delivery)):
            delivery = None
    return Past(
        feedback=[_feedback(one, limit if EARLIER in one else of_asked) for one in found.feedback]
        or None,
        tried=[
            _tried(work, one, said, fit, origin)
            for (origin, one), said in zip(found.ended, reasons, strict=True)
        ]
        or None,
        edited=since_last_attempt(work, task),
        salvage=[
            _made(work, one, said, limit, fit, origin, 0 if origin else task.round)
            for (origin, one), said in zip(found.left, left, strict=True)
        ]
        or None,
        note=fit_asked(found.note) or None,
        delivery=delivery,
        shortened=any(size_bytes(said) > limit_of_first for said in first)
        or any(size_bytes(said) > limit for said in others),
    )


def _limits(
    first: Sequence[str], others: Sequence[str], room_bytes: int, least_for_first: int
) -> tuple[int, int]:
    """The common lengths to which texts are cut, those that go first and all others."""
    sizes = [size_bytes(said) for said in first]
    rest = room_bytes // _LEAST_REST
    limit_of_first = level(sizes, max(room_bytes - rest, least_for_first))
    rest = max(rest, room_bytes - sum(min(size, limit_of_first) for size in sizes))
    return limit_of_first, level([size_bytes(said) for said in others], rest)


def _fitting(limit: int) -> Callable[[str], str]:
    """Texts cut to this length."""
    return lambda said: cut_or_left_out(said, limit)


def _feedback(one: dict[str, Any], limit: int) -> dict[str, Any]:
    text = cut(one["text"], max(limit, LEAST_TEXT_BYTES))
    # What it is comes first: an order of an earlier round is read before a mark behind it.
    shown = {name: one[name] for name in ("task", EARLIER, ANSWERS) if name in one}
    shown |= {"by": one["by"], "text": text}
    changes = _whole(compact(one["inputs"]), limit) if "inputs" in one else None
    return {**shown, "inputs": changes} if changes else shown


def _tried(
    work: Work, one: AttemptRow, said: tuple[str, str], fit: Callable[[str], str], origin: str
) -> PastAttempt:
    """How an attempt ended."""
    reason, notes = said
    return PastAttempt(
        task=origin or None,
        fence=one.fence,
        kind="review" if one.kind == "review" else None,
        outcome=one.outcome,
        by=work.label(one.session_id) or None,
        reason=fit(reason) or None,
        notes=fit(notes) or None,
        left_at=_left_at(work, one) or None,
    )


def _left_at(work: Work, one: AttemptRow) -> str:
    """Where its holder stood; empty where that was said, or nothing of it is left. A reviewer
    leaves nothing."""
    if one.kind == "review" or one.outcome in _SAYS_WHERE or not one.session_id:
        return ""
    return _stood_at(work, one.session_id)


def _made(
    work: Work,
    one: DeliveryRow,
    said: tuple[str, str],
    limit: int,
    fit: Callable[[str], str],
    origin: str,
    now: int = 0,
) -> Salvage:
    """What was left, or delivered; `now` is the round, if an earlier one is to be named."""
    summary, notes = said
    return Salvage(
        task=origin or None,
        by=work.label(one.session_id) or None,
        round=one.round if one.round < now else None,
        summary=fit(summary) or None,
        critical=_whole(one.critical, limit),
        artifacts=_whole(references(one), max(limit, REFERENCES_BYTES)),
        notes=fit(notes) or None,
    )


def _delivery(
    work: Work,
    found: Found,
    made: DeliveryRow,
    limit: int,
    fit: Callable[[str], str],
    to_judge: dict[str, Any],
) -> Delivery:
    fitting: dict[str, Any] = {
        name: {to: shown for to, said in given.items() if (shown := fit(said))} or None
        for name, given in found.answers().items()
    } | to_judge
    if made.reused_from_id:
        fitting["reused_from"] = work.task_by_id(made.reused_from_id).key
    said = (made.summary, made.notes)
    return Delivery.model_validate(
        _made(work, made, said, limit, fit, found.delivered_as).model_dump() | fitting
    )


def _to_judge(work: Work, made: DeliveryRow, text: TextRow) -> dict[str, Any]:
    """What only a reviewer is told: where it was made, if it does not say so itself, and the
    numbers of the acceptance items that it has no evidence for."""
    items: list[str] = json.loads(text.acceptance)
    found: dict[str, Any] = {
        "no_evidence": [at + 1 for at in unanswered(items, json.loads(made.evidence))] or None
    }
    is_found = any("commit" in one for one in json.loads(made.artifacts))
    if made.session_id and not is_found:
        found["made_at"] = _stood_at(work, made.session_id) or None
    return found


def _stood_at(work: Work, session_id: int) -> str:
    session = work.tx.one(sessions.BY_ID, id=session_id)
    return place_of(session) if session else ""


def _says_something(made: Delivery) -> bool:
    """More than by whom it is."""
    return bool(made.model_dump(exclude_none=True, exclude={"task", "by", "reused_from"}))


def _whole(stored: str, limit: int) -> Any:
    """JSON is shown whole or not at all."""
    return (json.loads(stored) or None) if size_bytes(stored) <= limit else None
