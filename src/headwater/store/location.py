"""Where the store lies when nobody says so."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import suppress
from pathlib import Path
from shlex import quote

from headwater import checkout
from headwater.errors import StoreError

VARIABLE = "HEADWATER_DB"
_URL = re.compile(r"[^/]*://|(postgres|postgresql|sqlite):", re.IGNORECASE)
_KEYWORDS = re.compile(r"(host|hostaddr|port|dbname|user|password|service) ?=")
OWN_FOLDER = ".headwater"
"""Where a store lies outside git; it ignores itself."""


def is_postgres(location: str | Path) -> bool:
    """Whether this is the URL of a PostgreSQL database, not a file."""
    return isinstance(location, str) and location.startswith(("postgresql://", "postgres://"))


def file_of(location: str | Path) -> Path:
    """The file behind a path or `sqlite:///path`.

    A symbolic link is followed: SQLite keeps its log beside the file itself, whichever name it was
    opened by, and the ticket must lie where all who use the file look for it.

    Raises:
        StoreError: for another kind of URL, and for a store in memory.
    """
    text = str(location).removeprefix("sqlite:///")
    if text in {"", ":memory:", "sqlite://"}:
        raise StoreError(
            "a store in memory would be lost and could not be shared",
            next="give a file path",
        )
    url = _URL.match(text)
    if url or _KEYWORDS.match(text):
        kind = url.group() if url else "a list of libpq's keywords"
        raise StoreError(
            f"{kind} is no kind of store",
            next="give a file path, or postgresql://USER@HOST/DATABASE",
        )
    path = Path(text).expanduser().absolute()
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def files_of(path: Path) -> list[Path]:
    """SQLite's files for the store at `path`: itself, its log, the memory that processes share."""
    return [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]


def first_of(path: Path) -> Path | None:
    """The first of those that is there. A log whose store was moved away counts: SQLite would take
    it for that of the next file of this name."""
    return next((file for file in files_of(path) if file.exists()), None)


def shown(location: str | Path) -> str:
    """A location as people may read it: without a password."""
    if not is_postgres(location):
        return str(location)
    from headwater.store.postgres.settings import Settings

    return Settings.of(str(location)).shown


def path_beside(database: str) -> Path:
    """Beside what path files about a PostgreSQL database are kept: in this user's state folder.

    `database`: its URL without a password.
    """
    state = os.environ.get("XDG_STATE_HOME", "") or Path.home() / ".local" / "state"
    folder = Path(state) / "headwater"
    with suppress(OSError):  # whoever writes there will say so
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = "".join(char if char.isalnum() else "-" for char in database.partition("://")[2])
    return folder / (name.strip("-") or "database")


def default_location(cwd: Path) -> str | Path:
    """The store for work in `cwd`: what HEADWATER_DB says, else the file of `default_path`."""
    chosen = os.environ.get(VARIABLE, "").strip()
    return chosen if is_postgres(chosen) else default_path(cwd)


def default_path(cwd: Path) -> Path:
    """The store for work in `cwd`: HEADWATER_DB, else inside the git directory that all worktrees
    share, else `.headwater` in `cwd`.

    Raises:
        StoreError: that place is another user's, and git was not told to trust it.
    """
    chosen = os.environ.get(VARIABLE, "").strip()
    if chosen:
        return file_of(chosen)
    shared = _git_common_dir(cwd)
    if shared is not None:
        return shared / "headwater" / "board.db"
    own = cwd / OWN_FOLDER
    if not checkout.is_ours(own):
        raise StoreError(
            f"{own} is another user's", next="name another store: --db or HEADWATER_DB"
        )
    return own / "board.db"


def _git_common_dir(cwd: Path) -> Path | None:
    with suppress(OSError, subprocess.TimeoutExpired):
        asked = subprocess.run(
            ["git", "rev-parse", "--git-common-dir"],  # noqa: S607
            cwd=cwd,
            capture_output=True,
            timeout=10,
            check=False,
        )
        said = os.fsdecode(asked.stdout).rstrip("\n")
        if asked.returncode == 0 and said:
            # Made absolute here: git before 2.31 repeats `--path-format=absolute` in its answer.
            return Path(os.path.realpath(cwd / said))
    found = checkout.find(cwd)
    if found is not None and not found.is_ours:
        raise StoreError(
            f"{found.root} is a git repository of another user, who would own the store",
            next=f"git config --global --add safe.directory {quote(str(found.root))} if you trust "
            "that user; or name another store: --db or HEADWATER_DB",
        )
    return found.common if found else None
