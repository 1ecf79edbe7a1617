"""What refusals claim, compared with what the store holds."""

from __future__ import annotations

from collections.abc import Iterator

from plan_model import Seen

from headwater.errors import HeadwaterError


def wrong_in(error: HeadwaterError, seen: Seen, now_ms: int) -> Iterator[str]:
    """What a refusal says of the board and is not true."""
    facts = error.state
    row = seen.tasks.get(str(facts.get("task", "")))
    if row is None:
        return
    if facts.get("state", row["state"]) != row["state"]:
        yield f"{row['key']} is {row['state']}"
    held = seen.tasks[str(facts.get("blocked_by", row["key"]))]
    if "holder" in facts and not held["session_id"]:
        yield f"nobody holds {held['key']}"
    left_s = max(0, (int(held["lease_until_ms"]) - now_ms) // 1000)
    if facts.get("until_s", left_s) != left_s:
        yield f"the lease of {held['key']} ends in {left_s} s"
    if facts.get("waits_for"):
        unfinished = {
            up
            for task, up, kind in seen.edges
            if task == row["key"] and kind == "hard" and seen.state(up) != "done"
        }
        if set(facts["waits_for"]) != unfinished:  # pyright: ignore[reportArgumentType]
            yield f"{row['key']} waits for {sorted(unfinished)}"
    if "due_in_s" in facts and facts["due_in_s"] != (row["due_ms"] - now_ms) // 1000 + 1:
        yield f"{row['key']} is due at {row['due_ms']}"
