"""Proposing tasks from a repository: its checklists, its TODO comments, the jobs of its CI, and the
tests that failed.

What comes out is a plan for a person or an agent to confirm: dependencies that were guessed are
candidates, and every text is data from the repository.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

from headwater.formats.acyclic import AcyclicEdges
from headwater.formats.intake import broken_tests, checklists, ci, comments
from headwater.formats.intake.outcome import Outcome
from headwater.formats.plan import Plan
from headwater.formats.report import Report
from headwater.graph.paths import overlap
from headwater.verbs.importing import ImportedTask

NAME: Final = "repository"
FILE_BYTES: Final = 1024 * 1024
MOST_CANDIDATES: Final = 20


def propose(files: Mapping[str, str], outcome: Outcome | None = None) -> Plan:
    """Tasks from the texts of a repository's files, by their path in it.

    `outcome`: what failed in a run of its CI; without it nothing is known of the jobs.
    """
    outcome = outcome or Outcome()
    report = Report(NAME)
    items = list(checklists.propose(files, report))
    todos = list(comments.propose(files, report))
    jobs = ci.propose(files, report, outcome.jobs)
    tests = broken_tests.propose(files, outcome.tests, report)
    tasks: dict[str, ImportedTask] = {}
    for task in chain(items, todos, jobs, tests):
        if task.key in tasks:
            report.drop("a proposal that is there twice", task.key)
        else:
            tasks[task.key] = task
    return Plan(_with_candidates(tasks, items, todos, report), report, ())


def _with_candidates(
    tasks: dict[str, ImportedTask],
    items: Sequence[ImportedTask],
    todos: Sequence[ImportedTask],
    report: Report,
) -> list[ImportedTask]:
    """An item that names a file may need what is left to do in that file. What would close a
    circle is left out."""
    edges = AcyclicEdges(list(tasks), {key: task.needs for key, task in tasks.items()})
    wanted: dict[str, list[str]] = {key: list(task.candidates) for key, task in tasks.items()}
    for item in items:
        for todo in todos:
            if any(overlap(one, other) for one in item.paths for other in todo.paths):
                wanted[item.key].append(todo.key)
                report.map("an item may need what is left to do in a file that it names", item.key)
    for key, candidates in wanted.items():
        kept: list[str] = []
        for up in dict.fromkeys(candidates):
            if up in tasks and edges.add(key, up):
                kept.append(up)
            else:
                report.drop("a candidate that is not there or closes a circle", f"{key} -> {up}")
        tasks[key] = tasks[key].model_copy(update={"candidates": kept[:MOST_CANDIDATES]})
    return [tasks[key] for key in edges.order()]
