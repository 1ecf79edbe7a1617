"""What failed in a run of the CI, from a file that its tools write.

gh run view ID --json jobs,workflowName      also the jobs of GitHub's and GitLab's REST API
JUnit XML                                    as most test runners write it
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, cast
from xml.etree import ElementTree as ET

from headwater.errors import BadPlan
from headwater.formats import fit
from headwater.formats.fields import Fields
from headwater.formats.plan import Place
from headwater.formats.report import Problems, shown

_FAILED: Final = frozenset(
    {"failure", "failed", "fail", "error", "timed_out", "startup_failure", "action_required"}
)
_DETAIL_CHARS: Final = 400


@dataclass(frozen=True)
class Failure:
    """A job that failed, by the name that its run has."""

    job: str
    workflow: str = ""
    steps: tuple[str, ...] = ()
    reason: str = ""
    link: str = ""

    def details(self) -> str:
        """What is known of it, a line each."""
        said = [f"failed step: {step}" for step in self.steps]
        said += [f"reason: {self.reason}"] if self.reason else []
        said += [f"log: {self.link}"] if self.link else []
        return "\n".join(fit.line(one)[:_DETAIL_CHARS] for one in said)


@dataclass(frozen=True)
class BrokenTest:
    """A test that failed: where it stands, as the test runner names that, and what it said."""

    file: str
    suite: str
    name: str
    said: str


@dataclass
class Outcome:
    """What is known of a run. Without a list of jobs nothing is known of them."""

    jobs: list[Failure] | None = None
    tests: list[BrokenTest] = field(default_factory=list[BrokenTest])

    def add(self, other: Outcome) -> None:
        if other.jobs is not None:
            self.jobs = [*(self.jobs or []), *other.jobs]
        self.tests += other.tests


def read(name: str, text: str) -> Outcome:
    """The outcome in a file.

    Raises:
        BadPlan: it is of neither kind, or broken.
    """
    if text.lstrip().startswith("<"):
        return Outcome(tests=list(_junit(name, text)))
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadPlan(f"{name}: neither JSON nor XML", next=_FORMATS) from error
    problems = Problems()
    values = {"jobs": cast("object", document)} if isinstance(document, list) else document
    if not isinstance(values, dict) or "jobs" not in values:
        raise BadPlan(f"{name}: there are no jobs in it", next=_FORMATS)
    root = Fields(cast("dict[str, object]", values), Place(name), problems)
    workflow = root.text("workflowName")
    failed = [found for row in root.rows("jobs") if (found := _failure(row, workflow))]
    problems.raise_if_any()
    return Outcome(jobs=failed)


_FORMATS: Final = (
    "gh run view ID --json jobs,workflowName; the jobs of a GitLab pipeline; JUnit XML"
)


def _failure(row: Fields, workflow: str) -> Failure | None:
    name = row.text("name", required=True)
    how = row.text("conclusion") or row.text("status") or row.text("state")
    if how.lower() not in _FAILED or row.flag("allow_failure"):
        return None
    return Failure(
        job=name,
        workflow=row.text("workflow_name") or row.text("workflow") or workflow,
        steps=tuple(
            step.text("name")
            for step in (row.rows("steps") if row.values.get("steps") else ())
            if step.text("conclusion").lower() in _FAILED
        ),
        reason=row.text("failure_reason"),
        link=next((found for one in _LINKS if (found := row.text(one))), ""),
    )


_LINKS: Final = ("url", "html_url", "web_url", "link")


def _junit(name: str, text: str) -> Iterator[BrokenTest]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadPlan(f"{name}: a document type has no place in JUnit XML", next=_FORMATS)
    try:
        root = ET.fromstring(text)  # noqa: S314 - without a document type, no entities
    except ET.ParseError as error:
        raise BadPlan(f"{name}, line {error.position[0]}: not XML", next=_FORMATS) from error
    if root.tag not in ("testsuites", "testsuite"):
        raise BadPlan(f"{name}: <{shown(root.tag)}> is no JUnit XML", next=_FORMATS)
    for case in root.iter("testcase"):
        broken = next((one for one in case if one.tag in ("failure", "error")), None)
        if broken is None:
            continue
        said = broken.get("message") or (broken.text or "").strip().split("\n")[-1]
        yield BrokenTest(
            file=case.get("file", ""),
            suite=case.get("classname", ""),
            name=case.get("name", ""),
            said=fit.line(said)[:_DETAIL_CHARS],
        )
