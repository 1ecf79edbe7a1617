"""What somebody beside a run does on its board: without a word of it a person who watches sees
tasks begin again, or come, out of nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, cast

from headwater import Board, limits
from headwater.runner.events import Event, Sink
from headwater.runner.record import ACTOR
from headwater.verbs.look import GraphReply

TOLD: Final = frozenset({
    "added", "imported", "edited", "split", "cancelled", "done_by_hand", "review_claimed",
    "review_expired", "approved", "rejected", "reworked", "reopened", "answered", "feedback",
})  # fmt: skip
"""Kinds of a board's events. What the run does itself it says itself."""
OWN_EDIT: Final = "merge conflict"
"""Why a run itself edits a task."""


@dataclass
class Beside:
    """Follows the history of a board from now on."""

    board: Board
    emit: Sink
    _seen: int = field(init=False)

    def __post_init__(self) -> None:
        self._seen = self.board.revision()

    def look(self) -> None:
        """Tell what has come since the last look."""
        goes_on = True
        while goes_on:
            page: GraphReply = self.board.graph(view="history", since=self._seen, limit=limits.PAGE)
            for event in page.events or []:
                self._tell(cast("dict[str, Any]", event))
                self._seen = int(cast("int", event["revision"]))
            goes_on = page.cursor is not None

    def _tell(self, event: dict[str, Any]) -> None:
        kind, by, reason = event["kind"], event["actor"], event.get("reason", "")
        task = event.get("task", "")
        tasks = tuple(event.get("tasks", event.get("parts", [])))
        if kind not in TOLD or by == ACTOR or reason == OWN_EDIT:
            return
        changed = ", ".join(event.get("changed", []))
        how = event.get("how", "") or changed
        self.emit(Event("beside", task, did=kind, by=by, text=how, said=reason, tasks=tasks))
