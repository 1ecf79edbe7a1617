"""What a board allows: its policy changed, with all that follows from it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from headwater.graph.profiles import expanded
from headwater.operations import landing
from headwater.operations.work import Work
from headwater.store.queries import paths, tasks


def set_policy(work: Work, settings: Mapping[str, object], reason: str) -> list[str]:
    """Change what is given; who is at work is told of other rules. Returns warnings.

    Raises:
        BadRequest: an unknown setting, or a value that it cannot have.
    """
    before, was = work.policy, json.loads(work.board.policy)
    work.policy = now = before.changed(expanded(settings))
    work.board.policy = now.as_json()
    if before.ageing_minutes != now.ageing_minutes:
        work.tx.run(tasks.REBUCKET, board_id=work.board.id, ageing_ms=now.ageing_minutes * 60_000)
    if (before.paths, before.paths_fold) != (now.paths, now.paths_fold):
        work.tx.run(paths.UNPARK_ALL, board_id=work.board.id)
    data = {"policy": json.loads(work.board.policy), "was": was}
    work.record("policy", reason=reason, data=data)
    if before.rules != now.rules:
        _tell_holders(work, before.rules, now.rules)
    if before.release_on == "merged" != now.release_on:
        return landing.left_waiting(work)
    return []


def _tell_holders(work: Work, before: str, now: str) -> None:
    """Everybody else reads the rules in the next briefing."""
    added = now.removeprefix(f"{before}\n")
    instead = {"instead": True} if before and added == now else None
    own = work.session.id if work.session else 0
    for key, session_id in work.tx.all(tasks.HOLDERS, board_id=work.board.id):
        if session_id != own:
            work.notify_session(session_id, "rules", task=key, body=added, data=instead)
