"""What happened on the demo's board, told from its log."""

from __future__ import annotations

from typing import Any

from headwater.cli.demo import script
from headwater.cli.output import one_line
from headwater.errors import counted

_SENTENCES = {
    "joined": "{who} connects",
    "claimed": "{who} takes {task}",
    "finished": "{who} finishes {task}",
    "reworked": "{who} sends {task} back: a fault was found downstream",
    "waits_for": "{task} waits for it again; what is done stays done",
    "reopened": "{task} is opened again: {why}",
    "resumed_elsewhere": "{who} is back, in a new process, and takes up its session",
    "expired": "the lease on {task} ran out",
    "released": "{who} gives {task} back",
    "revived": "{who} goes on with {task}",
}


def tell(event: dict[str, Any]) -> str:
    """One event as a sentence; empty for what is not worth a line."""
    sentence = _SENTENCES.get(str(event["kind"]), "")
    return sentence.format(
        who=str(event.get("actor", "")).partition("/")[0],
        task=event.get("task", ""),
        why=one_line(str(event.get("reason", "")), 80),
    )


def recap(events: list[dict[str, Any]], problems: list[str], crashed: list[str]) -> list[str]:
    """The end: what the log says happened, and what was checked."""
    claims = [event["task"] for event in events if event["kind"] == "claimed"]
    finishes = [event["task"] for event in events if event["kind"] == "finished"]
    doubly = _held_twice(events)
    lines = [
        f"{len(set(finishes))} tasks, {len(claims)} claims, {len(finishes)} deliveries; "
        + (f"held twice at once: {', '.join(doubly)}" if doubly else "never two holders of a task.")
    ]
    lines += [
        f"{who} was killed in the middle of {task}. Its next process joined and got the session, "
        "the lease and the notes back."
        for who, _, task in (entry.partition(" ") for entry in crashed)
    ]
    lines += _sent_back(events, finishes)
    lines.append(
        f"The board has {counted(len(problems), 'problem')}: {one_line(problems[0])}"
        if problems
        else "Checked: replaying the log gives exactly this board."
    )
    return lines


def _held_twice(events: list[dict[str, Any]]) -> list[str]:
    """Tasks that were claimed while somebody held them: there must be none."""
    held: set[str] = set()
    doubly: list[str] = []
    for event in events:
        task = str(event.get("task", ""))
        if event["kind"] != "claimed":
            held.discard(task)
        elif task in held:
            doubly.append(task)
        else:
            held.add(task)
    return doubly


def _sent_back(events: list[dict[str, Any]], finishes: list[str]) -> list[str]:
    """For each rework: who had used that task already, and did not have to start again."""
    lines: list[str] = []
    for at, event in enumerate(events):
        if event["kind"] == "reworked":
            before = {e["task"] for e in events[:at] if e["kind"] == "finished"}
            used = {t["key"] for t in script.TASKS if event["task"] in t.get("needs", [])}
            spared = sorted(task for task in used & before if finishes.count(task) == 1)
            line = f"A test found a fault in {event['task']}, which was done again."
            if spared:
                line += f" {', '.join(spared)} stays done: what it had read did not change."
            lines.append(line)
    return lines
