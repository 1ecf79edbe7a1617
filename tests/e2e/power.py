"""What a loss of power may leave behind, computed from what `recorded_writes.c` recorded.

The model is that of Pillai et al., "All file systems are not created equal" (OSDI 2014), for a file
system that promises no more than POSIX does: what a file was given before a flush of it that has
ended is there; of what came later each write, and each sector of a write, is there or not, in any
order; a name that was made, removed or given to another file is durable by a flush of its folder.
"""

from __future__ import annotations

import random
import struct
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CREATE, WRITE, TRUNCATE, SYNC, UNLINK, RENAME, SYNC_FOLDER = range(1, 8)
_HEAD = struct.Struct("=QQQQQII")
SECTOR_BYTES = 512
NAMES = (CREATE, UNLINK, RENAME)
"""What changes a folder."""
NOT_ON_A_DISK = ("-shm", ".lock")
"""Endings of files whose content no process relies on after a restart."""


@dataclass(frozen=True)
class Step:
    """What one process did to one file between two moments of the clock that all share."""

    begin: int
    end: int
    kind: int
    inode: int
    path: str
    at: int
    data: bytes


Fate = Callable[[Step], bool]
"""Whether a step that no flush has made durable reached the disk."""


def read_steps(folder: Path) -> list[Step]:
    """What all processes did, in the order of its beginnings."""
    steps: list[Step] = []
    for file in folder.glob("*.records"):
        steps.extend(_steps(file.read_bytes()))
    return sorted(steps, key=lambda step: step.begin)


def _steps(told: bytes) -> Iterator[Step]:
    start = 0
    while start < len(told):
        begin, end, inode, at, data_bytes, kind, path_bytes = _HEAD.unpack_from(told, start)
        path = start + _HEAD.size
        data = path + path_bytes
        start = data + data_bytes
        name = told[path:data].decode().removesuffix(" (deleted)")
        yield Step(begin, end, kind, inode, name, at, told[data:start])


class Disk:
    """A folder as it was written to; `after` says what it may be if the power goes at a moment."""

    def __init__(self, steps: list[Step]) -> None:
        self._names: list[Step] = []
        self._files: dict[int, list[Step]] = defaultdict(list)
        self._flushes: dict[int, list[Step]] = defaultdict(list)
        self._folder_flushes: dict[str, list[Step]] = defaultdict(list)
        self._named: dict[Step, int] = {}
        self.last = max(step.end for step in steps)
        self._sort(steps)

    def _sort(self, steps: list[Step]) -> None:
        """Give each file a number: when it is removed, another may get its inode."""
        life: dict[int, int] = {}
        there: dict[str, int] = {}
        for step in steps:
            if step.path.endswith(NOT_ON_A_DISK):
                continue
            if step.kind in NAMES:
                self._names.append(step)
                if step.kind == CREATE:
                    life[step.inode] = self._named[step] = len(self._named)
                elif step.kind == RENAME:
                    self._named[step] = there[step.data.decode()]
                self._rename(there, step)
            elif step.kind == SYNC_FOLDER:
                self._folder_flushes[step.path].append(step)
            elif step.kind == SYNC:
                self._flushes[life[step.inode]].append(step)
            else:
                self._files[life[step.inode]].append(step)

    def after(self, moment: int, fate: Fate, chance: random.Random | None) -> dict[str, bytes]:
        """The files by their names, had the power gone at that moment.

        `chance` tears writes at sectors; without it each is there as a whole or not at all.
        """
        there: dict[str, int] = {}
        durable = {
            name: _flushed_by(flushes, moment) for name, flushes in self._folder_flushes.items()
        }
        for step in self._names:
            if step.begin >= moment:
                break
            if step.end < durable.get(step.path.rpartition("/")[0], 0) or fate(step):
                self._rename(there, step)
        return {name: self._content(file, moment, fate, chance) for name, file in there.items()}

    def _rename(self, there: dict[str, int], step: Step) -> None:
        there.pop(step.path if step.kind == UNLINK else step.data.decode(), None)
        if step.kind != UNLINK:
            there[step.path] = self._named[step]

    def _content(self, file: int, moment: int, fate: Fate, chance: random.Random | None) -> bytes:
        durable = _flushed_by(self._flushes[file], moment)
        content = bytearray()
        for step in self._files[file]:
            if step.begin >= moment:
                break
            is_safe = step.end < durable
            if is_safe or fate(step):
                _apply(content, step, None if is_safe else chance)
        return bytes(content)


def _flushed_by(flushes: list[Step], moment: int) -> int:
    """The beginning of the latest flush that had ended by then."""
    return max((flush.begin for flush in flushes if flush.end < moment), default=0)


def _apply(content: bytearray, step: Step, chance: random.Random | None) -> None:
    if step.kind == TRUNCATE:
        del content[step.at :]
        content.extend(bytes(step.at - len(content)))
        return
    content.extend(bytes(max(0, step.at + len(step.data) - len(content))))
    for start in range(0, len(step.data), SECTOR_BYTES):
        if chance is None or chance.random() < 0.5:
            sector = step.data[start : start + SECTOR_BYTES]
            content[step.at + start : step.at + start + len(sector)] = sector


def fates(chance: random.Random, moment: int) -> dict[str, Fate]:
    """Ways in which what was not flushed may end."""
    split = chance.choice([chance.randrange(moment), moment - chance.randrange(min(moment, 40))])
    return {
        "nothing": lambda _: False,
        "everything": lambda _: True,
        "what came first": lambda step: step.begin < split,
        "what came last": lambda step: step.begin >= split,
        "any of it": lambda _: chance.random() < 0.5,
    }
