"""What happened to a task before: the part of a briefing that earlier holders and reviewers wrote.

A task that supersedes another carries that one's past too: its feedback and how its attempts ended.
What one text says no other repeats. Together they stay inside what the briefing has room for: first
what the next holder is to do, feedback and the note, or for a reviewer the delivery; then all else,
each cut to a common length.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from headwater import limits
from headwater.graph.briefing import (
    LEAST_TEXT_BYTES,
    REFERENCES_BYTES,
    cut,
    cut_or_left_out,
    level,
    size_bytes,
)
from headwater.operations.delivery import as_briefed
from headwater.operations.earlier import last
from headwater.operations.edited import since_last_attempt
from headwater.operations.handoff import place_of
from headwater.operations.images import compact
from headwater.operations.work import Work
from headwater.store.queries import log, sessions
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


@dataclass(slots=True)
class _Found:
    """What is stored, before it is cut to its share."""

    feedback: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    ended: list[tuple[str, AttemptRow]] = field(default_factory=list[tuple[str, AttemptRow]])
    """The key of the task that this one supersedes, if it was its attempt."""
    left: list[tuple[str, DeliveryRow]] = field(default_factory=list[tuple[str, DeliveryRow]])
    note: str = ""
    delivery: DeliveryRow | None = None
    delivered_as: str = ""
    """The key of the task that was split into the claimed one, if that was its delivery."""

    def add(
        self, work: Work, task: TaskRow, text: TextRow, origin: str = "", *, for_review: bool
    ) -> None:
        """What is stored with a task; `origin` names it if it is not the claimed one."""
        given: list[dict[str, Any]] = json.loads(text.feedback) if text.feedback != "[]" else []
        named = [{**one, "task": origin} for one in given] if origin else given
        self.feedback = named + self.feedback
        found = work.tx.all(
            log.PAST_ATTEMPTS,
            task_id=task.id,
            for_review=int(for_review),
            count=limits.PAST_SHOWN,
        )
        self.ended += [(origin, one) for one in found]
        late = work.tx.all(log.SALVAGE, task_id=task.id, count=limits.SALVAGE_SHOWN)
        self.left += [(origin, one) for one in late]

    def reasons(self) -> list[tuple[str, str]]:
        """Reason and notes of each attempt, as far as nothing else says the same."""
        spoken = [*self._spoken(), *([self.delivery.notes] if self.delivery else [])]
        found: list[tuple[str, str]] = []
        for _, one in self.ended:
            same = one.notes == one.reason
            reason = "" if one.notes.startswith(one.reason) and not same else one.reason
            notes = "" if same else one.notes
            found.append((_rest(reason, spoken), _rest(notes, spoken)))
        return found

    def notes(self) -> list[str]:
        """The notes of what was left, as far as the attempts do not say the same."""
        spoken = [*self._spoken(), *(one.notes for _, one in self.ended)]
        return [_rest(one.notes, spoken) for _, one in self.left]

    def _spoken(self) -> list[str]:
        return [one["text"] for one in self.feedback] + [self.note]

    def asked(self) -> list[str]:
        """What says what is to be done now."""
        found = self._spoken()
        found += [compact(one["inputs"]) for one in self.feedback if "inputs" in one]
        return [said for said in found if said]

    def deliveries(self) -> list[DeliveryRow]:
        return [one for _, one in self.left] + ([self.delivery] if self.delivery else [])

    def made(self) -> list[str]:
        """What was delivered."""
        if self.delivery is None:
            return []
        found = [self.delivery.notes, *_content(self.delivery)]
        found += [said for given in _answers(self.delivery).values() for said in given.values()]
        return [said for said in found if said]

    def told(self, reasons: list[tuple[str, str]], notes: list[str]) -> list[str]:
        """What else is to be shown; `reasons` and `notes` are those of the methods."""
        found = [said for reason_and_notes in reasons for said in reason_and_notes] + notes
        found += [said for _, one in self.left for said in _content(one)]
        return [said for said in found if said]


def _content(made: DeliveryRow) -> list[str]:
    """What may be cut."""
    found = [made.summary, made.critical]
    return found if _sure_bytes(made) else [*found, made.artifacts]


def _sure_bytes(made: DeliveryRow) -> int:
    """The size of a few references, which are never left out: without the commit nobody can go on
    from what was made."""
    size = size_bytes(made.artifacts)
    return size if size <= REFERENCES_BYTES else 0


def _rest(text: str, spoken: Sequence[str]) -> str:
    """What of a text is not said already: one that begins like another goes on from there."""
    text = text.strip()
    for said in map(str.strip, spoken):
        if said == text or said.startswith(text + "\n"):
            return ""
        if text.startswith(said + "\n"):
            return text[len(said) :].strip()
    return text


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
    found = _Found(note=text.note)
    found.add(work, task, text, for_review=reviews)
    found.delivery = last(work, task)
    if found.feedback and not found.delivery:
        found.delivered_as, found.delivery = _delivered_whole(work, task)
    if task.supersedes_id:
        old = work.task_by_id(task.supersedes_id)
        found.add(work, old, work.text(old), old.key, for_review=reviews)
    reasons, left_notes = found.reasons(), found.notes()
    frames = _FRAME_BYTES * (len(found.feedback) + len(found.ended) + len(found.left) + 1)
    frames += sum(map(_sure_bytes, found.deliveries()))
    room = max(0, room_bytes() - frames)
    told = found.told(reasons, left_notes)
    first, others = found.asked(), [*found.made(), *told]
    if reviews:
        first, others = found.made(), [*found.asked(), *told]
    limit_of_first, limit = _limits(first, others, room, least_for_first)
    of_asked, of_made = (limit, limit_of_first) if reviews else (limit_of_first, limit)
    fit, fit_asked = _fitting(limit), _fitting(of_asked)
    return Past(
        feedback=[_feedback(one, of_asked) for one in found.feedback] or None,
        tried=[
            _tried(work, one, said, fit, origin)
            for (origin, one), said in zip(found.ended, reasons, strict=True)
        ]
        or None,
        edited=since_last_attempt(work, task),
        salvage=[
            _made(work, one, notes, limit, fit, origin)
            for (origin, one), notes in zip(found.left, left_notes, strict=True)
        ]
        or None,
        note=fit_asked(found.note) or None,
        delivery=_delivery(work, found.delivery, of_made, _fitting(of_made), found.delivered_as)
        if found.delivery
        else None,
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


def _delivered_whole(work: Work, part: TaskRow) -> tuple[str, DeliveryRow | None]:
    """What was delivered, and sent back, of the task that was then split: the feedback that its
    parts are given is about that."""
    while part.parent_id:
        part = work.task_by_id(part.parent_id)
        found = last(work, part)
        if found:
            return part.key, found
    return "", None


def _feedback(one: dict[str, Any], limit: int) -> dict[str, Any]:
    text = cut(one["text"], max(limit, LEAST_TEXT_BYTES))
    shown: dict[str, Any] = {"by": one["by"], "text": text}
    if "task" in one:
        shown["task"] = one["task"]
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
    session = work.tx.one(sessions.BY_ID, id=one.session_id)
    return place_of(session) if session else ""


def _made(
    work: Work,
    one: DeliveryRow,
    notes: str,
    limit: int,
    fit: Callable[[str], str],
    origin: str,
) -> Salvage:
    """What was left, or delivered."""
    return Salvage(
        task=origin or None,
        by=work.label(one.session_id) or None,
        summary=fit(one.summary) or None,
        critical=_whole(one.critical, limit),
        artifacts=as_briefed(_whole(one.artifacts, max(limit, REFERENCES_BYTES)) or ()) or None,
        notes=fit(notes) or None,
    )


def _answers(made: DeliveryRow) -> dict[str, dict[str, str]]:
    """What a delivery says to each consumer and to each acceptance item."""
    return {"delivered": json.loads(made.delivered), "evidence": json.loads(made.evidence)}


def _delivery(
    work: Work, made: DeliveryRow, limit: int, fit: Callable[[str], str], origin: str
) -> Delivery:
    fitting = {
        name: {to: fit(said) for to, said in given.items()} or None
        for name, given in _answers(made).items()
    }
    return Delivery.model_validate(
        _made(work, made, made.notes, limit, fit, origin).model_dump() | fitting
    )


def _whole(stored: str, limit: int) -> Any:
    """JSON is shown whole or not at all."""
    return (json.loads(stored) or None) if size_bytes(stored) <= limit else None
