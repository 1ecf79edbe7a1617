"""The kinds of events: what the log tells of a board.

`Work.record` accepts no other kind, docs/events.md is generated from this table, and a test
compares it with the calls in the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

EventKind = Literal[
    "added",
    "imported",
    "edited",
    "split",
    "cancelled",
    "superseded",
    "released_from",
    "claimed",
    "claim_undone",
    "noted",
    "cost_reported",
    "finished",
    "amended",
    "attempt_failed",
    "failed",
    "released",
    "handed_off",
    "blocked",
    "waits_for",
    "expired",
    "revived",
    "lapse_ended",
    "taken_over",
    "taken_back",
    "salvaged",
    "backoff_over",
    "over_budget",
    "review_asked",
    "review_claimed",
    "review_expired",
    "approved",
    "rejected",
    "accepted",
    "merged",
    "done_by_hand",
    "reused",
    "reworked",
    "reopened",
    "answered",
    "feedback",
    "parts_done",
    "parts_cancelled",
    "joined",
    "resumed_elsewhere",
    "left",
    "sessions_ended",
    "told",
    "paused",
    "resumed",
    "policy",
    "budget",
    "archived",
    "redacted",
    "repaired",
    "restored",
]

BY_SUBJECT: Final[Mapping[str, Mapping[EventKind, str]]] = {
    "the plan": {
        "added": "Tasks were added; `keys` names them.",
        "imported": "Tasks came in from a file, with what they had delivered.",
        "edited": "What a task asks for, or what it needs, was changed.",
        "split": "A task became a container of parts.",
        "cancelled": "It will not be done; or another took its place.",
        "superseded": "Another task stands in its place and has its consumers.",
        "released_from": "It does not need a cancelled upstream any more.",
    },
    "work": {
        "claimed": "A session took a task: a lease, and the next fence.",
        "claim_undone": "The reply to a claim could not be delivered; nothing is charged.",
        "noted": "The holder left a note on its progress.",
        "cost_reported": "A host or a runner reported what an attempt has cost so far.",
        "finished": "The holder delivered: it is accepted, or waits for inputs, review or merge.",
        "amended": "Who had delivered it changed the delivery, which nobody had read.",
        "attempt_failed": "An attempt failed and others are left.",
        "failed": "The last attempt failed.",
        "released": "The task was given back, by its holder or by a person; no attempt is charged.",
        "handed_off": "The holder handed it on, with its notes.",
        "blocked": "The holder asks a question; the task is held until it is answered.",
        "waits_for": "Its holder sent an upstream back, and waits for that again.",
        "expired": "A lease ran out; an attempt is charged.",
        "revived": "A late holder came back before anybody else had claimed.",
        "lapse_ended": "A late holder can come back no more.",
        "taken_over": "Another session took it from a holder that made no calls.",
        "taken_back": "A planner started a new round over its holder.",
        "salvaged": "What a holder delivered too late is kept; it is not accepted.",
        "backoff_over": "The wait after a failure is over.",
        "over_budget": "Its attempts have used up its own budget; it is held.",
    },
    "acceptance and rework": {
        "review_asked": "Its inputs have settled; now it waits for a reviewer.",
        "review_claimed": "A reviewer took it.",
        "review_expired": "A reviewer's lease ran out.",
        "approved": "A reviewer approves.",
        "rejected": "A reviewer, a planner or a changed input sent a delivery back, uncharged.",
        "accepted": "A parked delivery is accepted: its inputs are as its holder was given them.",
        "merged": "The branch of an accepted delivery was merged.",
        "done_by_hand": "A person did it.",
        "reused": "The delivery of an identical task was taken.",
        "reworked": "A new round, with feedback.",
        "reopened": "A new round, because what it had read came out different.",
        "answered": "A person or planner answered a held task's question; it is open again.",
        "feedback": "Feedback on a task that had not begun, or is worked on.",
        "parts_done": "The last part of a container is closed.",
        "parts_cancelled": "Every part of a container was cancelled; it is held.",
    },
    "sessions": {
        "joined": "A session began, or was taken up again.",
        "resumed_elsewhere": "Another window took a session up; the earlier one's leases are void.",
        "left": "A session ended and gave back what it held.",
        "sessions_ended": "Sessions that held nothing and were not seen for long were ended.",
        "told": "A message.",
    },
    "the board": {
        "paused": "Nothing is handed out.",
        "resumed": "Tasks are handed out again.",
        "policy": "Policies were set.",
        "budget": "A budget was set.",
        "archived": "Earlier history was moved to a file.",
        "redacted": "A text was taken out of the store.",
        "repaired": "What did not agree with the log was mended.",
        "restored": "A backup was put in the store's place: what came after it is not there.",
    },
}
KINDS: Final = tuple(kind for kinds in BY_SUBJECT.values() for kind in kinds)


def page() -> str:
    """docs/events.md."""
    lines = [
        "# Events",
        "",
        "Generated from the table in `src/headwater/graph/events.py` by `make docs`.",
        "",
        "Every change is an event: a revision of its board, with its kind, its task, who did it,",
        'when and why. `graph(view="history")` and `headwater history` list them;',
        "`GET /events?kinds=finished,failed` sends them as they happen",
        "([operations](operations.md)). The log keeps them until `archive` moves them to a file",
        "([history](history.md)).",
    ]
    for subject, kinds in BY_SUBJECT.items():
        lines += ["", f"## {subject.capitalize()}", "", "| kind | what happened |", "| --- | --- |"]
        lines += [f"| `{kind}` | {meaning} |" for kind, meaning in kinds.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
