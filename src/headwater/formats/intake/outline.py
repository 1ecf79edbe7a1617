"""The outline of a YAML file: keys, values on their line, and lists, by indentation.

Enough for the names of CI jobs and what each needs. Anchors, tags and texts over several lines are
passed over: a file that is written in an unusual way says less here, never something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_LINE: Final = re.compile(r"(?P<indent> *)(?P<dashes>(?:- +|-$)*)(?P<rest>.*)")
_KEY: Final = re.compile(
    r"""["']?(?P<name>[^\s"'#:](?:[^"'#]*?[^\s"'#])??)(?:\s*["'])?\s*:(?:\s+(?P<value>.*))?$"""
)
"""The name ends with what is no space, so that a long row of them is looked at once."""
_COMMENT: Final = re.compile(r"(^|\s)#.*$")
_ITEM: Final = "-"


@dataclass
class Entry:
    """A key with its value, or an item of a list."""

    name: str
    value: str = ""
    indent: int = -1
    below: list[Entry] = field(default_factory=list["Entry"])

    def get(self, name: str) -> Entry | None:
        """The entry of that name below this one; of two the last."""
        return next((one for one in reversed(self.below) if one.name == name), None)

    def text(self, name: str) -> str:
        found = self.get(name)
        return _bare(found.value) if found else ""

    def words(self, of: str) -> list[str]:
        """The words of a list, on one line or below; of mappings in it the value of `of`."""
        parts = self.value.strip("[]").split(",") if self.value else []
        parts += [one.value or one.text(of) for one in self.below if one.name == _ITEM]
        found = (_bare(_bare(part).strip("{} ").removeprefix(f"{of}:")) for part in parts)
        return [word for word in found if word and ": " not in word and word[0] not in "*&"]


def outline(text: str) -> Entry:
    """The outline of a file, below a root without a name."""
    root = Entry("")
    stack = [root]
    for indent, dashes, rest in _lines(text):
        at = indent
        for _ in range(dashes):
            _put(stack, Entry(_ITEM, indent=at))
            at += 2
        match = _KEY.match(rest)
        if match:
            _put(stack, Entry(match["name"], (match["value"] or "").strip(), at))
        elif dashes:
            stack[-1].value = rest
    return root


def _put(stack: list[Entry], entry: Entry) -> None:
    """Below the last entry that is further out. A list may stand right under its key."""
    while stack[-1].indent > entry.indent or (
        stack[-1].indent == entry.indent and (entry.name != _ITEM or stack[-1].name == _ITEM)
    ):
        stack.pop()
    stack[-1].below.append(entry)
    stack.append(entry)


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    """Indentation, number of dashes and the rest of each line that says something."""
    block: int | None = None
    pending: list[str] = []
    for raw in text.split("\n"):
        line = raw.rstrip("\r")
        if pending:
            more = _COMMENT.sub("", raw.strip()).rstrip()
            pending.append(more)
            if "]" not in more:
                continue
            line = " ".join(filter(None, pending))
            pending.clear()
        indent = len(line) - len(line.lstrip(" "))
        if block is not None and (not line.strip() or indent > block):
            continue
        block = None
        line = _COMMENT.sub("", line).rstrip()
        if not line.strip():
            continue
        value = line.partition(": ")[2].strip()
        if value.startswith("[") and "]" not in value:
            pending.append(line)
            continue
        if re.match(r"[|>][-+\d]*$", value):
            block = indent
        match = _LINE.match(line)
        if match:
            yield len(match["indent"]), match["dashes"].count("-"), match["rest"]


def _bare(text: str) -> str:
    return text.strip().strip("\"'")
