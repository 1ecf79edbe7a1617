"""What happened to a task before this attempt, in its prompt: questions and their answers,
feedback, and what earlier attempts have left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

from headwater.operations.handoff import LEFT_AT, place_in_run
from headwater.operations.listing import by_text
from headwater.operations.structure import MORE_NEEDS
from headwater.runner.for_review import FOR_REVIEWERS
from headwater.runner.quoting import author, fields, quoted
from headwater.verbs.work import Briefing, Delivery, PastAttempt

_BEGUN: Final = """\
## Begun already

This branch or its folder has something of the task already, perhaps unfinished: look at `git log \
{base}..` and `git status` first. Commits that begin with "Start", "Keep" or "Work on" and the \
task's name were made by the run."""
_SAYS_NOTHING: Final = frozenset({"done", "approved", "rejected", "waits", "handoff"})
"""How an attempt may end without a word that would help the next: what it made stands elsewhere."""


def begun(base: str) -> str:
    """Somebody has worked there before."""
    return _BEGUN.format(base=base)


def past(briefing: Briefing, run: str) -> Iterator[str]:
    """The sections about it; `run` is the one that works on the task now."""
    asked = {(one.task, one.fence): one for one in briefing.tried or ()}
    answers = {_question(one): one for one in briefing.feedback or () if "answers" in one}
    if answers:
        yield "## Asked and answered"
    for of, answer in answers.items():
        if of in asked:
            yield from _asked(asked[of], run)
        yield _said(answer, "The answer, by")
    rest = [one for one in briefing.feedback or () if "answers" not in one]
    if rest:
        yield "## Feedback: this must change; if it holds already, say so"
        yield from (_said(one, "By") for one in rest)
    others = [one for of, one in asked.items() if of not in answers]
    left = list(_left(briefing, others, run))
    if left:
        yield "## Earlier attempts"
        yield from left


def _question(answer: Mapping[str, JsonValue]) -> tuple[str | None, int]:
    """Which attempt had asked."""
    task, fence = answer.get("task"), answer["answers"]
    return (str(task) if task else None), fence if isinstance(fence, int) else 0


def _asked(one: PastAttempt, run: str) -> Iterator[str]:
    if one.reason:
        yield f"An earlier attempt asked:\n{quoted(one.reason)}"
    if notes := _notes(one.notes, run):
        yield f"It said beside that:\n{quoted(notes)}"


def _said(feedback: Mapping[str, JsonValue], what: str) -> str:
    when = ", before the last delivery" if feedback.get("earlier") else ""
    changes = feedback.get("inputs")
    listed = f"\n{fields({'inputs': changes})}" if changes else ""
    text = f"{feedback.get('text', '')}{listed}"
    return f"{what} {author(feedback.get('by'))}{when}:\n{quoted(text)}"


def _left(briefing: Briefing, attempts: list[PastAttempt], run: str) -> Iterator[str]:
    if briefing.note:
        yield f"A note was left:\n{quoted(briefing.note)}"
    yield from filter(None, (_attempt(one, run) for one in attempts))
    if briefing.edited:
        edited = fields(briefing.edited.model_dump(exclude_none=True))
        yield f"Since then the task was edited:\n{quoted(edited)}"
    for kept in briefing.salvage or ():
        facts = kept.model_dump(exclude_none=True, exclude={"notes"})
        facts |= {"notes": said} if (said := _notes(kept.notes, run)) else {}
        yield f"Left behind, not accepted:\n{quoted(fields(facts))}"
    if briefing.delivery:
        yield f"Delivered before, and sent back:\n{quoted(_delivered(briefing.delivery, run))}"


def _attempt(one: PastAttempt, run: str) -> str:
    """How it ended; empty if that says nothing."""
    reason = "" if one.reason == MORE_NEEDS else one.reason or ""
    said = "\n\n".join(filter(None, (reason, _notes(one.notes, run))))
    place = "" if one.left_at in (None, place_in_run(run)) else f"left at: {one.left_at}"
    if not (said or place) and one.outcome in _SAYS_NOTHING:
        return ""
    what = "A review" if one.kind == "review" else "An attempt"
    of = f" at {one.task}" if one.task else ""
    head = f"{what}{of} ended as `{one.outcome}`" + (":" if said or place else ".")
    return "\n".join(filter(None, (head, quoted("\n".join(filter(None, (said, place)))))))


def _notes(notes: str | None, run: str) -> str:
    """Without what only tells others where the work lies: this is its branch."""
    own = f"{LEFT_AT}{place_in_run(run)}"
    parts = (notes or "").strip().split("\n\n")
    return "\n\n".join(
        part for part in parts if part != own and not part.startswith(FOR_REVIEWERS)
    ).strip()


def _delivered(made: Delivery, run: str) -> str:
    """A delivery of this task, each text of it once."""
    facts = made.model_dump(exclude_none=True, exclude={"by", "notes", "delivered", "evidence"})
    summary = made.summary or ""
    said = by_text((to, text) for to, text in (made.delivered or {}).items())
    facts |= {
        f"delivered to {to}": "as in the summary" if text in summary else text
        for text, to in said.items()
    }
    evidence: JsonValue = dict(made.evidence) if made.evidence else None
    facts |= {"evidence": evidence} if evidence else {}
    facts |= {"notes": notes} if (notes := _notes(made.notes, run)) else {}
    return fields(facts)
