"""What a reviewer says at the end of a review: all of it is kept, or the finish is refused.

A review keeps words, in its summary and notes. Evidence becomes lines of the notes, each with its
acceptance item. Values and artifacts belong to a delivery, and a review makes none.
"""

from __future__ import annotations

import json
from typing import Final

from headwater import limits
from headwater.errors import BadRequest, LimitExceeded
from headwater.operations.evidence import by_item
from headwater.operations.leases import Lease
from headwater.operations.work import Work
from headwater.verbs.work import FinishRequest

_OF_A_DELIVERY: Final = ("critical", "artifacts", "delivered", "changed")


def in_words(work: Work, lease: Lease, request: FinishRequest) -> FinishRequest:
    """The finish of a review with its evidence in its notes.

    Raises:
        BadRequest: a review has no place for something that it says, or evidence is for no
            acceptance item.
        LimitExceeded: it is too much together.
    """
    foreign = [name for name in _OF_A_DELIVERY if getattr(request, name)]
    if foreign:
        raise BadRequest(
            f"a review keeps summary, notes and evidence, not {', '.join(foreign)}; "
            "nothing was changed, the review is still yours",
            state={"task": lease.task.key, "state": lease.task.state},
            next="finish again without; what they say belongs into notes",
        )
    if not request.evidence:
        return request
    items: list[str] = json.loads(work.text(lease.task).acceptance)
    found = by_item(lease.task.key, items, request.evidence)
    lines = [f"{item}: {shown}" for item, shown in found.items() if shown.strip()]
    notes = "\n".join([request.notes, *lines]).strip()
    size = len(notes.encode())
    if size > limits.TEXT_BYTES:
        raise LimitExceeded(
            f"notes have {size} bytes together with the evidence; the limit is "
            f"{limits.TEXT_BYTES}; nothing was changed",
            next="finish again and say less",
        )
    return request.model_copy(update={"notes": notes})
