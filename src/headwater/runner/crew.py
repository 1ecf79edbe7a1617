"""What the workers of one runner share: the board, the places, and whether they are to go on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, TypeVar

from headwater import Board
from headwater.errors import StoreError
from headwater.runner.agent import GRACE_S
from headwater.runner.events import Event, Sink
from headwater.runner.machine import Machine, MachineFault, why_of
from headwater.runner.merging import Merger
from headwater.runner.workspace import BaseGone, Workspace

R = TypeVar("R")

HALTING: Final = (MachineFault, BaseGone, OSError)
"""What no task is to blame for: every other would fare the same."""

_STORE_AGAIN_S: Final = 1.0
_STORE_AWAY_S: Final = 300.0
"""For how long a store that cannot serve is asked again."""


@dataclass
class Crew:
    """What the workers of one runner share."""

    board: Board
    workspace: Workspace
    merger: Merger
    command: Sequence[str]
    machine: Machine
    emit: Sink
    stopping: threading.Event
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """For the environment of every agent."""
    grace_s: float = GRACE_S
    paused: bool = False
    """Whether the last worker that looked for a task found the board paused."""
    in_review: str = ""
    """What the worker that looked last waits for, if that is reviews by others."""
    found_nothing: dict[str, int] = field(default_factory=dict[str, int])
    """With streams: at which revision each worker last found nothing that it could take."""
    halted: bool = False
    """Nothing more is begun; what runs may end."""
    _telling: threading.Lock = field(default_factory=threading.Lock)
    _store_is_away: bool = False
    """Said already."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be begun."""
        return self.halted or self.stopping.is_set()

    def halt(self, why: str) -> None:
        """Begin nothing more; said once."""
        with self._telling:
            if not self.halted:
                self.halted = True
                self.emit(Event("halted", text=why))

    def patiently(self, call: Callable[[], R]) -> R:
        """What `call` returns as soon as the store can serve it. It must be one that may be
        repeated.

        Raises StoreError: the store could not serve for five minutes, or the run ends.
        """
        until_s = monotonic() + _STORE_AWAY_S
        while True:
            try:
                found = call()
            except StoreError as error:
                if not error.retryable or self.is_over or monotonic() > until_s:
                    raise
                self._tell_once(error)
                self.stopping.wait(_STORE_AGAIN_S)
            else:
                self._store_is_away = False
                return found

    def _tell_once(self, error: StoreError) -> None:
        with self._telling:
            if not self._store_is_away:
                self._store_is_away = True
                self.emit(Event("waiting", text=why_of(error)))
