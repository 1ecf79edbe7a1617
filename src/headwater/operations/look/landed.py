"""Where a delivery is in git, as far as the board knows: for who merges it, or looks at it."""

from __future__ import annotations

import json

from headwater.operations.handoff import place_of
from headwater.operations.look.reading import Reading
from headwater.store.queries import look, sessions
from headwater.store.rows import DeliveryRow


def where(reading: Reading, task_id: int, made: DeliveryRow) -> dict[str, str]:
    """`made_at`: where its author stood, if no artifact names a commit. `merged`: what was said of
    its merge."""
    rows = reading.tx.all(look.MERGED, task_id=task_id, since=made.revision, at=reading.at)
    names_commit = any("commit" in one for one in json.loads(made.artifacts))
    author = None
    if made.session_id and not names_commit:
        author = reading.tx.one(sessions.BY_ID, id=made.session_id)
    return {
        "made_at": place_of(author) if author else "",
        "merged": str(rows[0][0]) if rows else "",
    }
