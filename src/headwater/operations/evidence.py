"""Evidence: what shows that the items of a task's `acceptance` are met."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from headwater.errors import BadRequest, MissingEvidence, counted, is_word
from headwater.operations.work import Work
from headwater.store.rows import TaskRow
from headwater.verbs.work import FinishRequest

REQUIRED = "required"
_SHOWN = 5


def check_evidence(work: Work, task: TaskRow, request: FinishRequest) -> FinishRequest:
    """The request with its evidence under the texts of the items that it answers.

    A board that neither gets nor asks for evidence pays nothing for it.

    Raises:
        BadRequest: a name is no item of the task, or an item is answered twice.
        MissingEvidence: the policy asks for evidence of every item and some have none.
    """
    required = work.policy.evidence == REQUIRED
    if not request.evidence and not required:
        return request
    items: list[str] = json.loads(work.text(task).acceptance)
    found = by_item(task.key, items, request.evidence)
    if required:
        _demand_all(task.key, items, found)
    return request.model_copy(update={"evidence": found})


def by_item(key: str, items: Sequence[str], evidence: Mapping[str, str]) -> dict[str, str]:
    """Evidence by the text of its item, from names that are texts or numbers from 1 on.

    Raises:
        BadRequest: naming the items, for a wrong name or an item answered twice.
    """
    found: dict[str, str] = {}
    wrong: list[str] = []
    for at, (name, text) in enumerate(evidence.items(), 1):
        item = _item(items, name)
        if item is None:
            wrong.append(repr(name) if is_word(name) else f"number {at} of them")
        elif item in found:
            raise BadRequest(
                f"an acceptance item of {key} is answered twice; nothing was changed",
                state={"items": numbered(items)},
                next="answer each item once, by its text or its number",
            )
        else:
            found[item] = text
    if wrong:
        raise BadRequest(
            f"{counted(len(wrong), 'name')} in `evidence` ({', '.join(wrong[:_SHOWN])}): "
            f"no such acceptance item of {key}; nothing was changed",
            state={"items": numbered(items)},
            next="name an item by its text or its number, from 1 on",
        )
    return {item: found[item] for item in items if item in found}


def unanswered(items: Sequence[str], evidence: Mapping[str, str]) -> list[int]:
    """The places of the items without evidence, from 0 on."""
    return [at for at, item in enumerate(items) if not evidence.get(item, "").strip()]


def numbered(items: Sequence[str]) -> list[str]:
    return [f"{at}: {item}" for at, item in enumerate(items, 1)]


def _demand_all(key: str, items: Sequence[str], found: Mapping[str, str]) -> None:
    missing = unanswered(items, found)
    if missing:
        raise MissingEvidence(
            f"{len(missing)} of {counted(len(items), 'acceptance item')} of {key} "
            "without evidence; nothing was changed",
            state={"task": key, "missing": [numbered(items)[at] for at in missing]},
            next="finish again with evidence={ITEM or its number: what shows it} for each of them",
        )


def _item(items: Sequence[str], name: str) -> str | None:
    """The item of that text, else the one of that number."""
    if name in items:
        return name
    number = int(name) if name.isascii() and name.isdigit() and len(name) <= 4 else 0
    return items[number - 1] if 0 < number <= len(items) else None
