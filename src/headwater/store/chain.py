"""Files of JSON lines in which each line carries the hash of the line before it.

Whoever changes, drops or inserts a line breaks the chain from there on, up to the last line, whose
hash (the head) is kept in the store. The first line of a file carries the head of the file before.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self

from headwater.store.filesystem import give_name

START: Final = ""
"""What the first line of the first file carries."""


def digest(line: bytes) -> str:
    """The hash of a line, without its newline."""
    return hashlib.sha256(line).hexdigest()


class ChainWriter:
    """Writes a file under a name that nobody else uses, and gives it its own at `publish`."""

    def __init__(self, path: Path, previous: str) -> None:
        self.head = previous
        self._path = path
        self._published = False

    def __enter__(self) -> Self:
        descriptor, name = tempfile.mkstemp(".partial", f"{self._path.name}.", self._path.parent)
        self._partial = Path(name)
        self._out = os.fdopen(descriptor, "wb", buffering=1 << 20)
        return self

    def add(self, line: Mapping[str, Any]) -> None:
        """Append one line to the chain."""
        linked = {"previous": self.head, **line}
        raw = json.dumps(linked, ensure_ascii=False, separators=(",", ":")).encode()
        self._out.write(raw + b"\n")
        self.head = digest(raw)

    def flush(self) -> None:
        """All that was added is on the disk."""
        self._out.flush()
        os.fsync(self._out.fileno())

    def publish(self) -> None:
        """Give it its name, in the place of what has that."""
        if not self._published:  # a transaction may be begun again
            give_name(self._partial, self._path)
            self._published = True

    def __exit__(self, *_: object) -> None:
        try:
            self._out.close()
        finally:
            self._partial.unlink(missing_ok=True)


class ChainReader:
    """Reads such a file; `problem` says where the chain breaks, and reading ends there."""

    def __init__(self, path: Path, previous: str | None = None) -> None:
        """`previous`: what the first line must carry; None takes whatever it carries."""
        self.head = previous
        self.problem = ""
        self._path = path

    def first(self) -> dict[str, Any]:
        """The first line; empty if there is none."""
        for line in self:
            return line
        return {}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        try:
            with self._path.open("rb") as lines:
                for number, raw in enumerate(lines, start=1):
                    found = self._linked(raw, number)
                    if found is None:
                        return
                    yield found
        except OSError as error:
            self.problem = f"{self._path} cannot be read: {error.strerror}"

    def _linked(self, raw: bytes, number: int) -> dict[str, Any] | None:
        where = f"{self._path}, line {number}"
        if not raw.endswith(b"\n"):
            self.problem = f"{where}: the line is cut off"
            return None
        try:
            found: dict[str, Any] = json.loads(raw)
            carried = found.pop("previous")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.problem = f"{where}: it is no line of an archive"
            return None
        if self.head is not None and carried != self.head:
            self.problem = f"{where}: it does not follow the line before it: the file was changed"
            return None
        self.head = digest(raw[:-1])
        return found
