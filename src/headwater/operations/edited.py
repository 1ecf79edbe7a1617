"""What was changed in a task since it was last worked on: what its holder left then, a note or
finished work, may rest on what was asked for at that time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import takewhile
from typing import Final

from headwater.graph.briefing import cut
from headwater.operations.work import Work
from headwater.store.queries import log
from headwater.store.rows import AttemptRow, TaskRow
from headwater.verbs.work import Edited

ASKED: Final = ("title", "spec", "acceptance", "paths")
"""What a task asks for; all else says when and by whom it is done."""
_LOOKED_AT: Final = 8
"""Of more changes than these, the oldest are not compared."""
_REASON_BYTES: Final = 300


def since_last_attempt(work: Work, task: TaskRow, ended: Iterable[AttemptRow]) -> Edited | None:
    """What others than its holder changed since the last attempt began; `ended` is newest first."""
    worked = (one for one in ended if one.kind == "work" and one.outcome != "undone")
    last = next(worked, None)
    if last is None or task.version == 1:
        return None
    specs = work.tx.all(log.SPECS_OF, task_id=task.id, count=_LOOKED_AT)
    later = list(takewhile(lambda spec: spec.at_ms > last.started_ms, specs))
    holder = work.label(last.session_id)
    newest = next((spec for spec in later if spec.actor != holder), None)
    if newest is None:
        return None
    before = json.loads(specs[min(len(later), len(specs) - 1)].image)
    now = json.loads(specs[0].image)
    changed = [name for name in ASKED if before.get(name) != now.get(name)]
    if not changed:
        return None
    reason = cut(newest.reason, _REASON_BYTES)
    return Edited(changed=changed, by=newest.actor or None, reason=reason or None)
