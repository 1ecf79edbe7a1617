"""What happens in a run, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "dropped", "differs", "started", "recovered", "claimed", "finished", "failed", "exhausted",
    "blocked", "lost", "released", "handed_on", "merged", "conflict", "paused", "waiting",
    "edited", "in_review",
    "halted", "stuck", "kept", "uncleared", "behind", "stopping", "ended",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. Empty fields say nothing.

    `text` and `said` may quote an agent: that is data, and must be cleaned before a terminal shows
    it.
    """

    kind: Kind
    task: str = ""
    worker: str = ""
    text: str = ""
    said: str = ""
    """An agent's question, or its concerns about what it delivers."""
    branch: str = ""
    commit: str = ""
    files: tuple[str, ...] = ()
    log: str = ""
    code: int | None = None

    def as_dict(self) -> dict[str, object]:
        return {name: value for name, value in asdict(self).items() if value not in ("", (), None)}


Sink: TypeAlias = Callable[[Event], None]
"""Is called from any thread."""
