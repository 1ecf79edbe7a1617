"""Jobs of a CI configuration as tasks that make them pass: GitHub's workflows and GitLab's file.

Only what is needed of YAML is read: the names of jobs and what each needs, by indentation. A file
that is written otherwise gives fewer proposals, never wrong ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from headwater import limits
from headwater.formats import fit
from headwater.formats.keys import map_keys
from headwater.formats.report import Report
from headwater.verbs.importing import ImportedTask

GROUP: Final = "ci"
_WORKFLOW: Final = re.compile(r"\.github/workflows/[^/]+\.ya?ml$")
_ENTRY: Final = re.compile(
    r"""(?P<indent> *)(?:- )?["']?(?P<name>[\w.@/ -]+?)["']?\s*:(?:\s+(?P<value>.*?))?\s*$"""
)
_ITEM: Final = re.compile(r"""(?P<indent> *)- +["']?(?:job: *)?["']?(?P<name>[\w. -]+?)["']?\s*$""")
_GITLAB_WORDS: Final = frozenset(
    {"stages", "variables", "default", "include", "workflow", "image", "services", "cache",
     "before_script", "after_script", "spec"}
)  # fmt: skip


def propose(files: Mapping[str, str], report: Report) -> Iterator[ImportedTask]:
    """A task for each job, with the jobs that it needs as candidates."""
    for path, text in files.items():
        if _WORKFLOW.match(path):
            jobs = _jobs(text, "jobs")
        elif path == ".gitlab-ci.yml":
            jobs = {
                name: needs
                for name, needs in _jobs(text, "").items()
                if name not in _GITLAB_WORDS and not name.startswith(".")
            }
        else:
            continue
        if not jobs:
            report.drop("a CI configuration without jobs that can be read", path)
        yield from _tasks(path, jobs, report)


def _tasks(path: str, jobs: dict[str, list[str]], report: Report) -> Iterator[ImportedTask]:
    stem = path.rpartition("/")[2].lstrip(".").rpartition(".")[0]
    names = {job: f"ci-{stem}-{job}" for job in jobs}
    keys = map_keys(names.values())
    paths, _ = fit.paths([path], path, "path", report)
    for job, needs in jobs.items():
        key = keys[names[job]]
        report.keep("a job of the CI", f"{path}: {job}")
        for up in needs:
            if up not in jobs:
                report.drop("a need of a job that is not in the file", f"{path}: {job} -> {up}")
        yield ImportedTask(
            key=key,
            title=fit.title(f"CI: {job} passes", key, report)[0],
            spec=f"The job {fit.line(job)} of {path} succeeds. Drop this if it does already.",
            acceptance=[f"{fit.line(job)[:100]} succeeds"],
            candidates=[keys[names[up]] for up in needs if up in jobs][: limits.NEEDS_PER_TASK],
            paths=paths,
            group=GROUP,
            notes=f"Proposed from {path}.",
        )


def _jobs(text: str, section: str) -> dict[str, list[str]]:
    """What each job needs. Jobs are the entries of `section`, or of the whole file."""
    jobs: dict[str, list[str]] = {}
    level: int | None = 0 if not section else None
    inside = not section
    job = ""
    listing: int | None = None
    """The indentation of a `needs:` whose list follows."""
    for raw in text.split("\n"):
        line = re.sub(r"(^|\s)#.*$", "", raw.rstrip("\r"))
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip(" "))
        item = _ITEM.match(line)
        if listing is not None and item and indent >= listing and job:
            jobs[job].append(item["name"])
            continue
        listing = None if listing is not None and indent <= listing else listing
        entry = _ENTRY.match(line)
        if not entry:
            continue
        if section and indent == 0:
            inside, level, job = entry["name"] == section, None, ""
            continue
        if not inside:
            continue
        level = indent if level is None else level
        if indent == level:
            job = entry["name"]
            jobs[job] = []
        elif job and entry["name"] == "needs" and "- " not in line[: entry.start("name")]:
            value = (entry["value"] or "").strip()
            jobs[job] += [
                word for word in (_word(one) for one in value.strip("[]").split(",")) if word
            ]
            listing = indent if not value else None
    return jobs


def _word(text: str) -> str:
    return text.strip().strip("\"'")
