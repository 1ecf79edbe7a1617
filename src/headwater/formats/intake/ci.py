"""Jobs of a CI configuration as tasks that make them pass: GitHub's workflows and GitLab's file.

With the outcome of a run only what failed is proposed, and what could not run because of that.
Without one nothing is known of any job, and each is proposed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from headwater import limits
from headwater.formats import fit
from headwater.formats.intake.outcome import Failure
from headwater.formats.intake.outline import Entry, outline
from headwater.formats.keys import map_keys
from headwater.formats.report import Report
from headwater.verbs.importing import ImportedTask

GROUP: Final = "ci"
FOREIGN: Final = "a job that no configuration here names"
JOBS: Final = 1_000
"""Of one file, at most: a run has no more."""
FAILED: Final = 10
"""The priority of a job that failed."""
_WORKFLOW: Final = re.compile(r"\.github/workflows/[^/]+\.ya?ml$")
_GITLAB: Final = ".gitlab-ci.yml"
_GITLAB_WORDS: Final = frozenset(
    {"stages", "variables", "default", "include", "workflow", "image", "services", "cache",
     "before_script", "after_script", "spec"}
)  # fmt: skip
_GITLAB_STAGES: Final = ("build", "test", "deploy")
_RUN_OF: Final = r"(?: \(.*\)| / .*| \d+/\d+|: \[.*\])?"
"""What the name of a run has after that of its job: the values of a matrix, a called workflow."""


@dataclass(frozen=True)
class Job:
    """A job of a configuration file. `needs` are others of the same file."""

    path: str
    workflow: str
    id: str
    label: str
    needs: tuple[str, ...]

    def is_run_by(self, failure: Failure) -> bool:
        """Whether a run by that name is one of this job."""
        if failure.workflow not in ("", self.workflow, self.path):
            return False
        return any(run.fullmatch(failure.job) for run in self._runs)

    @cached_property
    def _runs(self) -> list[re.Pattern[str]]:
        """What the names of its runs look like."""
        names = {name for name in (self.id, self.label) if len(name) <= limits.LINE_CHARS}
        return [re.compile(_filled_in(name) + _RUN_OF) for name in names]


def _filled_in(name: str) -> str:
    """A pattern for `name` with something in the place of each `${{ ... }}`: in all but the last
    the shortest that fits, for good, or a hostile name would be tried in more ways than there is
    time for."""
    first, *rest = name.split("${{")
    parts = [first]
    for text in rest:
        _, end, after = text.partition("}}")
        if end:
            parts.append(after)
        else:
            parts[-1] += "${{" + text
    if len(parts) == 1:
        return re.escape(name)
    first, *middle, last = map(re.escape, parts)
    return first + "".join(f"(?>.+?{text})" for text in middle) + f".+{last}"


def propose(
    files: Mapping[str, str], report: Report, failures: Sequence[Failure] | None
) -> Iterator[ImportedTask]:
    """A task for each job, or with `failures` for those that failed and that need one that did."""
    left = list(failures or ())
    for path, text in files.items():
        found = jobs(path, text)
        if found is None:
            continue
        if not found:
            report.drop("a CI configuration without jobs that can be read", path)
        for id in [*found][JOBS:]:
            report.drop(f"a job of the CI after the first {JOBS} of its file", f"{path}: {id}")
            del found[id]
        why: dict[str, Failure] = {}
        for job in found.values():
            mine: list[Failure] = []
            others: list[Failure] = []
            for failure in left:
                (mine if job.is_run_by(failure) else others).append(failure)
            left = others
            if mine:
                why[job.id] = mine[0]
        stopped = _stopped(found, why)
        for id in found.keys() - why.keys() - stopped if failures is not None else ():
            report.drop("a job of the CI that did not fail", f"{path}: {id}")
        wanted = found if failures is None else {id: found[id] for id in found if id in stopped}
        yield from _tasks(path, wanted, why, report)
    for failure in left:
        report.map(FOREIGN, failure.job)
        yield _foreign(failure, report)


def jobs(path: str, text: str) -> dict[str, Job] | None:
    """The jobs of a file by their ids; None if it configures no CI."""
    if _WORKFLOW.match(path):
        return _github(path, outline(text))
    return _gitlab(outline(text)) if path == _GITLAB else None


def _github(path: str, root: Entry) -> dict[str, Job]:
    section = root.get("jobs") or Entry("")
    return {
        job.name: Job(path, root.text("name"), job.name, job.text("name") or job.name, _needs(job))
        for job in section.below
    }


def _gitlab(root: Entry) -> dict[str, Job]:
    """What says no `needs` waits for the jobs of the stage before it."""
    entries = {
        job.name: job
        for job in root.below
        if job.name not in _GITLAB_WORDS and not job.name.startswith(".")
    }
    listed = root.get("stages")
    stages = [".pre", *(listed.words("") if listed else _GITLAB_STAGES), ".post"]
    of_stage: dict[str, list[str]] = {}
    for id, job in entries.items():
        of_stage.setdefault(_stage(job), []).append(id)
    before: dict[str, tuple[str, ...]] = {}
    last: tuple[str, ...] = ()
    for stage in dict.fromkeys(stages):
        before[stage] = last
        last = tuple(of_stage.get(stage, last))
    needs = {
        id: _needs(job) if job.get("needs") else before.get(_stage(job), ())
        for id, job in entries.items()
    }
    return {id: Job(_GITLAB, "", id, id, ups) for id, ups in needs.items()}


def _stage(job: Entry) -> str:
    return job.text("stage") or "test"


def _needs(job: Entry) -> tuple[str, ...]:
    found = job.get("needs")
    return tuple(dict.fromkeys(found.words("job"))) if found else ()


def _stopped(found: Mapping[str, Job], why: Mapping[str, Failure]) -> set[str]:
    """The jobs that failed, and those that need one of them, however far down."""
    waiting: dict[str, list[str]] = {}
    for id, job in found.items():
        for up in job.needs:
            waiting.setdefault(up, []).append(id)
    stopped = set(why)
    left = [*why]
    while left:
        more = [id for id in waiting.get(left.pop(), ()) if id not in stopped]
        stopped.update(more)
        left += more
    return stopped


def _tasks(
    path: str, wanted: Mapping[str, Job], why: Mapping[str, Failure], report: Report
) -> Iterator[ImportedTask]:
    stem = path.rpartition("/")[2].lstrip(".").rpartition(".")[0]
    names = {id: f"ci-{stem}-{id}" for id in wanted}
    keys = map_keys(names.values())
    paths, _ = fit.paths([path], path, "path", report)
    for id, job in wanted.items():
        key, failure = keys[names[id]], why.get(id)
        report.keep("a job of the CI" + (" that failed" if failure else ""), f"{path}: {id}")
        for up in job.needs:
            if up not in wanted:
                report.drop("a need of a job that is not proposed", f"{path}: {id} -> {up}")
        name = fit.line(id)
        if failure:
            state = f"The job {name} of {path} failed."
        elif why:
            state = f"The job {name} of {path} succeeds, once what it needs does."
        else:
            state = f"The job {name} of {path} succeeds. Drop this if it does already."
        yield ImportedTask(
            key=key,
            title=fit.title(f"CI: {id} passes", key, report)[0],
            spec=fit.excerpt(fit.spec(state, failure.details() if failure else ""), key, report),
            acceptance=[f"{name[:100]} succeeds"],
            candidates=[keys[names[up]] for up in job.needs if up in wanted][
                : limits.NEEDS_PER_TASK
            ],
            priority=FAILED if failure else 0,
            paths=paths,
            group=GROUP,
            notes=f"Proposed from {path}.",
        )


def _foreign(failure: Failure, report: Report) -> ImportedTask:
    name = f"ci-{failure.workflow}-{failure.job}" if failure.workflow else f"ci-{failure.job}"
    key = map_keys([name])[name]
    return ImportedTask(
        key=key,
        title=fit.title(f"CI: {failure.job} passes", key, report)[0],
        spec=fit.excerpt(
            fit.spec(f"The job {fit.line(failure.job)} failed.", failure.details()), key, report
        ),
        acceptance=[f"{fit.line(failure.job)[:100]} succeeds"],
        priority=FAILED,
        group=GROUP,
        notes="Proposed from the outcome of a CI run.",
    )
