"""The claim's reply: a task with all that a stateless worker needs, inside a byte budget.

Inside the transaction is only what reads and writes; the reply is formed afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from pydantic_core import from_json

from headwater import limits
from headwater.clock import seconds_left
from headwater.errors import counted
from headwater.graph.briefing import (
    LEAST_TEXT_BYTES,
    Entry,
    Selection,
    beyond,
    cut,
    select,
    size_bytes,
    size_together,
    whole_bytes,
)
from headwater.graph.states import UNBEGUN, State
from headwater.operations import leases, paths
from headwater.operations.besides import besides
from headwater.operations.context import Gathered, gather
from headwater.operations.evidence import REQUIRED
from headwater.operations.hints import HINTS, hints, size_of
from headwater.operations.images import compact
from headwater.operations.past import Past, past_of
from headwater.operations.paths import Meeting
from headwater.operations.promises import owed
from headwater.operations.unformed import Claimed
from headwater.operations.work import Work
from headwater.store.queries import context, edges, tasks
from headwater.store.rows import AttemptRow, TaskRow, TextRow
from headwater.store.transaction import Tx
from headwater.verbs.work import Briefing, Hint, Owed

_FRAME_BYTES = 900
"""The keys, the lease and the hints of a reply."""
_KEY_SAID = 5
"""How often a reply says the task's key: in the lease, in the hints."""
_LEAST_SHARE = 4
"""Inputs and the past each get at least this part of the budget, however long the task's own texts
are."""
_LEAST_EIGHTHS = 3
"""So many eighths of it inputs get, together with a past that is short."""
_SAID = ("title", "expect", "promise", "delivered", "said_to", "summary", "critical", "by")
_said = attrgetter(*_SAID)
_DONE_AGAIN = frozenset({*UNBEGUN, State.ACTIVE, State.HELD, State.FAILED})
"""What a task has in one of these states was delivered in an earlier round."""
_LOOK = 'graph(view="task", task=KEY)'
_NEXT_WORK = "work on it; check(lease) now and then; finish(lease, ...) ends it"
_NEXT_WITH_EVIDENCE = (
    "work on it; check(lease) now and then; finish(lease, evidence={ITEM or number: what shows it},"
    " ...) answers every acceptance item"
)
_NEXT_REVIEW = 'judge the delivery; finish(lease, outcome="approve") or "reject" with notes'


def brief_ahead(tx: Tx, task: TaskRow) -> None:
    """What `brief` asks about a task without regard to anything else."""
    tx.ahead(context.UPSTREAMS_OF, task_id=task.id)
    tx.ahead(context.OWED, upstream_id=task.id)


def brief(
    work: Work,
    task: TaskRow,
    attempt: AttemptRow,
    *,
    size: str,
    why: str,
    fresh: bool,
    met: Sequence[Meeting] = (),
) -> Claimed:
    """Describe a task to its holder; for a fresh claim also record what was shown of its inputs.

    The spec, the acceptance and what is owed are always whole; the rest fits the budget. Only the
    short briefing of a review, or of work with feedback, cuts a long spec: what is to be judged or
    answered now takes its room.
    """
    text = work.text(task)
    gathered = gather(work.tx, task, size)
    if text.feedback != "[]":
        _mark_changed(text, gathered)
    owes = _owes(work, task)
    budget = limits.BRIEF_BYTES[size]
    least = budget // _LEAST_SHARE
    reviews = attempt.kind == "review"
    near = paths.shown(work, met) if met else None
    answers = reviews or text.feedback != "[]"
    yielded = max(0, size_bytes(text.spec) - least) if answers and size == "short" else 0
    spent = _FRAME_BYTES + _size_of_own(task, text, owes) + size_bytes(work.policy.rules)
    spent += limits.PATH_NEIGHBOURS_BYTES if near else 0
    hinted = None
    if work.policy.recall == HINTS:
        hinted = _hints(work, task, text, gathered, budget - spent)
    spent += size_of(hinted)

    def room_for_past() -> int:
        """Its share, or all that the inputs leave, and what a spec may give up."""
        share = budget // 2 if reviews else least
        return max(share, budget - spent - whole_bytes(gathered.entries)) + yielded

    past = past_of(work, task, text, attempt, room_bytes=room_for_past, least_for_first=budget // 2)
    spec, left = text.spec, budget - spent - past.size_bytes()
    if yielded:
        taken = min(yielded, max(0, past.size_bytes() + yielded - room_for_past()))
        spec = cut(spec, size_bytes(spec) - taken)
        left += taken
    least_left = max(least, budget * _LEAST_EIGHTHS // 8 - past.size_bytes())
    left = max(least_left, left)
    chosen = select(gathered.entries, left)
    more_said: dict[str, dict[str, Any]] = {}
    if gathered.further and not chosen.lacking:
        more_said = besides(work.tx, gathered.further, left - whole_bytes(chosen.entries))
    if not reviews:
        _record_reads(work, task, gathered, chosen, fresh=fresh)
    parent = work.task_by_id(task.parent_id).key if task.parent_id else None
    origins = _origins(work, chosen.entries)
    lease, revision = leases.token_of(work, task), work.revision
    until_s = seconds_left(task.lease_until_ms - work.now_ms)

    def form() -> Briefing:
        shown: dict[str, Any] = {
            "task": task.key,
            "title": task.title or None,
            "kind": attempt.kind,
            "why": why or None,
            "spec": spec or None,
            "acceptance": _list(text.acceptance),
            "rules": work.policy.rules or None,
            "paths": _list(text.paths),
            "neighbours": near,
            "round": task.round,
            "attempt": task.attempt,
            "attempts": task.attempts,
            "review": True if task.review and not reviews else None,
            "estimate": task.estimate_ms / 60_000 if task.estimate_ms else None,
            "parent": parent,
            "lease": lease,
            "fence": task.fence,
            "expires_in_s": until_s,
            "already_holding": None if fresh else True,
            "feedback": past.feedback,
            "upstream": [
                _upstream(entry, origins) | more_said.get(entry.task, {})
                for entry in chosen.entries
            ],
            "owes": owes,
            "conflicts": list(chosen.conflicts) or None,
            "hints": hinted,
            "tried": past.tried,
            "edited": past.edited,
            "salvage": past.salvage,
            "note": past.note,
            "delivery": past.delivery,
            "more": _more(task, chosen, gathered, past, size, spec_is_cut=spec != text.spec)
            or None,
            "revision": revision,
            "next": _next(work, text, reviews=reviews),
        }
        return Briefing.model_validate(shown)

    return Claimed(form, task, fresh)


def _mark_changed(text: TextRow, gathered: Gathered) -> None:
    """Whose results made this task be done again."""
    given: list[dict[str, Any]] = from_json(text.feedback)
    changed = {one["task"] for feedback in given for one in feedback.get("inputs", ())}
    for entry in gathered.entries:
        entry.changed = entry.task in changed


def _next(work: Work, text: TextRow, *, reviews: bool) -> str:
    if reviews:
        return _NEXT_REVIEW
    asked = work.policy.evidence == REQUIRED and text.acceptance != "[]"
    return _NEXT_WITH_EVIDENCE if asked else _NEXT_WORK


def _hints(
    work: Work, task: TaskRow, text: TextRow, gathered: Gathered, room_bytes: int
) -> list[Hint] | None:
    """None that would cost a word of the inputs."""
    found = hints(work, task, text, {entry.source_id for entry in gathered.entries})
    return found if size_of(found) + whole_bytes(gathered.entries) <= room_bytes else None


def _size_of_own(task: TaskRow, text: TextRow, owes: list[Owed]) -> int:
    own = (task.title, text.spec, text.acceptance, text.paths)
    promised = sum(size_bytes(one.model_dump(exclude_none=True)) for one in owes)
    return size_together(own) + promised + _KEY_SAID * len(task.key)


def _more(
    task: TaskRow,
    chosen: Selection,
    gathered: Gathered,
    past: Past,
    size: str,
    *,
    spec_is_cut: bool,
) -> list[str]:
    """What was left out, and the calls that show it."""
    more: list[str] = []
    lacking = list(chosen.lacking)
    if gathered.farthest:
        whose = "farther ones" if lacking else "farther upstreams"
        lacking.append(f"{whose}, if any, behind {gathered.farthest}")
    if lacking:
        again = f', or claim(task="{task.key}", brief="full") has room for more'
        more.append(f"{'; '.join(lacking)}: {_LOOK}{'' if size == 'full' else again}")
    if chosen.unnamed_conflicts:
        more.append(f"{counted(chosen.unnamed_conflicts, 'more conflict')} not named")
    own = ["the spec is cut"] if spec_is_cut else []
    own += ["what happened before is shortened"] if past.shortened else []
    if own:
        more.append(f'{"; ".join(own)}: graph(view="task", task="{task.key}")')
    return more


def _list(stored: str) -> list[str] | None:
    return from_json(stored) if stored != "[]" else None


def _owes(work: Work, task: TaskRow) -> list[Owed]:
    """What it owes; a long text that is owed to several stands with the first of them."""
    promised: dict[str, str] = {}
    expected: dict[str, str] = {}
    return [
        Owed(
            to=one.to,
            promise=_once(one.promise, one.to, promised) or None,
            expect=_once(beyond(one.promise, one.expect), one.to, expected) or None,
            keys=list(one.keys) or None,
        )
        for one in owed(work.tx, task)
    ]


def _once(text: str, to: str, said: dict[str, str]) -> str:
    first = said.setdefault(text, to)
    return text if first == to or size_bytes(text) < LEAST_TEXT_BYTES else f"as for {first}"


def _origins(work: Work, entries: Sequence[Entry]) -> dict[int, str]:
    """The keys of the tasks that deliveries were made for, where they were reused."""
    reused = {entry.reused_from_id for entry in entries if entry.reused_from_id}
    return dict(work.tx.all(tasks.KEYS_BY_IDS, ids=compact(sorted(reused)))) if reused else {}


def _upstream(entry: Entry, origins: dict[int, str]) -> dict[str, Any]:
    """The fields of an `Upstream`, to be validated with the whole reply in one go."""
    shown: dict[str, Any] = {"task": entry.task, "distance": entry.distance}
    shown |= {name: value for name, value in zip(_SAID, _said(entry), strict=True) if value}
    if entry.path:
        shown["path"] = [*reversed(entry.path)]
    if entry.keys:
        shown["keys"] = list(entry.keys)
    if entry.also:
        shown["also"] = list(entry.also)
    if entry.artifacts:
        shown["artifacts"] = list(entry.artifacts)
    if entry.state != State.DONE:
        shown["state"] = entry.state
        if entry.state in _DONE_AGAIN and (entry.summary or entry.critical or entry.artifacts):
            shown["stale"] = True
    if entry.soft:
        shown["soft"] = True
    if entry.round > 1:
        shown["round"] = entry.round
    if entry.reused_from_id:
        shown["reused_from"] = origins[entry.reused_from_id]
    return shown


def _record_reads(
    work: Work, task: TaskRow, gathered: Gathered, chosen: Selection, *, fresh: bool
) -> None:
    """What this attempt was given, so that a later round of a source can be compared with it.

    A direct upstream counts even if there was no room for it: `more` names it and how to read it.
    """
    if fresh and (task.fence > 1 or task.reuse):
        work.tx.run(edges.FORGET_READINGS, task_id=task.id)
    given = {entry.source_id for entry in chosen.entries}
    given.update(entry.source_id for entry in gathered.entries if entry.distance == 1)
    rows = [read.row(task.id) for read in gathered.reads.values() if read.source_id in given]
    if rows:
        work.tx.many(edges.ADD_READING if fresh else edges.READ_AGAIN, rows)
