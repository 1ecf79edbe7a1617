"""What is stored of a task's past, for a briefing that then cuts it to its share: feedback, how
attempts ended, what they left and what was delivered. What one text says no other repeats.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from headwater import limits
from headwater.graph.briefing import REFERENCES_BYTES, size_bytes
from headwater.operations.delivery import as_briefed
from headwater.operations.earlier import last
from headwater.operations.handoff import notes_in
from headwater.operations.images import compact
from headwater.operations.work import Work
from headwater.store.queries import log
from headwater.store.rows import AttemptRow, DeliveryRow, TaskRow, TextRow

EARLIER: Final = "earlier"
"""Of feedback: a delivery has answered it, and was judged since."""
ANSWERS: Final = "answers"
"""Of feedback: the fence of the attempt that had asked."""


@dataclass(slots=True)
class Found:
    """What is stored, before it is cut to its share."""

    feedback: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    ended: list[tuple[str, AttemptRow]] = field(default_factory=list[tuple[str, AttemptRow]])
    """The key of the task that this one supersedes, if it was its attempt."""
    left: list[tuple[str, DeliveryRow]] = field(default_factory=list[tuple[str, DeliveryRow]])
    note: str = ""
    delivery: DeliveryRow | None = None
    delivered_as: str = ""
    """The key of the task that was split into the claimed one, if that was its delivery."""
    items: frozenset[str] = frozenset()
    """Its acceptance, as it is now."""
    for_review: bool = False

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
        """Reason and notes of each attempt, as far as nothing else says the same. For a reviewer
        the notes of the delivery that is to be judged stand in the place of those before it."""
        spoken = [*self._spoken(), *([self.delivery.notes] if self.delivery else [])]
        found: list[tuple[str, str]] = []
        for _, one in self.ended:
            same = one.notes == one.reason
            reason = "" if one.notes.startswith(one.reason) and not same else one.reason
            replaced = self.for_review and one.outcome == "done"
            notes = "" if same or replaced else one.notes
            found.append((unsaid(reason, spoken), unsaid(notes, spoken)))
        return found

    def left_words(self) -> list[tuple[str, str]]:
        """Summary and notes of what was left, as far as the attempts do not say the same."""
        spoken = self._spoken()
        spoken += [said for _, one in self.ended for said in (one.reason, one.notes)]
        return [(unsaid(one.summary, spoken), unsaid(one.notes, spoken)) for _, one in self.left]

    def _spoken(self) -> list[str]:
        return [one["text"] for one in self.feedback] + notes_in(self.note)

    def asked(self) -> list[str]:
        """What says what is to be done now."""
        now = [one for one in self.feedback if EARLIER not in one]
        return [said for said in (*_of_feedback(now), self.note) if said]

    def deliveries(self) -> list[DeliveryRow]:
        return [one for _, one in self.left] + ([self.delivery] if self.delivery else [])

    def made(self) -> list[str]:
        """What was delivered."""
        if self.delivery is None:
            return []
        found = [self.delivery.summary, self.delivery.notes, *_values(self.delivery)]
        found += [said for given in self.answers().values() for said in given.values()]
        return [said for said in found if said]

    def answers(self) -> dict[str, dict[str, str]]:
        """What the delivery says to each consumer, and to each acceptance item that is still asked
        for."""
        if self.delivery is None:
            return {}
        shown: dict[str, str] = json.loads(self.delivery.evidence)
        if not self.delivered_as:
            shown = {item: said for item, said in shown.items() if item in self.items}
        return {"delivered": json.loads(self.delivery.delivered), "evidence": shown}

    def told(self, reasons: list[tuple[str, str]], left: list[tuple[str, str]]) -> list[str]:
        """What else is to be shown; `reasons` and `left` are those of the methods."""
        found = [said for words in (*reasons, *left) for said in words]
        found += [said for _, one in self.left for said in _values(one)]
        found += _of_feedback([one for one in self.feedback if EARLIER in one])
        return [said for said in found if said]


def _of_feedback(given: Sequence[dict[str, Any]]) -> list[str]:
    """Its texts, and the inputs that changed."""
    changes = [compact(one["inputs"]) for one in given if "inputs" in one]
    return [one["text"] for one in given] + changes


def _values(made: DeliveryRow) -> list[str]:
    """What may be left out."""
    return [made.critical] if sure_bytes(made) else [made.critical, references(made)]


def sure_bytes(made: DeliveryRow) -> int:
    """The size of a few references, which are never left out: without the commit nobody can go on
    from what was made."""
    size = size_bytes(references(made))
    return size if size <= REFERENCES_BYTES else 0


def references(made: DeliveryRow) -> str:
    """Where its artifacts are, as it is shown."""
    return compact(as_briefed(json.loads(made.artifacts)))


def unsaid(text: str, spoken: Sequence[str]) -> str:
    """What of a text is not said already: one that begins like another goes on from there, and one
    that another begins or ends with says nothing more."""
    text = text.strip()
    for said in map(str.strip, spoken):
        if said == text or said.startswith(text + "\n") or said.endswith("\n" + text):
            return ""
        if text.startswith(said + "\n"):
            return text[len(said) :].strip()
    return text


def find(work: Work, task: TaskRow, text: TextRow, *, for_review: bool) -> Found:
    """All of it, for who works on the task or reviews it. A task that supersedes another has that
    one's past, too."""
    items = frozenset[str](json.loads(text.acceptance))
    found = Found(note=text.note, items=items, for_review=for_review)
    found.add(work, task, text, for_review=for_review)
    found.delivery = last(work, task)
    if found.feedback and not found.delivery:
        found.delivered_as, found.delivery = _delivered_whole(work, task)
    if task.supersedes_id:
        old = work.task_by_id(task.supersedes_id)
        found.add(work, old, work.text(old), old.key, for_review=for_review)
    if for_review and found.delivery:
        judged = found.delivery.attempt_id
        found.ended = [(origin, one) for origin, one in found.ended if one.id != judged]
    _mark_earlier(work, found, for_review=for_review)
    _mark_answers(found)
    return found


def _delivered_whole(work: Work, part: TaskRow) -> tuple[str, DeliveryRow | None]:
    """What was delivered, and sent back, of the task that was then split: the feedback that its
    parts are given is about that."""
    while part.parent_id:
        part = work.task_by_id(part.parent_id)
        found = last(work, part)
        if found:
            return part.key, found
    return "", None


def _mark_earlier(work: Work, found: Found, *, for_review: bool) -> None:
    """Feedback that a delivery has answered which was judged since: what came after that is to be
    answered now, or was by the delivery that is under review."""
    judged = found.delivery if len(found.feedback) > 1 else None
    if judged and for_review:
        judged = work.tx.one(
            log.DELIVERY_BEFORE, task_id=judged.task_id, id=judged.id, attempt_id=judged.attempt_id
        )
    if judged is None:
        return
    for one in found.feedback:
        if one["at_ms"] < judged.created_ms:
            one[EARLIER] = True


def _mark_answers(found: Found) -> None:
    """Feedback that answers a question: a task that is held for one opens with the first."""
    for origin, asked in found.ended if found.feedback else ():
        if asked.outcome != "blocked":
            continue
        since = (one for one in found.feedback if one["at_ms"] >= asked.ended_ms)
        answer = next((one for one in since if one.get("task", "") == origin), None)
        if answer:
            answer[ANSWERS] = asked.fence
