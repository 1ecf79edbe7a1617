"""How the run of a board stands, for whoever looks on from beside it. Nothing is started or
changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from headwater import checkout
from headwater.runner.places import Places, folder_of_board, places_of
from headwater.runner.record import Presence, RunRecord, read_run


@dataclass(frozen=True, slots=True)
class Standing:
    """The run of a board in this repository."""

    record: RunRecord
    places: Places
    alive: int
    """Runners that work."""
    died: int
    """Runners that left without a word; the next one goes on with what they held."""

    def as_dict(self) -> dict[str, object]:
        return {
            "name": self.record.name,
            "base": self.record.base,
            "alive": self.alive,
            "died": self.died,
            "logs": str(self.places.logs),
            "worktrees": str(self.places.trees),
        }

    def place(self, task: str) -> dict[str, str]:
        """Where a worker of the run is that has this task."""
        return {"workspace": str(self.places.tree(task)), "branch": self.places.branch(task)}


def standing(folder: Path, store: str, board: str) -> Standing | None:
    """The run of this board in the repository around `folder`; None if there never was one."""
    found = checkout.find(folder)
    if found is None:
        return None
    home = folder_of_board(found.common, store, board)
    record = read_run(home)
    if record is None:
        return None
    dead = Presence(home).dead()
    return Standing(
        record,
        places_of(found.common, home, record.name),
        alive=dead.count(False),
        died=dead.count(True),
    )
