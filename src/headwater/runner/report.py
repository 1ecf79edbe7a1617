"""Where an agent stands, what it owes, and how it reports: the end of its prompt."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from pydantic import JsonValue

from headwater.operations.listing import by_text
from headwater.runner.quoting import first_of, one_line, quoted
from headwater.runner.result import BLOCK_LINES
from headwater.runner.surroundings import Surroundings
from headwater.verbs.work import Briefing, Owed

_PLACE: Final = """\
## Where you are

You are in a git worktree of your own, on the branch `{branch}`. {has}

Commit what you change; what is left uncommitted is committed for you. Run the tests: the run does \
not. Do not push, stash, or change other branches; to merge `{base}` into yours is fine. When you \
report it done, {then} into `{base}`."""
_HAS: Final = "It has in it what was merged into `{base}` when you began{builds_on}."
_LACKS: Final = "What is to be merged into it first stands at the top."
_MERGED: Final = "it is merged"
_REVIEWED: Final = "another reviews it, and what is approved is merged"
_BLOCK: Final = """\
End your output with this block, of at most {lines} lines:

    Status: DONE
    Summary: {summary}

- `Status: DONE_WITH_CONCERNS`: it is done, and a field `Concerns:` below the summary says what \
you doubt. Who reads the summary reads it, too.
- `Status: BLOCKED`, or NEEDS_CONTEXT, which means the same: you cannot go on without an answer. \
`Question:` asks for it, and `Summary:` says how far you are. {answered}

A field may go on over more lines; blank lines and indentation in it are not kept.

A JSON file, whose name is in the environment variable HEADWATER_RESULT, counts before the block \
and may say more: an object with any of `outcome` ({outcome}), `summary`, `notes` (for who works \
on this again), `critical` ({{name: value}} that others rely on), {delivered}`artifacts` \
([{{name, path}}]) and `evidence` ({{acceptance item: what shows it}})."""
_DELIVERED: Final = "`delivered` ({task: text} for some of those who build on this), "
_FILE: Final = """\
Write a JSON file with what is asked for here; the environment variable HEADWATER_RESULT has its \
name. Your output has no place for {asked}, and needs no block at its end.

{example}

- `outcome`: {outcome}. {answered}
- `summary`: also what you doubt, and those who read it should know.{same}
- Beside these: `notes`, for who works on this again; `artifacts`, [{{name, path}}]."""
_OUTCOME: Final = (
    "`done`; `blocked`, with a question as `summary`, and `notes` on how far you are; `release`, "
    "which gives the task back for somebody else to do, uncharged; or `failed`"
)
_ANSWERED: Final = (
    "A person answers; who goes on then has the answer, both texts and your branch. No attempt is "
    "charged."
)
_SAME: Final = "\n- `delivered`: the word `same` lets stand what was delivered there before."
_END: Final = """\
Any exit code but 0 is a failed attempt{which}. With Headwater's own tools at hand, `finish` with \
the lease in HEADWATER_LEASE reports as well, and counts before all else."""
_SUMMARY: Final = "what those who build on this must know"
_SUMMARY_FOR_NOBODY: Final = "what was done, and what one must know of it"
_WHAT: Final = {
    "delivered": ("the answers to promises", "the answer to its promise"),
    "critical": ("values that others rely on", "the value itself"),
    "evidence": ("evidence for the acceptance items", "what shows it"),
}
"""What a finish may be refused without, and the words that stand in its place in an example."""
_NAMED: Final = 12
_BREAKS: Final = {ord(one): f"\\u{ord(one):04x}" for one in "\x85\u2028\u2029"}
"""What JSON leaves as it is, and some take for the end of a line."""


class Place(NamedTuple):
    """Where an agent works."""

    branch: str
    base: str
    builds_on: Sequence[str] = ()
    """The tasks that this one needs, whose work is in the worktree."""
    is_reviewed: bool = False
    is_behind: bool = False
    """Something of that must be merged by hand first."""


def report(briefing: Briefing, place: Place, around: Surroundings) -> Iterator[str]:
    """These sections."""
    named = first_of([f"`{key}`" for key in place.builds_on], _NAMED)
    builds_on = f", and the work of {named}" if named else ""
    yield _PLACE.format(
        branch=place.branch,
        base=place.base,
        has=_LACKS if place.is_behind else _HAS.format(base=place.base, builds_on=builds_on),
        then=_REVIEWED if place.is_reviewed else _MERGED,
    )
    if around.consumers:
        yield "## Who builds on this"
        yield "\n".join(_consumers(around))
    owes = _whole(briefing.owes or ())
    if owes:
        yield "## What you owe"
        yield from _owed(owes)
    yield "## How to report"
    yield _how(briefing, owes, around)
    tries = briefing.attempts or 0
    which = f"; this is attempt {briefing.attempt} of {tries}" if tries > 1 else ""
    yield _END.format(which=which)


def _consumers(around: Surroundings) -> Iterator[str]:
    for one in around.consumers:
        yield f"- {one.key}: {one_line(one.title)}" if one.title else f"- {one.key}"
    if around.more_consumers:
        yield f"- and {around.more_consumers} more"


def _whole(owes: Sequence[Owed]) -> list[Owed]:
    """With the texts themselves, where one is said to be as that for another."""
    promises = {f"as for {one.to}": one.promise for one in owes}
    expects = {f"as for {one.to}": one.expect for one in owes}
    return [
        one.model_copy(
            update={
                "promise": promises.get(one.promise or "", one.promise),
                "expect": expects.get(one.expect or "", one.expect),
            }
        )
        for one in owes
    ]


def _owed(owes: Sequence[Owed]) -> Iterator[str]:
    """Each text once, with all to whom it is owed."""
    for text, to in by_text((one.to, one.promise) for one in owes if one.promise).items():
        yield f"Promised to {to}:\n{quoted(text)}"
    for text, by in by_text((one.to, one.expect) for one in owes if one.expect).items():
        yield f"Expected by {by}:\n{quoted(text)}"


def _how(briefing: Briefing, owes: Sequence[Owed], around: Surroundings) -> str:
    summary = _SUMMARY if around.consumers else _SUMMARY_FOR_NOBODY
    asked = _asked(briefing, owes, with_evidence=around.evidence_is_required)
    if not asked:
        return _BLOCK.format(
            lines=BLOCK_LINES,
            summary=summary,
            answered=_ANSWERED,
            outcome=_OUTCOME,
            delivered=_DELIVERED if around.consumers else "",
        )
    example: JsonValue = {"outcome": "done", "summary": summary}
    example |= {name: dict.fromkeys(keys, _WHAT[name][1]) for name, keys in asked.items()}
    text = json.dumps(example, ensure_ascii=False, indent=2).translate(_BREAKS)
    before = briefing.delivery and briefing.delivery.delivered
    return _FILE.format(
        asked=" and ".join(_WHAT[name][0] for name in asked),
        example="\n".join(f"    {line}" for line in text.splitlines()),
        outcome=_OUTCOME,
        answered=_ANSWERED,
        same=_SAME if before and "delivered" in asked else "",
    )


def _asked(
    briefing: Briefing, owes: Sequence[Owed], *, with_evidence: bool
) -> dict[str, list[str]]:
    """The names under which a finish must say something, lest it be refused."""
    items = briefing.acceptance or [] if with_evidence else []
    found = {
        "delivered": [one.to for one in owes if one.promise],
        "critical": [key for one in owes for key in one.keys or ()],
        "evidence": [str(number) for number, _ in enumerate(items, 1)],
    }
    return {name: keys for name, keys in found.items() if keys}
