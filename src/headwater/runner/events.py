"""What happens in a run, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Literal, TypeAlias

from headwater.verbs.work import Briefing

Kind: TypeAlias = Literal[
    "dropped", "differs", "started", "recovered", "claimed", "finished", "failed", "exhausted",
    "blocked", "lost", "released", "handed_on", "merged", "conflict", "paused", "waiting",
    "edited", "in_review", "beside",
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
    round: int | None = None
    attempt: int | None = None
    attempts: int | None = None
    """So many a task may have in a round."""
    again_s: int | None = None
    """After a failure: when it is tried again; None if never."""
    review: bool | None = None
    """What was delivered waits for a reviewer, who is no agent of the run."""
    agents: int | None = None
    command: tuple[str, ...] = ()
    """What the agents are."""
    trees: str = ""
    """The folder of the worktrees."""
    did: str = ""
    """The kind of a board's event, where somebody beside the run did something."""
    by: str = ""
    """Who did that."""
    tasks: tuple[str, ...] = ()
    """Those that came, where several did."""

    def of_attempt(self, briefing: Briefing) -> Event:
        """The same, with the attempt that it is about."""
        return replace(
            self,
            round=briefing.round,
            attempt=briefing.attempt,
            attempts=briefing.attempts,
        )

    def as_dict(self) -> dict[str, object]:
        return {name: value for name, value in asdict(self).items() if value not in ("", (), None)}


Sink: TypeAlias = Callable[[Event], None]
"""Is called from any thread."""
