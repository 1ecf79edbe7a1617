"""An edit that adds to texts and lists, as one that sets them: who adds an item to five need not
say the five again. What is there already is not added twice, so that the call can be repeated."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from headwater.errors import BadRequest
from headwater.store.rows import TextRow
from headwater.verbs.base import bad_arguments
from headwater.verbs.plan import EditRequest, TaskAdditions, TaskChanges

_PARAGRAPH = "\n\n"


def appended(text: TextRow, request: EditRequest) -> TaskChanges:
    """The fields to set.

    Raises:
        BadRequest: a field is set and added to, or is too large with what is added.
    """
    whole = _whole(text, request.append)
    if not whole:
        return request.set
    both = [name for name in whole if getattr(request.set, name) is not None]
    if both:
        raise BadRequest(
            f"{', '.join(both)} cannot be set and added to at once; nothing was changed",
            next="say it in `set` or in `append`",
        )
    try:
        return TaskChanges.model_validate(request.set.model_dump(exclude_unset=True) | whole)
    except ValidationError as error:
        raise bad_arguments(error, TaskChanges) from None


def _whole(text: TextRow, more: TaskAdditions) -> dict[str, Any]:
    """What is added to, as it is then."""
    found: dict[str, Any] = {}
    if more.spec:
        before = [text.spec] if text.spec else []
        is_there = _set_apart(more.spec) in _set_apart(text.spec)
        found["spec"] = text.spec if is_there else _PARAGRAPH.join([*before, more.spec])
    for name, old in (("acceptance", text.acceptance), ("paths", text.paths)):
        if items := getattr(more, name):
            found[name] = list(dict.fromkeys([*json.loads(old), *items]))
    return found


def _set_apart(text: str) -> str:
    """A text as whole paragraphs, so that none is found within another."""
    return f"{_PARAGRAPH}{text}{_PARAGRAPH}"
