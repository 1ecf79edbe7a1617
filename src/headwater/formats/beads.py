"""Beads' JSONL export as a plan: one issue a line, its dependencies inside or in a second file.

What beads knows and Headwater does not is mapped to the nearest thing, and every such decision is
in the report. Nothing that would start a task too early is guessed: it is held, or a problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from headwater.formats.acyclic import AcyclicEdges
from headwater.formats.beads_rows import Issue, Link, read_lines
from headwater.formats.beads_task import FINISHED, make_task
from headwater.formats.families import add_families
from headwater.formats.keys import keys_for
from headwater.formats.plan import STAND_IN, Plan, demand_acyclic
from headwater.formats.report import Problems, Report, shown
from headwater.verbs.importing import ImportedTask, PlanField

NAME: Final = "beads"
_SAYS: Final[tuple[PlanField, ...]] = (
    "title",
    "spec",
    "acceptance",
    "priority",
    "estimate",
    "group",
)
HARD: Final = frozenset({"blocks", "waits-for"})
CHILD: Final = "parent-child"
CONDITIONAL: Final = "conditional-blocks"
SOFT: Final = frozenset(
    {"related", "relates-to", "discovered-from", "caused-by", "validates", "until", "tracks"}
)
NO_WORK: Final = frozenset({"agent", "role", "rig", "slot", "event", "message"})


def recognises(first: object) -> bool:
    """Whether the first line of a file, parsed, is an issue or a dependency of beads."""
    return isinstance(first, dict) and (
        ("id" in first and "title" in first) or ("issue_id" in first and "depends_on_id" in first)
    )


def is_event(first: object) -> bool:
    """Whether the first line of a file, parsed, is an event of beads."""
    return isinstance(first, dict) and "event_type" in first


def read(files: Mapping[str, str]) -> Plan:
    """The plan in the texts of one or more files (issues, dependencies, events), by file name.

    Raises:
        BadPlan: with every problem found, each with file, line and field.
    """
    problems = Problems()
    issues: list[Issue] = []
    links: list[Link] = []
    report = Report(NAME)
    for name, text in files.items():
        more_issues, more_links = read_lines(name, text, problems, report)
        issues += more_issues
        links += more_links
    if not issues and not problems.found:
        problems.add(", ".join(files), "dependencies, but no issues; import both files together")
    problems.raise_if_any()
    return _Reading(issues, links, problems, report).plan()


class _Reading:
    """One import: the issues that are work, and what they need."""

    def __init__(
        self, issues: list[Issue], links: list[Link], problems: Problems, report: Report
    ) -> None:
        self.report = report
        self.problems = problems
        self.links = links
        self.left_out: set[str] = set()
        self.work: dict[str, Issue] = {}
        for issue in issues:
            self._sort_out(issue)
        self.hard: dict[str, list[str]] = {id: [] for id in self.work}
        self.soft: dict[str, list[str]] = {id: [] for id in self.work}
        self.parents: dict[str, list[str]] = {id: [] for id in self.work}
        self.hold: dict[str, str] = {}

    def plan(self) -> Plan:
        keys = keys_for(self.work, self.report)
        loose = self._take_links()
        stand_ins = dict.fromkeys(self.work, STAND_IN)
        edges = demand_acyclic(
            self.hard,
            self.problems,
            lambda key: str(self.work[key].place),
            lambda key: self._task(self.work[key], stand_ins),
        )
        finished = {id for id, issue in self.work.items() if issue.status in FINISHED}
        add_families(edges, self.hard, self.parents, finished, self.report)
        self._add_soft(edges, loose)
        tasks = [self._task(self.work[id], keys) for id in edges.order()]
        self.problems.raise_if_any()
        return Plan(tasks, self.report, _SAYS)

    def _sort_out(self, issue: Issue) -> None:
        """Keep what is work, leave out what is not."""
        if issue.id in self.work or issue.id in self.left_out:
            self.problems.add(str(issue.place), f"the id '{issue.id}' is there twice")
        reason = ""
        if issue.status == "tombstone":
            reason = "deleted (status tombstone)"
        elif issue.is_template:
            reason = "a template, not work"
        elif issue.issue_type in NO_WORK:
            reason = f"issue_type {issue.issue_type} is not work"
        if reason:
            self.report.drop(f"issue left out: {reason}", issue.id)
            self.left_out.add(issue.id)
        else:
            self.work[issue.id] = issue

    def _take_links(self) -> list[Link]:
        """Sort the links into hard needs and parents; the soft ones are returned."""
        seen: set[tuple[str, str, str]] = set()
        loose: list[Link] = []
        for link in self.links:
            identity = (link.issue, link.target, link.type)
            if identity in seen:
                self.report.drop("a dependency that is there twice", _arrow(link))
            elif self._both_ends(link):
                self._take(link, loose)
            seen.add(identity)
        return loose

    def _both_ends(self, link: Link) -> bool:
        """Whether both ends are work. What is not is reported, or a problem if it must not be."""
        if link.issue in self.left_out or link.target in self.left_out:
            self.report.drop("a dependency of or on an issue that was left out", _arrow(link))
        elif link.issue not in self.work:
            self.problems.add(
                f"{link.place}, field issue_id", f"there is no issue '{link.issue}' in the file"
            )
        elif link.target in self.work:
            return True
        elif link.type not in HARD or self.work[link.issue].status in FINISHED:
            self.report.drop("a dependency on an issue that is not in the file", _arrow(link))
        elif link.target.startswith("external:"):
            self.hold[link.issue] = f"waits for {link.target}, which lies in another project"
        else:
            self.problems.add(
                f"{link.place}, field depends_on_id",
                f"'{link.issue}' is blocked by '{link.target}', which is not in the file",
            )
        return False

    def _take(self, link: Link, loose: list[Link]) -> None:
        if link.type in HARD:
            if link.issue == link.target:
                self.problems.add(f"{link.place}, field depends_on_id", "an issue blocks itself")
            elif link.target not in self.hard[link.issue]:
                self.hard[link.issue].append(link.target)
        elif link.type == CHILD:
            self.parents[link.issue].append(link.target)
        elif link.type == CONDITIONAL:
            self.hold[link.issue] = f"is to be done only if {link.target} fails"
        elif link.type in SOFT:
            loose.append(link)
        else:
            self.report.drop(f"a link of type {link.type}: it orders nothing", _arrow(link))

    def _add_soft(self, edges: AcyclicEdges, loose: list[Link]) -> None:
        for link in loose:
            taken = link.target in self.hard[link.issue] or link.target in self.soft[link.issue]
            if not taken and edges.add(link.issue, link.target):
                self.soft[link.issue].append(link.target)
                self.report.map(f"{link.type} becomes a soft upstream", _arrow(link))
            else:
                why = "there is an edge already" if taken else "it would close a circle"
                self.report.drop(f"a link of type {link.type}: {why}", _arrow(link))

    def _task(self, issue: Issue, keys: Mapping[str, str]) -> ImportedTask:
        blocked = any(self.work[id].status not in FINISHED for id in self.hard[issue.id])
        parents = self.parents[issue.id]
        for extra in parents[1:]:
            self.report.drop("a second parent as the group", f"{extra} of {issue.id}")
        return make_task(
            issue,
            {
                "key": keys[issue.id],
                "needs": [keys[id] for id in self.hard[issue.id]],
                "soft": [keys[id] for id in self.soft[issue.id]],
                "contracts": list(self._contracts(issue, keys)),
                **({"group": keys[parents[0]]} if parents else {}),
            },
            blocked=blocked,
            hold=self.hold.get(issue.id, ""),
            report=self.report,
            problems=self.problems,
        )

    def _contracts(self, issue: Issue, keys: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        for contract in issue.said.get("contracts", ()):
            upstream = contract["task"]
            if upstream in self.hard[issue.id]:
                yield contract | {"task": keys[upstream]}
            else:
                self.report.drop(
                    "a contract with what is not needed", f"{issue.id} -> {shown(upstream)}"
                )


def _arrow(link: Link) -> str:
    return f"{link.issue} -> {link.target}"
