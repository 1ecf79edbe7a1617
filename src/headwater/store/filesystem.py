"""Making the store's file, and refusing places where SQLite cannot keep it safe."""

from __future__ import annotations

import errno
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from headwater.errors import StoreError
from headwater.store.location import OWN_FOLDER, first_of

_NETWORK: Final = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "gpfs", "lustre", "glusterfs", "beegfs",
    "ocfs2", "gfs2", "davfs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.rclone",
    "fuse.s3fs", "fuse.davfs2", "vboxsf", "prl_fs", "virtiofs", "fuse.vmhgfs-fuse",
})  # fmt: skip
_NETWORK_9P: Final = ("trans=tcp", "trans=virtio", "aname=drvfs")  # others are a sandbox's root
_MOUNTS: Final = Path("/proc/self/mountinfo")
_ESCAPED: Final = re.compile(r"\\([0-7]{3})")
"""How it writes blanks, line ends and backslashes."""


def make_file(path: Path, *, create: bool) -> None:
    """Make the file, and its folder, for their owner only.

    An existing file is never opened here: closing it would drop the locks that SQLite holds on it
    for other stores of this process.
    """
    if path.is_dir():
        raise StoreError(f"{path} is a folder", next="give the path of a file in it")
    if path.exists():
        if not path.is_file():
            raise StoreError(f"{path} is no regular file", next="give the path of another")
        return
    if not create:
        raise StoreError(
            f"there is no store at {path}", next="check the path (--db or HEADWATER_DB)"
        )
    try:
        make_folder(path.parent)
        os.close(new_file(path, path.parent))
    except FileExistsError:
        return  # another process was faster
    except OSError as error:
        raise StoreError(
            f"{path} cannot be created: {error.strerror}",
            next="choose another place with --db or HEADWATER_DB",
        ) from error


def make_folder(path: Path) -> None:
    """Make the folder, and those it lies in, for their owner only."""
    for folder in reversed([f for f in (path, *path.parents) if not f.exists()]):
        with suppress(FileExistsError):  # another process was faster
            new_folder(folder, folder.parent)
        flush_names(folder.parent)
        if folder.name == OWN_FOLDER:  # no repository that is made around it takes it in
            with (
                suppress(FileExistsError),
                open(new_file(folder / ".gitignore", folder), "w") as file,
            ):
                file.write("*\n")


def new_file(path: Path, store: Path) -> int:
    """Make an empty file for its owner only, who is that of `store` where root makes it, and open
    it. Raises FileExistsError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    _give_to_owner(descriptor, store)
    return descriptor


def new_folder(path: Path, store: Path) -> None:
    """The same for a folder."""
    path.mkdir(mode=0o700)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if not os.listdir(descriptor):  # noqa: PTH208  # or it is another by now
            _give_to_owner(descriptor, store)
    finally:
        os.close(descriptor)


def _give_to_owner(made: int, store: Path) -> None:
    """What root makes of a store, or beside it, belongs to whose the store is, or its folder: that
    user could not use it otherwise. SQLite does the same with its log. Only what was made just now,
    by its descriptor: that user may have put a link, or a file of root's, in its place."""
    if os.geteuid() == 0:
        owner = (store if store.exists() else store.parent).stat()
        with suppress(OSError):  # a user that is not known inside a container
            os.fchown(made, owner.st_uid, owner.st_gid)


def give_name(made: Path, path: Path) -> None:
    """Give a file that is whole and flushed its name for good, in the place of what has that."""
    made.replace(path)
    flush_names(path.parent)


def flush_names(folder: Path) -> None:
    """Make the names of what is in the folder durable: a flush of a file need not do that. Where it
    may not be read, it cannot be flushed: then they are as durable as SQLite leaves them there."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # this file system has no such flush
            raise
    finally:
        os.close(descriptor)


def demand_free(path: Path) -> None:
    """Raises StoreError if a store is at `path`, or what is left of one."""
    if (taken := first_of(path)) is not None:
        raise StoreError(f"{taken} exists already", next="give a new path")


class Presence:
    """Notices when the file is removed or replaced: SQLite would go on with the one it has open,
    and what it acknowledges would be gone with the last process."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._identity = self._look()

    def check(self) -> None:
        """Raise StoreError if the file at the path is not the one that was opened."""
        if self._look() != self._identity:
            raise StoreError(
                f"{self._path} was removed or replaced while it was in use",
                next="put it back, or restart this window to use what is there now",
            )

    def _look(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)  # noqa: PTH116  # in every transaction: Path costs twice
        except OSError:
            return None
        return found.st_dev, found.st_ino


def refuse_network(path: Path) -> None:
    """Raise StoreError if `path` lies on a network file system or a folder shared with a VM.

    SQLite's write-ahead log needs memory that all its users share, so all must be on one machine.
    Only Linux tells; elsewhere this does nothing.
    """
    try:
        mounts = os.fsdecode(_MOUNTS.read_bytes())
    except OSError:
        return
    kind = network_kind(Path(os.path.realpath(path)), mounts)
    if kind:
        raise StoreError(
            f"{path} is on a {kind} file system, where SQLite can lose or damage data",
            next="choose a path on a local disk with --db or HEADWATER_DB, "
            "or use PostgreSQL for several machines",
        )


def network_kind(path: Path, mounts: str) -> str:
    """The file system's type if it is a networked one, else nothing. `mounts`: a mountinfo text."""
    longest, kind, options = -1, "", ""
    for line in mounts.splitlines():
        mount, _, filesystem = line.partition(" - ")
        point = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), mount.split(" ")[4]))
        # Of two on one point the later one covers the earlier.
        if len(point.parts) >= longest and path.is_relative_to(point):
            longest = len(point.parts)
            kind, _, options = filesystem.partition(" ")
    if kind in _NETWORK or (kind == "9p" and any(sign in options for sign in _NETWORK_9P)):
        return kind
    return ""
