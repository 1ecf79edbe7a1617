"""What was changed in a task since it was last worked on: what its holder left then, a note or
finished work, may rest on what was asked for at that time."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import Any, Final

from headwater.graph.briefing import cut
from headwater.operations import attempts
from headwater.operations.work import Work
from headwater.store.queries import log
from headwater.store.rows import TaskRow
from headwater.verbs.work import Edited

ASKED: Final = ("title", "spec", "acceptance", "paths")
WORKED_BY: Final = (*ASKED, "contracts")
"""What whoever does a task goes by: an edit of anything else changes nothing for it."""
"""What a task asks for; all else says when and by whom it is done."""
_LOOKED_AT: Final = 8
"""Of more changes than these, the oldest are not compared."""
_REASON_BYTES: Final = 300


def since_last_attempt(work: Work, task: TaskRow) -> Edited | None:
    """What others than its holder changed since the last attempt began."""
    last = attempts.last_worked(work, task) if task.version > 1 else None
    if last is None:
        return None
    specs = work.tx.all(log.SPECS_OF, task_id=task.id, count=_LOOKED_AT)
    later = list(takewhile(lambda spec: spec.at_ms > last.started_ms, specs))
    if not later:
        return None
    holder = work.label(last.session_id)
    compared = specs[: len(later) + 1]
    images = [json.loads(spec.image) for spec in compared]
    differ = _differing(images[0], images[-1])
    by_others = [
        (spec, fields)
        for spec, after, before in zip(later, images, images[1:], strict=False)
        if spec.actor != holder and (fields := differ & _differing(after, before))
    ]
    if not by_others:
        return None
    newest = by_others[0][0]
    changed = set[str]().union(*(fields for _, fields in by_others))
    reason = cut(newest.reason, _REASON_BYTES)
    in_order = [name for name in ASKED if name in changed]
    return Edited(
        changed=in_order,
        by=newest.actor or None,
        reason=reason or None,
        since=compared[-1].revision,
    )


def _differing(after: dict[str, Any], before: dict[str, Any]) -> set[str]:
    """What the task asked for otherwise in one image than in another."""
    return {name for name in ASKED if after.get(name) != before.get(name)}
