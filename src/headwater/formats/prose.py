"""Agents' text in Markdown: as data, so that it can open no heading, table, link or block."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from headwater.formats.report import printable, shown

_MARKS: Final = re.compile(r"([\\`*_\[\]|#~!]|^[-+])")
_NUMBER: Final = re.compile(r"^(\d+)([.)])")


def inline(text: str, limit: int = 200) -> str:
    """`text` on one line, with nothing in it that Markdown or HTML acts on."""
    flat = shown(text.strip(), limit)
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        flat = flat.replace(char, entity)
    return _NUMBER.sub(r"\1\\\2", _MARKS.sub(r"\\\1", flat))


def fence(text: str) -> str:
    """Longer than any row of backticks in `text`."""
    return "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))


def block(text: str) -> str:
    """`text` as a fenced block that nothing in it can end."""
    ticks = fence(text)
    clean = printable(text.replace("\r\n", "\n"), also="\n\t")
    return f"{ticks}text\n{clean}\n{ticks}"


def table(heads: list[str], rows: list[list[str]], empty: str = "None.") -> str:
    """A table whose cells are Markdown already, or `empty`."""
    if not rows:
        return empty
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def when(at_ms: int) -> str:
    """A time in milliseconds since 1970, in UTC to the second; empty for 0."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ") if at_ms else ""
