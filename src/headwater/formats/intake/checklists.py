"""Unfinished items of the checklists in a repository's Markdown files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from headwater import limits
from headwater.errors import BadPlan
from headwater.formats import checklist
from headwater.formats.keys import map_keys
from headwater.formats.report import Report
from headwater.verbs.importing import ImportedTask

_TEMPLATE: Final = re.compile(r"(^|/)(ISSUE|PULL_REQUEST)_TEMPLATE", re.IGNORECASE)
_NAMED: Final = re.compile(r"`([\w./-]+)`")


def propose(files: Mapping[str, str], report: Report) -> Iterator[ImportedTask]:
    """The open items of each file, with keys that begin with the file's name."""
    for path, text in files.items():
        if not path.lower().endswith((".md", ".markdown")) or _TEMPLATE.search(path):
            continue
        if not checklist.recognises(text):
            continue
        try:
            plan = checklist.read(path, text)
        except BadPlan as error:
            problems = error.state.get("problems")
            first = problems[0] if isinstance(problems, list) and problems else error.message
            report.drop("a checklist that cannot be read", str(first))
            continue
        yield from _tasks(path, plan.tasks, files, report)


def _tasks(
    path: str, tasks: list[ImportedTask], files: Mapping[str, str], report: Report
) -> Iterator[ImportedTask]:
    stem = path.rpartition(".")[0].replace("/", "-").lower()
    open_ones = {task.key: f"{stem}-{task.key}" for task in tasks if task.state == "open"}
    keys = map_keys(open_ones.values())
    for task in tasks:
        if task.key not in open_ones:
            report.drop("an item that is finished", f"{path}: {task.key}")
            continue
        report.keep("an open item of a checklist", f"{path}: {task.key}")
        named = [one for one in _NAMED.findall(f"{task.title}\n{task.spec}") if one in files]
        paths = list(dict.fromkeys([*task.paths, *named]))[: limits.PATHS]
        yield task.model_copy(
            update={
                "key": keys[open_ones[task.key]],
                "needs": [keys[open_ones[up]] for up in task.needs if up in open_ones],
                "soft": [keys[open_ones[up]] for up in task.soft if up in open_ones],
                "paths": paths,
                "group": task.group or "checklist",
                "notes": f"Proposed from {path}.",
            }
        )
