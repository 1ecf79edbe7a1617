"""Markdown as lines of prose and fenced blocks: enough to tell a plan from an example of one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_OPENS: Final = re.compile(r"\s*(`{3,}|~{3,})(.*)$")


@dataclass(frozen=True)
class Block:
    """A fenced block. `line` is that of its first line of content."""

    opening: str
    """The line that opens it."""
    info: str
    line: int
    text: str
    closed: bool


@dataclass(frozen=True)
class Markdown:
    """A document in parts; lines of prose have their numbers."""

    prose: list[tuple[int, str]]
    blocks: list[Block]


def scan(text: str) -> Markdown:
    """Tell prose from fenced blocks. A block inside a longer fence belongs to that one's text."""
    found = Markdown([], [])
    fence, opening, info, start = "", "", "", 0
    content: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        match = _OPENS.match(line)
        after = match[2].strip() if match else ""
        if fence:
            if match and match[1].startswith(fence) and not after:
                found.blocks.append(Block(opening, info, start, "\n".join(content), closed=True))
                fence, content = "", []
            else:
                content.append(line)
        elif match and not (match[1][0] == "`" and "`" in after):
            fence, opening, info, start = match[1], line, after, number + 1
        else:
            found.prose.append((number, line))
    if fence:
        found.blocks.append(Block(opening, info, start, "\n".join(content), closed=False))
    return found
