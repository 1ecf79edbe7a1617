"""Who is there: live sessions and what they hold. Never a session's token or credential."""

from __future__ import annotations

import json

from headwater import limits
from headwater.operations.handoff import place_of
from headwater.operations.look.reading import Reading, minutes_of, only_set
from headwater.store.queries import look
from headwater.store.rows import SessionRow
from headwater.verbs.look import GraphReply, Item
from headwater.verbs.sessions import RUN_WINDOW


def agents(reading: Reading) -> GraphReply:
    """Sessions seen lately or holding a lease, in the order in which they joined."""
    request = reading.request
    rows = reading.tx.all(
        look.PRESENT,
        board_id=reading.board.id,
        after=reading.number_cursor(),
        since_ms=reading.tx.now_ms - limits.SESSION_ALIVE_MS,
        count=request.limit + 1,
    )
    page = rows[: request.limit]
    holds = _holdings(reading)
    return GraphReply(
        view="agents",
        revision=reading.board.revision,
        agents=[
            {
                "session": row.label,
                "agent": row.agent,
                **only_set(
                    capabilities=json.loads(row.capabilities),
                    host=row.host,
                    window=row.window_name,
                    **_place(row),
                    parent=reading.label(row.parent_id),
                ),
                "holds": list(holds.get(row.id, [])),
                "seen_s": max(0, (reading.tx.now_ms - row.seen_ms) // 1000),
            }
            for row in page
        ],
        cursor=str(page[-1].id) if len(rows) > len(page) else None,
        next='tell(to="agent:NAME", text=...) reaches one of them',
    )


def _place(row: SessionRow) -> dict[str, str]:
    """Where a session works. A run's worker joined where that was started, and works elsewhere."""
    if row.window_name.startswith(RUN_WINDOW):
        return {"at": place_of(row)}
    return {"workspace": row.workspace, "branch": row.branch, "commit_at_join": row.head[:12]}


def _holdings(reading: Reading) -> dict[int, list[Item]]:
    found: dict[int, list[Item]] = {}
    rows = reading.tx.all(look.HOLDINGS, board_id=reading.board.id)
    for session_id, key, state, lease_until_ms, progress, paths, estimate_ms, started_ms in rows:
        held = found.setdefault(session_id, [])
        reviews = state == "review"
        held.append(
            {
                "task": key,
                "kind": "review" if reviews else "work",
                "until_s": reading.seconds_to(lease_until_ms),
                **minutes_of(reading.tx.now_ms - started_ms, 0 if reviews else estimate_ms),
                **({"progress": progress} if progress >= 0 else {}),
                **({"paths": json.loads(paths)} if paths else {}),
            }
        )
    return found
