"""TODO and FIXME comments as tasks: one for each, with the lines around it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Final

from headwater import limits
from headwater.formats import fit
from headwater.formats.keys import map_keys
from headwater.formats.report import Report
from headwater.verbs.importing import ImportedTask

GROUP: Final = "todo"
_MARK: Final = re.compile(
    r"(?:^|\s)(?:\#+|//+|/\*+|\*|--+|;+|%+|<!--)\s*(?P<kind>TODO|FIXME)\b(?:\([^)]*\))?\s*:?(?P<text>.*)"
)
_AROUND: Final = 3
_PROSE: Final = (".md", ".markdown", ".rst", ".txt", ".lock", ".json", ".svg", ".csv")
_URGENT: Final = {"TODO": 0, "FIXME": 10}


def propose(files: Mapping[str, str], report: Report) -> Iterator[ImportedTask]:
    """A task for each comment. Its key is made from file and text, so that it stays the same when
    lines move."""
    for path, text in files.items():
        if ("TODO" not in text and "FIXME" not in text) or path.lower().endswith(_PROSE):
            continue
        lines = text.split("\n")
        seen: dict[str, int] = {}
        for at, line in enumerate(lines):
            match = _MARK.search(line) if len(line) <= limits.LINE_CHARS else None
            if match:
                kind = match["kind"]
                what = match["text"].rstrip().removesuffix("*/").removesuffix("-->").strip()
                said = f"{kind}: {what}"
                seen[said] = seen.get(said, 0) + 1
                report.keep(f"a {kind} comment", f"{path}:{at + 1}")
                yield _task(path, lines, at, kind, what, seen[said], report)


def _task(
    path: str, lines: list[str], at: int, kind: str, what: str, number: int, report: Report
) -> ImportedTask:
    identity = f"{path}\n{kind}: {what}#{number}"
    digest = hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:8]
    name = f"{kind.lower()}-{path.replace('/', '-')}-{digest}"
    key = map_keys([name])[name]
    what = what or f"what the comment in {path} is about"
    title, whole = fit.title(f"{kind}: {what}", key, report)
    paths, others = fit.paths([path], key, "path", report)
    beside = lines[max(0, at - _AROUND) : at + _AROUND + 1]
    around = "\n".join(one[: limits.LINE_CHARS] for one in beside).replace("\x00", "")
    return ImportedTask(
        key=key,
        title=title,
        spec=fit.spec(whole, f"{path}, line {at + 1}:", around, others),
        priority=_URGENT[kind],
        paths=paths,
        group=GROUP,
        notes=f"Proposed from {path}.",
    )
