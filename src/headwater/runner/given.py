"""What an agent is given: its briefing, in words and as JSON, and its environment."""

from __future__ import annotations

import json
from pathlib import Path

from headwater.runner.crew import Crew
from headwater.runner.places import PREFIX
from headwater.runner.prompt import Assignment, prompt
from headwater.runner.report import Place
from headwater.runner.surroundings import look
from headwater.runner.workspace import Begun
from headwater.verbs.look import TaskReply
from headwater.verbs.work import Briefing
from headwater.worker.watch import read


def briefing(
    crew: Crew, said: Briefing, shown: TaskReply, begun: Begun, logs: Path, first: str
) -> Path:
    """Write what is `said` of a task into the folder of an attempt's logs: the file that the agent
    reads. `first`: what it must know before the task."""
    text = logs / "briefing.md"
    text.write_text(prompt(said, _assignment(crew, shown, begun, first)), encoding="utf-8")
    facts = json.dumps(said.as_dict(), ensure_ascii=False)
    _facts(logs).write_text(facts, encoding="utf-8")
    return text


def environment(
    crew: Crew, worker: str, lease: str, shown: TaskReply, logs: Path
) -> dict[str, str]:
    """The variables of its command."""
    inherited = {**crew.workspace.repository.environment}
    inherited.pop("HEADWATER_SESSION", None)  # of whoever started the runner
    return {
        **inherited,
        **crew.variables,
        "HEADWATER_AGENT": worker,
        "HEADWATER_LEASE": lease,
        "HEADWATER_TASK": shown.key,
        "HEADWATER_BRIEFING": str(_facts(logs)),
        "HEADWATER_RESULT": str(logs / "result.json"),
        "HEADWATER_BRANCH": crew.workspace.places.branch(shown.key),
        "HEADWATER_CAPABILITIES": ",".join(shown.capabilities or []),
    }


def _facts(logs: Path) -> Path:
    return logs / "briefing.json"


def _assignment(crew: Crew, shown: TaskReply, begun: Begun, first: str) -> Assignment:
    git, base, places = crew.workspace.repository, crew.workspace.base, crew.workspace.places
    branch = places.branch(shown.key)
    has_begun = bool(git.count(base, branch) or git.changed_files(begun.folder, untracked=True))
    builds_on = [one.task for one in shown.needs or [] if one.state == "done"]
    branches = git.branches(f"{PREFIX}/{places.name}/")
    # Only read: what an agent has claimed is not given back because the store is busy.
    around = read(crew.board, lambda work: look(work, shown, places, branches))
    place = Place(
        branch, base, builds_on, is_reviewed=bool(shown.review), is_behind=bool(begun.unmerged)
    )
    return Assignment(place, places.name, around, has_begun, first)
