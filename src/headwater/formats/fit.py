"""Foreign texts in Headwater's fields. What does not fit its field is moved, and reported."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from headwater import limits
from headwater.formats.report import Report, shown
from headwater.graph.paths import normal

_BULLET: Final = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s*)?")
_ESCAPED: Final = re.compile(r"(?:\\n)+(?=[ \t]*(?:[-*+]|\d+[.)])\s)")
_NOT_IN_A_LINE: Final = re.compile(rf"\t|{limits.NOT_IN_A_LINE}")
_CUT: Final = " [...]"


def line(text: str) -> str:
    """`text` on one line, without what a line may not hold."""
    return _NOT_IN_A_LINE.sub(" ", text).strip()


def title(text: str, subject: str, report: Report) -> tuple[str, str]:
    """A title, and what the spec has to begin with: the whole of it, if it was too long."""
    found = line(text)
    if found != text.strip():
        report.map("control characters in the title became spaces", subject)
    if len(found) <= limits.TITLE_CHARS:
        return found, ""
    report.map("a long title was shortened; all of it is in the spec", subject)
    return found[: limits.TITLE_CHARS - 3] + "...", found


def acceptance(criteria: str, subject: str, name: str, report: Report) -> tuple[list[str], str]:
    """Criteria as a list, bullets taken off, and the section of the spec that holds them if they
    are too long for a list. Some exports hold the newline before a bullet as a backslash and n."""
    lines = _ESCAPED.sub("\n", criteria).splitlines()
    items = [item for item in (line(_BULLET.sub("", one)) for one in lines) if item]
    if len(items) <= limits.ACCEPTANCE_ITEMS and all(len(i) <= limits.LINE_CHARS for i in items):
        return items, ""
    report.map(f"{name} too long for a list are in the spec", subject)
    return [], "## Acceptance criteria\n\n" + criteria


def paths(globs: Iterable[str], subject: str, name: str, report: Report) -> tuple[list[str], str]:
    """The globs that paths can be, in their usual spelling, and a paragraph with the others."""
    found: dict[str, None] = {}
    others: list[str] = []
    for glob in globs:
        try:
            fits = len(glob) <= limits.LINE_CHARS and line(glob) == glob
            found[normal(glob) if fits else normal("")] = None
        except ValueError:
            others.append(line(glob))
            report.map(
                f"{name} that is no path relative to the repository is a line of the spec",
                f"{subject}: {shown(glob)}",
            )
    kept = list(found)
    if len(kept) > limits.PATHS:
        report.map(f"{name} beyond {limits.PATHS} are lines of the spec", subject)
        others += kept[limits.PATHS :]
    return kept[: limits.PATHS], "\n".join(f"{name}: {glob}" for glob in others)


def excerpt(text: str, subject: str, report: Report) -> str:
    """`text` as far as a spec has room for it."""
    if size_bytes(text) <= limits.TEXT_BYTES:
        return text
    report.drop("the end of a text that is too long for a spec", subject)
    room = limits.TEXT_BYTES - len(_CUT)
    return text.encode()[:room].decode(errors="ignore") + _CUT


def size_bytes(text: str) -> int:
    """Its size as UTF-8; half a character, which JSON can hold and no task can, counts, too."""
    return len(text.encode("utf-8", "surrogatepass"))


def spec(*sections: str) -> str:
    """Sections as one text, empty ones left out."""
    return "\n\n".join(filter(None, (section.strip("\n") for section in sections)))
