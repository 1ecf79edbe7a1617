"""Why a claim gave nothing, as sentences."""

from __future__ import annotations

from typing import Any, cast

from headwater.cli.output import one_line, say
from headwater.cli.render.sentences import listed, seconds
from headwater.verbs.work import Nothing

_WHY = {
    "empty": "the board is empty",
    "paused": "the board is paused",
    "wait": "what is left waits for tasks that are under way",
    "backoff": "what is ready waits a while after a failure",
    "stuck": "what is left waits for somebody to decide",
    "to_be_merged": "what is left waits for accepted work to be merged",
    "needs_review": "what is left waits for a reviewer",
    "over_budget": "the budget has too little left",
    "not_for_you": "what is ready is for others",
    "paths_busy": "what is ready is in files that others work on",
    "partial": "there was too much to look through at once",
    "planners_asked": "all done, but planners were told something that may bring more",
    "all_done": "all done",
}

_STANDS = {
    "held": "is held, until somebody answers",
    "failed": "has failed",
    "review": "is accepted, and waits to be merged",
}
_STATES = ("active", "review", "waiting")
"""Their counts are no further reasons."""


def show(none: Nothing) -> None:
    """Print the reason, then who and what stands in the way."""
    # of one kind; what is ready is of another
    why = "nothing of this kind now" if none.reason == "wait" and "ready" in none.counts else ""
    say(f"nothing to claim: {why or _WHY.get(none.reason) or none.reason.replace('_', ' ')}")
    said = {none.reason, *_STATES}
    if len(none.reviews or []) == none.counts.get("needs_review"):
        said.add("needs_review")  # each is named below
    if _only_questions(none):
        said.add("stuck")  # said below
    others = {name: count for name, count in none.counts.items() if name not in said}
    if others:
        lead = "" if none.reason in ("all_done", "planners_asked") else "also: "
        counts = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in others.items())
        say(f"  {lead}{counts}")
    for held in none.active or []:
        left = seconds(_number(held, "until_s"))
        freed = cast("list[str]", held.get("frees") or [])
        then = f"; {listed(freed)} can begin when it is done" if freed else ""
        quiet = _number(held, "seen_s")
        silence = f", no call for {seconds(quiet)}" if quiet else ""
        doing = "is reviewed by" if _word(held, "kind") == "review" else "is with"
        who = f"{_word(held, 'task')} {doing} {_word(held, 'by')}"
        say(f"  {who}, {left} of its lease left{silence}{then}")
    shown = {_word(held, "task") for held in none.active or []}
    for blocker in none.blocked_by or []:
        if _word(blocker, "task") not in shown:
            state = _word(blocker, "state")
            say(f"  {_word(blocker, 'task')} {_STANDS.get(state) or f'is {state}'}")
    if none.soonest and _word(none.soonest, "task") not in shown:
        what = _word(none.soonest, "task") or "a task that was handed on"
        say(f"  {what} comes back in {seconds(_number(none.soonest, 'in_s'))}")
    for pool in none.over_budget or []:
        say("  " + ", ".join(f"{name} {one_line(str(value))}" for name, value in pool.items()))
    for review in none.reviews or []:
        makers = cast("list[str]", review.get("not_by") or [])
        by = f"by another than {listed(makers)}"
        needed = cast("list[str]", review.get("capabilities") or [])
        by += f" with the capabilities {listed(needed)}" if needed else ""
        by += ": nobody here may" if review.get("nobody_here") else ""
        say(f"  {_word(review, 'task')} is to be reviewed, {by}")
    if none.capabilities:
        say(f"  would need the capabilities: {listed(none.capabilities)}")


def _only_questions(none: Nothing) -> bool:
    """Whether all that is stuck waits for an answer, and each is named."""
    held = [one for one in none.blocked_by or [] if _word(one, "state") == "held"]
    return len(held) == none.counts.get("stuck")


def _word(facts: dict[str, Any], name: str) -> str:
    return one_line(str(facts.get(name) or ""))


def _number(facts: dict[str, Any], name: str) -> float:
    value = facts.get(name)
    return value if isinstance(value, (int, float)) else 0
