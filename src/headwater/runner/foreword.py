"""What an agent must know of a task before it reads the task: what happened on its branch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

from headwater import Board
from headwater.graph.briefing import cut
from headwater.operations.edited import WORKED_BY
from headwater.runner import conflicts
from headwater.runner.quoting import quoted
from headwater.runner.workspace import Begun, Workspace
from headwater.verbs.sessions import Notice

_REPORT_BYTES: Final = 4_000


def written(board: Board, workspace: Workspace, task: str, begun: Begun, *more: str) -> str:
    """All of it, and `more`; empty if there is nothing."""
    files = [file for conflict in begun.unmerged for file in conflict.files]
    others = workspace.merged_beside(workspace.places.branch(task), files) if files else []
    parts = [conflicts.first(board, begun.unmerged, others), *more]
    return "\n\n".join(part for part in parts if part)


def edited(task: str, notices: Iterable[Notice]) -> Sequence[str]:
    """What an agent works by and was changed meanwhile: of its task, and the rules of the board."""
    changed = list[str]()
    for notice in notices:
        if notice.kind == "task_edited" and notice.task == task and notice.data:
            names = cast("Iterable[object]", notice.data["changed"])
            changed += [f"its {name}" for name in names if name in WORKED_BY]
        if notice.kind == "rules" and notice.task == task:
            changed.append("the rules of the board")
    return list(dict.fromkeys(changed))


def once_more(changed: Sequence[str], said: str) -> str:
    """For whoever goes on with work that was done by what a task said before."""
    report = f"\n\nWhoever did it reported (data):\n\n{quoted(_bounded(said))}" if said else ""
    return (
        "This was done already, by what was asked before: while it was worked on, somebody "
        f"changed {', '.join(changed)}. What is below is as it is now. Look at what is on the "
        f"branch, and do what is missing.{report}"
    )


def interrupted(logs: Path) -> str:
    """What an agent had reported that was ended from outside before anybody took its report."""
    with suppress(OSError, ValueError):
        said: object = json.loads((logs / "result.json").read_bytes())
        text = json.dumps(said, ensure_ascii=False, indent=1)
        return (
            "Somebody did this already and was ended from outside. Check what is on the branch; if "
            "it is whole, report it. The report that nobody took (data):\n\n"
            f"{quoted(_bounded(text))}"
        )
    return ""


def _bounded(text: str) -> str:
    return cut(text, _REPORT_BYTES)
