"""What every attempt needs of the machine: room and leave to write, git, and the command.

What is missing here no task is to blame for, and the next one would fare the same: its attempt is
not charged, and the run begins nothing more.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from tempfile import TemporaryFile
from typing import Final

from headwater.errors import HeadwaterError
from headwater.runner.git import Repository
from headwater.runner.git_command import GitError
from headwater.runner.places import PREFIX, Places

_ROOM: Final = bytes(256 * 1024)
"""What a commit of some files needs."""
_SPACE: Final = "free some space there"
_FILES: Final = "let more files be open at once (ulimit -n), or take fewer --agents"
_PROCESSES: Final = "let more processes run (ulimit -u), free some memory, or take fewer --agents"
_RIGHTS: Final = "let this user write there"
_EXHAUSTED: Final = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EMFILE: _FILES,
    errno.ENFILE: _FILES,
    errno.EAGAIN: _PROCESSES,
    errno.ENOMEM: _PROCESSES,
    errno.EROFS: _RIGHTS,
    errno.EIO: "look after that disk",
}
"""What runs out for everybody, whoever asks; and what to do."""
_GIT_SAYS: Final = {
    "No space left on device": _SPACE,
    "Out of diskspace": _SPACE,
    "Disk quota exceeded": _SPACE,
    "Read-only file system": _RIGHTS,
    "Too many open files": _FILES,
    "Cannot allocate memory": _PROCESSES,
    "Resource temporarily unavailable": _PROCESSES,
    "insufficient permission for adding an object to repository database": _RIGHTS,
}
_THEN: Final = "then: headwater run --resume"


class MachineFault(HeadwaterError):
    """The machine lacks what every attempt needs."""

    code = "machine_fault"


@dataclass(frozen=True, slots=True)
class Machine:
    """What the attempts of one run need."""

    repository: Repository
    places: Places
    command: Sequence[str]

    def demand_ready(self) -> None:
        """Raises MachineFault if an attempt that began now would fail in vain. Starts nothing."""
        for folder in self._written():
            _demand_room(folder)
        if which(self.command[0]) is None:
            raise cannot_start(self.command, "it is gone, or may not be executed")

    def demand_innocent(self, error: BaseException | None = None) -> None:
        """After an attempt has failed, with this error: raises MachineFault if no attempt could
        have ended well."""
        cause: BaseException | None = error
        while cause is not None:
            remedy = _remedy(cause)
            if remedy:
                raise MachineFault(str(cause), next=f"{remedy}; {_THEN}") from error
            cause = cause.__cause__
        self.demand_ready()
        try:
            self.repository.run("rev-parse", "--git-dir")
        except GitError as found:
            raise MachineFault(
                found.message, next=f"see that git and {self.repository.root} are there; {_THEN}"
            ) from found

    def _written(self) -> Iterator[Path]:
        """The folders in which the run, or git for it, makes files for each task."""
        common = self.repository.common
        heads = common / "refs" / "heads"
        named = heads / PREFIX / self.places.name
        yield common
        yield common / "objects"
        yield next((one for one in (named, named.parent) if one.is_dir()), heads)
        yield self.places.trees
        for folder in (
            common / "reftable",
            common / "worktrees",
            self.places.folder / "locks",
            self.places.logs,
        ):
            if folder.is_dir():
                yield folder


def cannot_start(command: Sequence[str], why: str) -> MachineFault:
    """The agents' command, or what starts it, cannot be run."""
    return MachineFault(
        f"{command[0]} cannot be started: {why}",
        next=f"see that it is there and may be executed, and so what its first line names; {_THEN}",
    )


def why_of(error: HeadwaterError | OSError) -> str:
    """An error in one line, with what to do if it says so."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
    return f"{error.message}. {error.next}".removesuffix(". ")


def why_halted(error: HeadwaterError | OSError) -> str:
    """What is wrong, and what to do."""
    if isinstance(error, HeadwaterError):
        return why_of(error)
    return f"{why_of(error)}. {_EXHAUSTED.get(error.errno or 0, _RIGHTS)}; {_THEN}"


def _demand_room(folder: Path) -> None:
    """Git overlooks files of such a name, should this one ever stay."""
    if not folder.is_dir():  # as refs/heads where refs are kept otherwise
        return
    try:
        with TemporaryFile(prefix="tmp_obj_", suffix=".lock", dir=folder) as file:
            file.write(_ROOM)
            file.flush()
    except OSError as error:
        raise MachineFault(
            f"nothing can be written in {folder}: {error.strerror}",
            next=f"{_EXHAUSTED.get(error.errno or 0, _RIGHTS)}; {_THEN}",
        ) from error


def _remedy(error: BaseException) -> str:
    """What to do about what has run out; empty if nothing is known to have."""
    if isinstance(error, OSError):
        return _EXHAUSTED.get(error.errno or 0, "")
    said = error.message if isinstance(error, GitError) else ""
    return next((remedy for text, remedy in _GIT_SAYS.items() if text in said), "")
