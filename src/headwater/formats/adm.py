"""CAST's Agent Dispatch Manifest: a block fenced as `json dispatch` in a Markdown plan.

Batches run in their order; the agents of a batch run side by side if it says `parallel`, or is of
type `fan-out`, and else one after another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from headwater import limits
from headwater.errors import BadPlan
from headwater.formats import fit
from headwater.formats.fields import Fields, parsed
from headwater.formats.keys import map_keys
from headwater.formats.markdown import Block, scan
from headwater.formats.plan import Place, Plan, make_task
from headwater.formats.prose import fence
from headwater.formats.report import Problems, Report, shown
from headwater.graph.cycles import topological
from headwater.verbs.importing import ImportedTask, PlanField
from headwater.verbs.plan import Contract

NAME: Final = "adm"
GROUP: Final = "batch-"
_SAYS: Final[tuple[PlanField, ...]] = ("title", "spec", "capabilities", "paths", "group")
ANYONE: Final = frozenset({"main", "general-purpose"})
"""Agents without a trade: the session that runs the plan, and the host's default."""
_INFO: Final = re.compile(r"json\s+dispatch\b")
_HEADING: Final = re.compile(r"#\s+(\S.*)")
_PLAN_FIELDS: Final = frozenset({"plan_id", "batches"})
_BATCH_FIELDS: Final = frozenset({"id", "description", "parallel", "type", "agents"})
_AGENT_FIELDS: Final = frozenset({"subagent_type", "prompt", "owns_files", "description"})
_NO_PLACE: Final = (
    "soft", "candidates", "priority", "estimate", "review", "attempts", "budget", "group",
)  # fmt: skip
_FILE_NAMES: Final = {
    "spec": "prompt",
    "capabilities": "subagent_type",
    "paths": "owns_files",
    "needs": "batches",
}


@dataclass
class _Agent:
    """One dispatch, and where it stands."""

    place: Place
    batch: str
    number: int
    of: int
    kind: str
    prompt: str
    owns: list[str]
    title: str
    needs: list[str]
    name: str = ""


def recognises(text: str) -> bool:
    """Whether a text has a `json dispatch` block of its own, not one in an example."""
    return "dispatch" in text and bool(_blocks(text))


def is_manifest(document: Mapping[str, object]) -> bool:
    """Whether a parsed JSON document is a manifest without the Markdown around it."""
    return isinstance(document.get("batches"), list)


def read(name: str, text: str) -> Plan:
    """The plan in a Markdown document with one manifest.

    Raises:
        BadPlan: with every problem found, each with line and field.
    """
    problems = Problems()
    blocks = _blocks(text)
    for extra in blocks[1:]:
        problems.add(
            f"{name}, line {extra.line}", "a second `json dispatch` block; a plan has only one"
        )
    block = blocks[0]
    if not block.closed:
        problems.add(f"{name}, line {block.line}", "the `json dispatch` block is not closed")
    document = parsed(block.text, Place(name, block.line), problems)
    problems.raise_if_any()
    if not (isinstance(document, dict) and is_manifest(cast("dict[str, object]", document))):
        raise BadPlan(
            f"{name}, line {block.line}, field batches: a list of batches is expected",
            next='{"batches": [{"id": 1, "agents": [{"subagent_type": ..., "prompt": ...}]}]}',
        )
    report = Report(NAME)
    prose = scan(text).prose
    if any(line.strip() for _, line in prose):
        report.drop("the text around the dispatch block", name)
    heading = next((m[1].rstrip("# ") for _, line in prose if (m := _HEADING.match(line))), "")
    return read_manifest(name, cast("dict[str, object]", document), report, heading)


def read_manifest(
    name: str, document: dict[str, object], report: Report | None = None, heading: str = ""
) -> Plan:
    """The plan in a manifest; without a `plan_id` the document's `heading` names it.

    Raises:
        BadPlan: with every problem found.
    """
    report = report or Report(NAME)
    problems = Problems()
    root = Fields(document, Place(name), problems)
    plan_id = root.text("plan_id") or heading or "plan"
    if "plan_id" not in document:
        report.map("there is no plan_id; keys begin with the heading", plan_id)
    root.drop_others(_PLAN_FIELDS, report, plan_id)
    agents = list(_agents(root, report))
    stem = re.sub(r"[^a-z0-9._]+", "-", plan_id.lower()).strip("._-") or "plan"
    for agent in agents:
        agent.name = f"{stem}-b{agent.batch}.{agent.number}-{agent.kind}"
    problems.raise_if_any()
    keys = map_keys(agent.name for agent in agents)
    by_place = {f"{agent.batch}.{agent.number}": keys[agent.name] for agent in agents}
    tasks = [_task(agent, keys[agent.name], by_place, report, problems) for agent in agents]
    problems.raise_if_any()
    return Plan(tasks, report, _SAYS)


def _blocks(text: str) -> list[Block]:
    return [block for block in scan(text).blocks if _INFO.match(block.info)]


def _agents(root: Fields, report: Report) -> Iterator[_Agent]:
    """Every agent of every batch, with the places of those that it comes after."""
    before: list[str] = []
    seen: set[str] = set()
    for batch in root.rows("batches", required=True):
        id = batch.word("id")
        if id in seen:
            batch.wrong("id", f"batch {shown(id)} is there twice")
        seen.add(id)
        batch.drop_others(_BATCH_FIELDS, report, f"batch {id}")
        kind = batch.text("type")
        if kind not in ("", "sequential", "fan-out"):
            batch.wrong("type", "sequential or fan-out is expected")
        rows = list(batch.rows("agents", required=True))
        together = (batch.flag("parallel") or kind == "fan-out") and len(rows) > 1
        report.keep(
            "batches in order, their agents " + ("side by side" if together else "in sequence"),
            f"batch {id}",
        )
        if len(before) > limits.NEEDS_PER_TASK:
            batch.wrong(
                "agents",
                f"each would need {len(before)} agents of the batch before; "
                f"a task needs at most {limits.NEEDS_PER_TASK}: part that batch",
            )
            before = []
        places = [f"{id}.{number}" for number in range(1, len(rows) + 1)]
        about = batch.text("description")
        for number, row in enumerate(rows, start=1):
            first = together or number == 1
            needs = before if first else [places[number - 2]]
            yield _agent(row, id, number, len(rows), about, needs, report)
        before = places if together else places[-1:]


def _agent(
    row: Fields, batch: str, number: int, of: int, about: str, needs: list[str], report: Report
) -> _Agent:
    row.drop_others(_AGENT_FIELDS, report, f"batch {batch}, agent {number}")
    return _Agent(
        place=row.itself,
        batch=batch,
        number=number,
        of=of,
        kind=row.text("subagent_type", required=True).strip(),
        prompt=row.text("prompt", required=True),
        owns=row.words("owns_files"),
        title=row.text("description") or about,
        needs=needs,
    )


def _task(
    agent: _Agent, key: str, keys: dict[str, str], report: Report, problems: Problems
) -> ImportedTask:
    title, whole = fit.title(agent.title or f"Batch {agent.batch}", key, report)
    if agent.of > 1 and len(title) + len(agent.kind) + 2 <= limits.TITLE_CHARS:
        title = f"{title}: {fit.line(agent.kind)}"
    paths, others = fit.paths(agent.owns, key, "owns_files", report)
    anyone = agent.kind in ANYONE
    if anyone:
        report.map(f"subagent_type {agent.kind} asks for no capability", key)
    else:
        report.map("subagent_type becomes a capability", f"{key}: {agent.kind}")
    if paths:
        report.map("owns_files become paths", key)
    values = {
        "key": key,
        "title": title,
        "spec": fit.spec(whole, agent.prompt, others),
        "needs": [keys[place] for place in agent.needs],
        "capabilities": [] if anyone else [agent.kind],
        "paths": paths,
        "group": f"{GROUP}{agent.batch}",
    }
    return make_task(values, agent.place, problems, _FILE_NAMES)


# -- out ---------------------------------------------------------------------------------------


def write(plan_id: str, tasks: Sequence[ImportedTask], report: Report) -> str:
    """Unfinished tasks as a Markdown plan with one manifest. What a manifest cannot say is dropped,
    and reported; its batches are at least as strict as the edges."""
    left = [task for task in tasks if task.state not in ("done", "cancelled")]
    for task in tasks:
        if task.state in ("done", "cancelled"):
            report.drop(f"a task that is {task.state}", task.key)
    batches = [
        _batch(number, wave, report) for number, wave in enumerate(_waves(left, report), start=1)
    ]
    manifest = json.dumps({"plan_id": plan_id, "batches": batches}, indent=2, ensure_ascii=False)
    ticks = fence(manifest)  # no prompt can end the block
    return (
        f"# {fit.line(plan_id)}\n\n## Agent Dispatch Manifest\n\n"
        f"{ticks}json dispatch\n{manifest}\n{ticks}\n"
    )


def _waves(tasks: Sequence[ImportedTask], report: Report) -> list[list[ImportedTask]]:
    """Tasks by the length of the longest chain before them; in parts, where more stand side by side
    than the batch after them may need."""
    needs = {task.key: _upstreams(task) for task in tasks}
    depth: dict[str, int] = {}
    for key in topological(needs, needs) or ():
        depth[key] = 1 + max((depth[up] for up in needs[key] if up in needs), default=-1)
    waves: list[list[ImportedTask]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for task in tasks:
        waves[depth[task.key]].append(task)
    most = limits.NEEDS_PER_TASK
    needed = [part for wave in waves[:-1] for part in _parts(wave, most, report)]
    return needed + waves[-1:]


def _parts(wave: list[ImportedTask], most: int, report: Report) -> list[list[ImportedTask]]:
    if len(wave) > most:
        report.map(f"more than {most} tasks side by side become batches in sequence", wave[0].key)
    count = -(-len(wave) // most)
    return [wave[part::count] for part in range(count)]


def _upstreams(task: ImportedTask) -> list[str]:
    return [*task.needs, *(contract.task for contract in task.contracts)]


def _batch(number: int, wave: list[ImportedTask], report: Report) -> dict[str, Any]:
    return {
        "id": number,
        "description": ", ".join(task.title or task.key for task in wave)[:200],
        "parallel": len(wave) > 1,
        "agents": [_dispatch(task, report) for task in wave],
    }


def _dispatch(task: ImportedTask, report: Report) -> dict[str, Any]:
    if len(task.capabilities) > 1:
        report.drop("a capability after the first", task.key)
    for name in _NO_PLACE:
        value = getattr(task, name)
        if value and value != ImportedTask.default_of(name):
            report.drop(f"{name}: a manifest has no place for it", task.key)
    if task.state != "open":
        report.drop(f"that the task is {task.state}", task.key)
    agent: dict[str, Any] = {
        "subagent_type": task.capabilities[0] if task.capabilities else "main",
        "description": task.title or task.key,
        "prompt": fit.spec(
            f"Task {task.key}: {task.title}" if task.title else f"Task {task.key}",
            task.spec,
            "Acceptance:\n" + "\n".join(f"- {item}" for item in task.acceptance)
            if task.acceptance
            else "",
            *(
                f"From {contract.task}: {'; '.join(filter(None, _agreed(contract)))}"
                for contract in task.contracts
            ),
            task.notes and f"Notes:\n{task.notes}",
        ),
    }
    if task.paths:
        agent["owns_files"] = list(task.paths)
    return agent


def _agreed(contract: Contract) -> tuple[str, ...]:
    return (
        contract.expect,
        contract.promise and f"promised: {contract.promise}",
        f"keys: {', '.join(contract.keys)}" if contract.keys else "",
    )
