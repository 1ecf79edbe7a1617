"""Where a run keeps things, and what its branches are called.

    GIT/headwater/merge.lock                    one merge at a time, whoever runs
    GIT/headwater/runs/BOARD/run.json           name, base branch and command of the run
                             /runners/PID.json  a live runner and its sessions
                             /locks/TASK        held while somebody works in the task's worktree
                             /making/TASK       held by the git command that makes that worktree
                             /logs/TASK/...     briefing, output and result of each attempt
    CACHE/headwater/worktrees/REPOSITORY/NAME/TASK
                   /presets/BOARD              config files of known agents, read at their start

GIT is the git directory that all worktrees share: `git clean` does not reach it.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from headwater.store.location import shown

PREFIX: Final = "headwater"
_TREES: Final = "worktrees"
_DIGEST_CHARS: Final = 8
_CONCLUDED: Final = "concluded"
_SLUG_CHARS: Final = 40
_MADE: Final = re.compile(rf"/{_TREES}/[a-z0-9-]+-[0-9a-f]{{{_DIGEST_CHARS}}}/")


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one run. `folder` is the run's own, `trees` holds its worktrees."""

    name: str
    folder: Path
    trees: Path
    merge_lock: Path

    def branch(self, task: str) -> str:
        return f"{PREFIX}/{self.name}/{ref_part(task)}"

    @property
    def logs(self) -> Path:
        """Briefing, output and result of each attempt."""
        return self.folder / "logs"

    @property
    def presence_lock(self) -> Path:
        """Held while a runner comes, or takes over from one that died."""
        return self.folder / "presence.lock"

    def task_lock(self, task: str) -> Path:
        return self.folder / "locks" / ref_part(task)

    def making_lock(self, task: str) -> Path:
        """Held by the git command that makes the task's worktree, and by what its hooks leave
        running: who waits for it must know that the worktree is not yet made."""
        return self.folder / "making" / ref_part(task)

    def tree(self, task: str) -> Path:
        return self.trees / ref_part(task)

    def interrupted_logs(self, task: str) -> Path | None:
        """The newest log folder of a task, if what was said there was never taken up."""
        logs = self.logs / ref_part(task)
        newest = max(logs.glob("*"), key=lambda folder: folder.stat().st_mtime_ns, default=None)
        return None if newest is None or (newest / _CONCLUDED).exists() else newest

    def new_log_folder(self, task: str, fence: int) -> Path:
        """For one start of the command. An attempt whose runner died is gone on with under the same
        fence: what was said before must not be taken for the result of what is started now."""
        logs, number = self.logs / ref_part(task), 1
        folder = logs / str(fence)
        while folder.exists():
            number += 1
            folder = logs / f"{fence}~{number}"
        folder.mkdir(mode=0o700, parents=True)
        return folder


def conclude(logs: Path) -> None:
    """What was said in this log folder is taken up."""
    (logs / _CONCLUDED).touch()


def folder_of_board(common: Path, store: str, board: str) -> Path:
    """Where the run of a board is kept, in the git directory `common`. It is the same after the
    repository was moved, or mounted elsewhere, and after a database's password was changed: under
    another name a run would look in vain for the branches of what was accepted."""
    where = shown(store)
    if Path(where).is_relative_to(common.resolve()):
        where = str(Path(where).relative_to(common.resolve()))
    return common / PREFIX / "runs" / f"{slug(board)}-{digest(where + chr(0) + board)}"


def merge_lock(common: Path) -> Path:
    """One merge at a time, whoever runs in the repository."""
    return common / PREFIX / "merge.lock"


def places_of(common: Path, folder: Path, name: str) -> Places:
    """The places of the run called `name`."""
    repository = f"{slug(common.parent.name)}-{digest(str(common))}"
    return Places(
        name=name,
        folder=folder,
        trees=cache() / _TREES / repository / name,
        merge_lock=merge_lock(common),
    )


def is_made_by_a_run(folder: Path) -> bool:
    """Whether a worktree lies where runs make them, whichever cache folder it was: any other is
    somebody's own, whatever branch is checked out in it."""
    return _MADE.search(folder.as_posix()) is not None


def cache() -> Path:
    """The user's cache folder for Headwater (XDG_CACHE_HOME, which counts only as a whole path)."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (given if given.is_absolute() else Path.home().absolute() / ".cache") / PREFIX


def slug(text: str) -> str:
    """`text` as a short name for folders and branches."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_SLUG_CHARS].strip("-")
    return plain or "plan"


def ref_part(key: str) -> str:
    """A task's key as a part of a branch's name; two keys never share one.

    A key may hold what git refuses in a name: `..`, or `.` or `.lock` at its end.
    """
    if ".." not in key and not key.endswith((".", ".lock")):
        return key
    return f"{key.replace('.', '-')}-{digest(key)}"


def digest(text: str) -> str:
    """A few characters that tell `text` from others."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_CHARS]
