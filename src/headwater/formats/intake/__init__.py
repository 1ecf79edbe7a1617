"""Proposing tasks from a repository: its checklists, its TODO comments, the jobs of its CI, and the
tests that failed.

What comes out is a plan for a person or an agent to confirm: dependencies that were guessed are
candidates, and every text is data from the repository.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final

from headwater.formats.acyclic import AcyclicEdges
from headwater.formats.intake import broken_tests, checklists, ci, comments
from headwater.formats.intake.outcome import Outcome
from headwater.formats.plan import Plan
from headwater.formats.report import Report
from headwater.graph.paths import Glob, readable
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
    places = _Places(todos)
    for item in items:
        room = max(0, MOST_CANDIDATES - len(wanted[item.key]))
        found = list(islice(places.meeting(item.paths), room))
        wanted[item.key] += found
        if found:
            report.map("an item may need what is left to do in a file that it names", item.key)
    for key, candidates in wanted.items():
        kept: list[str] = []
        for up in dict.fromkeys(candidates):
            if len(kept) == MOST_CANDIDATES:
                report.drop(f"a candidate after the first {MOST_CANDIDATES}", f"{key} -> {up}")
            elif edges.add(key, up):
                kept.append(up)
            else:
                report.drop("a candidate that closes a circle", f"{key} -> {up}")
        tasks[key] = tasks[key].model_copy(update={"candidates": kept})
    return [tasks[key] for key in edges.order()]


class _Places:
    """Comments by where they stand. Two globs can only meet where the directory of one is the
    other's, or lies above it."""

    def __init__(self, todos: Sequence[ImportedTask]) -> None:
        self._at: dict[tuple[str, ...], list[tuple[str, Glob]]] = {}
        self._below: dict[tuple[str, ...], list[tuple[str, Glob]]] = {}
        for todo in todos:
            for glob in readable(todo.paths):
                place = (todo.key, glob)
                self._at.setdefault(glob.parts, []).append(place)
                for depth in range(len(glob.parts)):
                    self._below.setdefault(glob.parts[:depth], []).append(place)

    def meeting(self, paths: Sequence[str]) -> Iterator[str]:
        """The comments in files that these globs hold, each once."""
        seen: set[str] = set()
        for glob in readable(paths):
            above = (self._at.get(glob.parts[:depth], ()) for depth in range(len(glob.parts) + 1))
            for key, other in chain(*above, self._below.get(glob.parts, ())):
                if key not in seen and glob.meets(other):
                    seen.add(key)
                    yield key
