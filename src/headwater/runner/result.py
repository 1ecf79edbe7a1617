"""What an agent says about its work: a JSON result file, or a status block that ends its output.

    Status: DONE_WITH_CONCERNS
    Summary: the parser reads both forms
    Concerns: the old form has no tests

`Status` is DONE, DONE_WITH_CONCERNS, BLOCKED or NEEDS_CONTEXT; of the last two `Question` is what
to answer, and `Summary` how far the work is. What was said is data: it becomes the delivery of the
task and decides nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from headwater import limits
from headwater.errors import BadRequest
from headwater.verbs.base import Outcome
from headwater.verbs.work import FinishRequest

TAIL_BYTES: Final = 16 * 1024
_SUMMARY_CHARS: Final = 8_000
_CONCERNS_CHARS: Final = 2_000
_NO_LEASE: Final = "-"
_STATUS: Final = re.compile(
    r"^[\s>*#`_-]*status[*_`]*\s*:\s*[*_`]*\s*"
    r"(DONE_WITH_CONCERNS|DONE|BLOCKED|NEEDS_CONTEXT)\b[*_`.]*[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_SAID: Final = ("summary", "concerns")
_ASKED: Final = ("question", "blocker", "reason", "needs")
_FIELD: Final = re.compile(
    rf"^[\s>*#`_-]*({'|'.join(_SAID + _ASKED)})[*_`]*\s*:[*_`]*\s*(.*)$", re.IGNORECASE
)
_STYLE: Final = re.compile(r"\x1b\[[0-9;:]*[mK]")
BLOCK_LINES: Final = 40
"""The block stands at the end: a DONE that is quoted earlier is none. A question may be longer: to
ask once too often is better than to take for done what is not."""
_NO_BLOCK: Final = "it said neither in a status block nor in a file what it did"


@dataclass(frozen=True, slots=True)
class Result:
    """How to end the attempt. `request` has no lease yet."""

    outcome: Outcome
    request: FinishRequest
    said: str = ""
    """For whoever watches the run: what the agent asks, or its concerns."""


def from_file(path: Path) -> Result | None:
    """The result that an agent wrote as JSON: the arguments of `finish` without `lease`.

    Raises:
        BadRequest: the file is not that.
    """
    if not path.exists():
        return None
    if not path.is_file():  # a pipe would keep its reader waiting
        raise BadRequest("the result file is no regular file")
    with path.open("rb") as file:
        content = file.read(limits.CALL_BYTES + 1)
    if len(content) > limits.CALL_BYTES:
        raise BadRequest(f"the result file is larger than {limits.CALL_BYTES} bytes")
    try:
        document: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadRequest("the result file is not JSON") from error
    if not isinstance(document, dict) or "lease" in document:
        raise BadRequest("the result file is an object: the arguments of finish, without lease")
    request = FinishRequest.parse({**cast("dict[str, Any]", document), "lease": _NO_LEASE})
    asks = request.outcome == "blocked"
    said = request.summary if asks else request.notes
    return Result(request.outcome, request, _bounded(said))


def from_output(text: str) -> Result | None:
    """The result in the status block at the end of an output; None if there is no block."""
    said = "\n".join(text.rstrip().splitlines())
    found = list(_STATUS.finditer(said))
    if not found:
        return None
    status, block = found[-1].group(1).upper(), said[found[-1].end() :]
    asks = status in ("BLOCKED", "NEEDS_CONTEXT")
    if not asks and block.count("\n") >= BLOCK_LINES:
        return None
    fields = _fields(block, (_SAID[0], *_ASKED) if asks else _SAID)
    summary = fields.get("summary", "") or _before(said[: found[-1].start()])
    concerns = fields.get("concerns", "") if status == "DONE_WITH_CONCERNS" else ""
    if asks:
        question = "\n\n".join(fields[name] for name in _ASKED if fields.get(name))
        notes = fields.get("summary", "") if question else ""
        question = question or summary or f"it says {status}, not why"
        return _result("blocked", summary=question, notes=notes, said=question)
    if not concerns:
        return _result("done", summary=summary)
    said = f"Concerns: {concerns}"[:_CONCERNS_CHARS]  # whoever builds on it is to know them, too
    summary = summary[: _SUMMARY_CHARS - _CONCERNS_CHARS]
    return _result("done", summary=f"{summary}\n\n{said}".strip(), said=said)


def summary(logs: Path) -> str:
    """What an agent says for its successors in a log folder, however it says it."""
    said = tail(logs / "output.log")
    with suppress(BadRequest):
        found = from_file(logs / "result.json") or from_output(said) or plain(said)
        return found.request.summary
    return ""


def plain(text: str, traces: str = "") -> Result:
    """The result of a command that says nothing of it: the last lines of its output, and what is
    certain."""
    last = _before(text)[: _SUMMARY_CHARS - len(traces) - len("\n\n")]
    return _result("done", summary=f"{last}\n\n{traces}".strip(), said=_NO_BLOCK)


def _result(outcome: Outcome, *, summary: str, notes: str = "", said: str = "") -> Result:
    request = FinishRequest(
        lease=_NO_LEASE, outcome=outcome, summary=_bounded(summary), notes=_bounded(notes)
    )
    return Result(outcome, request, _bounded(said))


def _fields(block: str, names: Collection[str]) -> dict[str, str]:
    """`Name: text` lines of these names, with the lines that continue them."""
    found: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        match = _FIELD.match(line)
        if match and match.group(1).lower() in names:
            name = match.group(1).lower()
            found[name] = match.group(2).strip()
        elif name and line.strip().strip("`"):
            found[name] = f"{found[name]}\n{line.strip()}".strip()
    return found


def _before(text: str) -> str:
    """The last paragraph of a text."""
    paragraphs = [part.strip(" \n`#*-") for part in re.split(r"\n\s*\n", text.strip())]
    return next((part for part in reversed(paragraphs) if part), "")


def _bounded(text: str) -> str:
    return text.replace("\x00", " ")[:_SUMMARY_CHARS]


def tail(path: Path, limit_bytes: int = TAIL_BYTES) -> str:
    """The end of a log, without colours."""
    try:
        with path.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(0, size - limit_bytes))
            return _STYLE.sub("", log.read().decode("utf-8", "replace"))
    except FileNotFoundError:
        return ""
