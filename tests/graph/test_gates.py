"""The gates between a delivery and its acceptance."""

from __future__ import annotations

from itertools import product

from headwater.graph.gates import PARKED, Gate, standing


def test_a_delivery_passes_inputs_review_and_merge_in_that_order() -> None:
    asked = {"inputs_open": True, "to_review": True, "approved": False, "to_merge": True}
    assert standing(**asked) is Gate.INPUTS
    asked["inputs_open"] = False
    assert standing(**asked) is Gate.REVIEW
    asked["approved"] = True
    assert standing(**asked) is Gate.MERGE
    asked["to_merge"] = False
    assert standing(**asked) is Gate.NONE


def test_what_was_approved_is_not_reviewed_again_when_an_input_is_redone() -> None:
    parked = standing(inputs_open=True, to_review=True, approved=True, to_merge=False)
    assert parked is Gate.APPROVED
    assert standing(
        inputs_open=False, to_review=True, approved=parked is Gate.APPROVED, to_merge=False
    ) is (Gate.NONE)


def test_nothing_is_accepted_with_open_inputs_or_without_a_review_that_is_asked_for() -> None:
    for inputs_open, to_review, approved, to_merge in product((False, True), repeat=4):
        gate = standing(
            inputs_open=inputs_open, to_review=to_review, approved=approved, to_merge=to_merge
        )
        assert (gate in PARKED) == inputs_open
        accepted = not inputs_open and (approved or not to_review)
        assert (gate in (Gate.NONE, Gate.MERGE)) == accepted
        assert gate is not Gate.CHANGED
