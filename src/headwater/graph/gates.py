"""What a delivery waits for, as one table: the gate of a task.

A task in `review` stands before one of the four gates between a delivery and its acceptance:

    inputs -> review -> merge -> (accepted)       an input is done again after it was approved:
                                                  approved -> merge -> (accepted)

`standing` says before which. Whenever what a gate waited for has come it is asked again, so no
order of events can skip a gate. Every other task has none, but for an active one whose inputs have
changed (`changed`).
"""

from __future__ import annotations

from enum import StrEnum


class Gate(StrEnum):
    NONE = ""
    INPUTS = "inputs"
    """Delivered; an input is being done again."""
    APPROVED = "approved"
    """The same, and a reviewer has approved what was delivered."""
    REVIEW = "review"
    """It waits for a reviewer."""
    MERGE = "merge"
    """Accepted; its branch is to be merged (policy `release_on=merged`)."""
    CHANGED = "changed"
    """Active, and its holder must still be told that an input changed."""


PARKED = frozenset({Gate.INPUTS.value, Gate.APPROVED.value})
"""A delivery before one of these waits for its inputs to settle."""


def standing(*, inputs_open: bool, to_review: bool, approved: bool, to_merge: bool) -> Gate:
    """The gate that a delivery stands before; `NONE`: nothing keeps it from being accepted."""
    if inputs_open:
        return Gate.APPROVED if approved else Gate.INPUTS
    if to_review and not approved:
        return Gate.REVIEW
    return Gate.MERGE if to_merge else Gate.NONE
