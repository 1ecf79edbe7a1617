"""WfFormat 1.5, the workflows of WfCommons: real runs, whose runtimes become estimates."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final, cast

from headwater import limits
from headwater.errors import BadPlan
from headwater.formats import fit
from headwater.formats.fields import Fields
from headwater.formats.keys import keys_for
from headwater.formats.plan import STAND_IN, Place, Plan, demand_acyclic, make_task
from headwater.formats.report import Problems, Report, shown
from headwater.verbs.importing import ImportedTask, PlanField

NAME: Final = "wfformat"
_SAYS: Final[tuple[PlanField, ...]] = ("title", "spec", "estimate")
VERSION: Final = "1.5"
_DOCUMENT: Final = frozenset({"schemaVersion", "workflow"})
_WORKFLOW: Final = frozenset({"specification", "execution"})
_SPECIFIED: Final = frozenset({"id", "name", "parents", "children", "inputFiles", "outputFiles"})
_FILE_NAMES: Final = {"estimate": "runtimeInSeconds", "needs": "parents", "spec": "command"}
_EXECUTED: Final = frozenset({"id", "runtimeInSeconds", "command"})


def recognises(document: Mapping[str, object]) -> bool:
    """Whether a parsed JSON document is a workflow."""
    return "schemaVersion" in document and "workflow" in document


def read(name: str, document: dict[str, object]) -> Plan:
    """The tasks of a workflow, each with its runtime as the estimate.

    Raises:
        BadPlan: with every problem found.
    """
    if document["schemaVersion"] != VERSION:
        raise BadPlan(
            f"{name}, field schemaVersion: this release reads WfFormat {VERSION}, not "
            f"{shown(str(document['schemaVersion']))}",
            next="wfcommons converts older versions",
        )
    problems, report = Problems(), Report(NAME)
    root = Fields(document, Place(name), problems)
    root.drop_others(_DOCUMENT, report, name)
    workflow = root.row("workflow")
    workflow.drop_others(_WORKFLOW, report, name)
    specification = workflow.row("specification")
    specification.drop_others({"tasks"}, report, name)
    specified = list(specification.rows("tasks", required=True))
    runs = _runs(workflow, report)
    needs = _needs(specified, report)
    rows = {row.word("id"): row for row in specified}
    stand_ins = dict.fromkeys(needs, STAND_IN)
    demand_acyclic(
        needs,
        problems,
        lambda id_: str(rows[id_].itself),
        lambda id_: _task(rows[id_], stand_ins, [], runs.get(id_), report),
    )
    keys = keys_for(needs, report)
    tasks: list[ImportedTask] = []
    for id, row in rows.items():
        tasks.append(_task(row, keys, needs[id], runs.pop(id, None), report))
    for id, run in runs.items():
        run.wrong("id", f"there is no task '{id}' in the specification")
    problems.raise_if_any()
    return Plan(tasks, report, _SAYS)


def _runs(workflow: Fields, report: Report) -> dict[str, Fields]:
    """What was measured, by the id of the task. A workflow that was never run has none."""
    if "execution" not in workflow.values:
        return {}
    execution = workflow.row("execution")
    execution.drop_others({"tasks"}, report, workflow.place.file)
    found: dict[str, Fields] = {}
    for row in execution.rows("tasks"):
        id = row.word("id")
        if id in found:
            row.wrong("id", f"'{id}' is there twice")
        found[id] = row
    return found


def _needs(specified: list[Fields], report: Report) -> dict[str, list[str]]:
    """The parents of each task, as either end of an edge tells."""
    needs: dict[str, dict[str, None]] = {}
    read = [(row, row.word("id"), row.words("parents")) for row in specified]
    for row, id, parents in read:
        if id in needs:
            row.wrong("id", f"'{id}' is there twice")
        needs[id] = dict.fromkeys(parents)
    for row, id, parents in read:
        for parent in parents:
            if parent not in needs:
                row.wrong("parents", f"there is no task '{parent}' in the file")
        for child in row.words("children"):
            if child not in needs:
                row.wrong("children", f"there is no task '{child}' in the file")
            elif id not in needs[child]:
                needs[child][id] = None
                report.map("an edge that only the parent names", f"{child} needs {id}")
    return {id: list(parents) for id, parents in needs.items()}


def _task(
    row: Fields,
    keys: dict[str, str],
    needs: list[str],
    run: Fields | None,
    report: Report,
) -> ImportedTask:
    id = row.word("id")
    key = keys[id]
    title, whole = fit.title(row.text("name") or id, key, report)
    row.drop_others(_SPECIFIED, report, key)
    sections = [whole]
    for name, label in (("inputFiles", "reads"), ("outputFiles", "writes")):
        sections.append("\n".join(f"{label}: {fit.line(file)}" for file in row.words(name)))
    minutes = 0.0
    if run is None:
        report.drop("the estimate: the task was not run", key)
    else:
        run.drop_others(_EXECUTED, report, key)
        minutes = _minutes(run)
        if minutes:
            report.map("runtimeInSeconds becomes the estimate in minutes", key)
        else:
            report.drop("a runtime of 0 seconds: an estimate of 0 is none", key)
        sections.insert(1, _command(run))
    text = fit.spec(*sections)
    if fit.size_bytes(text) > limits.TEXT_BYTES:
        report.drop("inputFiles and outputFiles: too many for a spec", key)
        text = fit.spec(*sections[:2])
    values = {
        "key": key,
        "title": title,
        "spec": text,
        "needs": [keys[up] for up in needs],
        "estimate": minutes,
    }
    return make_task(values, row.itself, row.problems, _FILE_NAMES)


def _minutes(run: Fields) -> float:
    value = run.values.get("runtimeInSeconds")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        value = -1
    if 0 <= value <= sys.float_info.max:
        return value / 60
    run.wrong("runtimeInSeconds", "a number of seconds is expected")
    return 0.0


def _command(run: Fields) -> str:
    value = run.values.get("command")
    if not isinstance(value, dict):
        return ""
    command = Fields(cast("dict[str, object]", value), run.place, run.problems, run.path)
    return "command: " + " ".join([command.text("program"), *command.words("arguments")]).strip()
