"""The host window that runs a hook: which sessions are its own, and which files it means."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from headwater import checkout, processes
from headwater.cli.agent import CLI_HOST, login
from headwater.store.glance import Seat


class Window:
    """Seen from the inside of a hook."""

    def __init__(self, project: Path, cwd: Path) -> None:
        self._project = project
        self._places = {checkout.place_of(folder).workspace for folder in (project, cwd)} - {""}
        self._session = os.environ.get("HEADWATER_SESSION", "").strip()

    @cached_property
    def _above(self) -> frozenset[str]:
        return processes.ancestors()

    @cached_property
    def _agent(self) -> str:
        """Who uses the command line here."""
        return os.environ.get("HEADWATER_AGENT", "").strip() or login()

    def owns(self, seat: Seat) -> bool:
        """Whether the session lives in this window: its server has the same host process, or it is
        the one that this agent's command line keeps for this place."""
        if self._session and seat.session == self._session:
            return True
        if seat.process:
            return seat.process in self._above
        return seat.agent == self._agent and seat.workspace in self._places

    def may_own(self, seat: Seat) -> bool:
        """Whether it could: over HTTP nothing shows where a session lives, unless it said so."""
        if self.owns(seat):
            return True
        unknown = not seat.process and seat.host != CLI_HOST
        return unknown and (not seat.workspace or seat.workspace in self._places)

    def inherits(self, seat: Seat) -> bool:
        """Whether the session worked here and its window has certainly gone."""
        return seat.workspace in self._places and processes.is_gone(seat.process)

    def path_of(self, file: str) -> str:
        """A file's path from the root of its working tree; empty if it is of no tree of this
        repository."""
        path = Path(file) if Path(file).is_absolute() else self._project / file
        real = path.resolve()
        mine, its = checkout.find(self._project), checkout.find(real.parent)
        if mine is None or its is None:
            root = self._project.resolve() if mine is its else None
        else:
            root = its.root if its.common == mine.common else None
        if root is None or not real.is_relative_to(root):
            return ""
        return real.relative_to(root).as_posix()
