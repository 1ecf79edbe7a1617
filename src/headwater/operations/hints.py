"""Hints: experience before execution. Lines in a briefing about earlier work like this task.

Only under the policy `recall=hints`. Found by the words of the task's title and spec, failures
included; at most three, one line each, labelled with their task and author: data, not instruction.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from headwater.graph.briefing import size_bytes
from headwater.graph.recall import likest, telling_words, whole
from headwater.graph.states import State
from headwater.operations import recall
from headwater.operations.work import Work
from headwater.store.recall import EXPERIENCE, full_text
from headwater.store.rows import RecallRow, TaskRow, TextRow
from headwater.verbs.work import Hint

HINTS: Final = "hints"
_SHOWN: Final = 3
_WORDS: Final = 12
_IN_COMMON: Final = 2
"""So many words must be shared, or all if there are fewer."""
_CANDIDATES: Final = 100
_LINE_CHARS: Final = 160
_TASKS_AT_ONCE: Final = 50
"""A claim indexes at most so many tasks that changed."""
_TASKS_IN_PASSING: Final = 8
"""And so many of a board that was never read; the rest is left to later claims and searches."""
_TEXTS: Final = 1_000
"""So many of the newest deliveries, failures and feedbacks are looked through."""
_FAILURES: Final = frozenset({"failed", "rejected", "blocked", "released"})


def hints(work: Work, task: TaskRow, text: TextRow, shown: Collection[int]) -> list[Hint] | None:
    """What was learnt from tasks like this one. Those in `shown` are in the briefing already."""
    words = telling_words(task.title or task.key.replace("-", " "), text.spec)[:_WORDS]
    recall.catch_up(work.tx, work.board.id, _TASKS_AT_ONCE, _TASKS_IN_PASSING)
    tx = work.tx
    since = max(EXPERIENCE, recall.last_id(tx, EXPERIENCE) - _TEXTS)
    rows = full_text(tx).recent(tx, work.board.id, words, first=since, count=_CANDIDATES)
    texts = [whole(f"{row.head} {row.body}") for row in rows]
    found: dict[int, Hint] = {}
    for at in likest(words, texts, min(_IN_COMMON, len(words))):
        row = rows[at]
        if row.task_id == task.id or row.task_id in shown or row.task_id in found:
            continue
        hint = _hint(work.task_by_id(row.task_id), row)
        if hint is not None:
            found[row.task_id] = hint
        if len(found) == _SHOWN:
            break
    return list(found.values()) or None


def _hint(task: TaskRow, row: RecallRow) -> Hint | None:
    """An accepted delivery, a failure or feedback; nothing else is experience."""
    if row.kind == "delivery":
        if task.state != State.DONE or task.delivery_id != row.source_id:
            return None
        outcome = "done"
    elif row.kind == "feedback" or (row.kind == "attempt" and row.outcome in _FAILURES):
        outcome = "feedback" if row.kind == "feedback" else row.outcome
    else:
        return None
    line = " ".join(whole(row.body).split())
    cut = line if len(line) <= _LINE_CHARS else f"{line[: _LINE_CHARS - 6]} [...]"
    return Hint(
        task=task.key, outcome=outcome, by=row.by or None, round=row.round or None, text=cut
    )


def size_of(found: list[Hint] | None) -> int:
    """What they take of a briefing's budget, in bytes."""
    return sum(size_bytes(one.model_dump(exclude_none=True)) for one in found or ())
