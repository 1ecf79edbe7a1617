"""One beads issue as a task: its texts, state, priority and what is told about it."""

from __future__ import annotations

from typing import Any, Final

from headwater import limits
from headwater.formats import fit, plan
from headwater.formats.beads_rows import Issue
from headwater.formats.report import Problems, Report, shown
from headwater.verbs.importing import ImportedTask

FINISHED: Final = frozenset({"closed", "done"})
PRIORITY_STEP: Final = 10
"""Beads' 0 to 4 become 20 to -20: one step outweighs ten days of waiting in the queue."""
_FILE_NAMES: Final = {
    "key": "id",
    "spec": "description",
    "summary": "close_reason",
    "estimate": "estimated_minutes",
    "needs": "dependencies",
    "soft": "dependencies",
}


def make_task(
    issue: Issue,
    edges: dict[str, Any],
    *,
    blocked: bool,
    hold: str,
    report: Report,
    problems: Problems,
) -> ImportedTask:
    """The task for `issue`. `edges` are its key, needs, soft upstreams and contracts, and the group
    that its parent is.

    What does not fit is added to `problems`; the task returned then is a stand-in.
    """
    state, why_held = _state(issue, blocked, hold, report)
    title, spec, acceptance = _texts(issue, report)
    paths, others = fit.paths(issue.said.get("paths", ()), issue.id, "paths", report)
    values = {
        **issue.said,
        **edges,
        "paths": paths,
        "title": title,
        "spec": "\n\n".join(filter(None, (spec, others))),
        "acceptance": acceptance,
        "priority": (2 - issue.priority) * PRIORITY_STEP,
        "estimate": issue.minutes,
        "state": state,
        "summary": issue.texts.get("close_reason", "") if state == "done" else "",
        "notes": _notes(issue, why_held, report),
    }
    task = plan.make_task(values, issue.place, problems, _FILE_NAMES)
    report.keep(f"status {shown(issue.status)} becomes {state}", issue.id)
    if issue.priority != 2:
        report.map(f"priority {issue.priority} becomes {task.priority}", issue.id)
    for name in issue.other_fields:
        report.drop(f"field {shown(name)}: no place for it", issue.id)
    return task


def _state(issue: Issue, blocked: bool, hold: str, report: Report) -> tuple[str, str]:
    """The state at import and, for `held`, why."""
    status = issue.status
    if status in FINISHED:
        return "done", ""
    why = hold
    if status in ("open", "in_progress", "hooked"):
        if status != "open":
            report.map(f"status {status} becomes open: nobody holds a lease here", issue.id)
        if issue.texts.get("defer_until"):
            why = why or f"deferred until {shown(issue.texts['defer_until'])}"
        if issue.issue_type == "gate":
            why = why or "it is a gate, which something outside opens"
    elif status == "blocked":
        why = why or ("" if blocked else "blocked, but by nothing unfinished in the file")
    else:
        why = why or f"its status was {shown(status)}"
    if why:
        report.map("held, because a person has to decide", f"{issue.id}: {why}")
    return ("held", why) if why else ("open", "")


def _texts(issue: Issue, report: Report) -> tuple[str, str, list[str]]:
    """Title, spec and acceptance list; what does not fit its field goes into the spec."""
    title, whole = fit.title(issue.title, issue.id, report)
    sections = [whole, issue.texts.get("description", "")]
    if "design" in issue.texts:
        sections.append("## Design\n\n" + issue.texts["design"])
    acceptance, too_long = fit.acceptance(
        issue.texts.get("acceptance_criteria", ""), issue.id, "acceptance_criteria", report
    )
    sections.append(too_long)
    words = [label for label in issue.labels if label not in issue.said.get("capabilities", ())]
    facts = {
        "issue_type": "" if issue.issue_type == "task" else issue.issue_type,
        "labels": ", ".join(words),
        "external_ref": issue.texts.get("external_ref", ""),
    }
    for name, value in facts.items():
        if value:
            report.map(f"{name} is kept as a line of the spec", issue.id)
    sections.append("\n".join(f"{name}: {value}" for name, value in facts.items() if value))
    return title, "\n\n".join(filter(None, sections)), acceptance


def _notes(issue: Issue, why_held: str, report: Report) -> str:
    """Why it is held, notes, the assignee and comments; the oldest give way if room is short."""
    notes = issue.texts.get("notes", "")
    held = f"Held at import: {why_held}."
    parts = [held] if why_held and held not in notes else []
    if notes:
        parts.append(notes)
    if "assignee" in issue.texts and issue.status not in FINISHED:
        parts.append(f"Was assigned to {shown(issue.texts['assignee'])}.")
        report.map("the assignee is kept in the notes", issue.id)
    elif "assignee" in issue.texts:
        report.drop("the assignee of finished work", issue.id)
    room = limits.TEXT_BYTES - sum(fit.size_bytes(part) + 2 for part in parts)
    kept: list[str] = []
    for comment in reversed(issue.comments):
        room -= fit.size_bytes(comment) + 2
        if room < 0:
            report.drop("the oldest comments: no room in the notes", issue.id)
            break
        kept.append(comment)
    if kept:
        report.map("comments are kept in the notes", issue.id)
    return "\n\n".join([*parts, *reversed(kept)])
