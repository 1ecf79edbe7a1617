"""What happened on the demo's board, told from its log."""

from __future__ import annotations

from typing import Any

from headwater.cli.output import one_line

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
    sent_back = [event["task"] for event in events if event["kind"] == "reworked"]
    again = sorted({task for task in finishes if finishes.count(task) > 1})
    kept = sorted(set(finishes) - set(again))
    lines = [
        f"{len(set(finishes))} tasks done in {len(finishes)} deliveries and {len(claims)} claims, "
        "never two holders of one task."
    ]
    lines += [
        f"{who} was killed in the middle of {task}; its next process joined, and got the task, "
        "its lease and its notes back."
        for who, _, task in (entry.partition(" ") for entry in crashed)
    ]
    if sent_back:
        lines.append(
            f"{', '.join(sent_back)} was sent back; done again: {', '.join(again)}; "
            f"left alone: {len(kept)} tasks, because nothing that they had read changed."
        )
    lines.append(
        "The log replays to exactly this board."
        if not problems
        else f"The board has {len(problems)} problems: {one_line(problems[0])}"
    )
    return lines
