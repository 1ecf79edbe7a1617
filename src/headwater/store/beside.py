"""Making a store beside the place where it belongs, and finding what a kill has left of that.

Whoever makes one holds a lock on its folder, which the kernel drops with the process: so what is
left is told from what is under way.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from headwater.store.filesystem import make_folder


@contextmanager
def made_beside(path: Path) -> Generator[Path]:
    """Where to make a file that shall get the name `path` when it is whole: on the same disk, and
    under a name that nobody else uses. What a process that died had begun there is removed."""
    make_folder(path.parent)
    for left in left_beside(path):
        shutil.rmtree(left, ignore_errors=True)
    folder, lock = _locked_folder(path)
    try:
        yield folder / path.name
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def left_beside(path: Path) -> Iterator[Path]:
    """Folders in which processes that died were making a store for this place. Each is locked until
    the next is asked for: a folder that is just being made is left alone."""
    name = re.compile(re.escape(f".{path.name}.") + "[a-z0-9_]{8}")
    there: list[Path] = []
    with suppress(OSError):
        there = sorted(path.parent.iterdir())
    for folder in there:
        if name.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink():
            with suppress(OSError):  # somebody else's, or where folders cannot be locked (NFS)
                lock = os.open(folder, os.O_RDONLY)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if all(file.name.startswith(path.name) for file in folder.iterdir()):
                        yield folder
                finally:
                    os.close(lock)


def _locked_folder(path: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        lock = os.open(folder, os.O_RDONLY)
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        os.close(lock)  # between the two it was taken for left
