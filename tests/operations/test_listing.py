"""What the graph makes long is listed up to a bound, and what is left out is counted."""

from __future__ import annotations

import pytest
from hands import finish, states

from headwater import Board, limits

MORE = 7


@pytest.fixture
def hub(board: Board) -> Board:
    """A task with more consumers than a reply lists."""
    count = limits.KEYS_SHOWN + MORE
    board.add([{"key": "hub"}, *({"key": f"c{n}", "needs": ["hub"]} for n in range(count))])
    return board


def test_a_finish_lists_so_many_of_those_that_it_unblocked(hub: Board) -> None:
    done = finish(hub, "hub")
    assert len(done.unblocked) == limits.KEYS_SHOWN
    assert [said for said in done.warnings or [] if said.startswith(f"unblocked: {MORE} more")]
    assert set(states(hub).values()) == {"done", "ready"}


def test_a_person_who_says_done_too(hub: Board) -> None:
    done = hub.done("hub", "by hand")
    assert len(done.unblocked or []) == limits.KEYS_SHOWN
    assert [said for said in done.warnings or [] if said.startswith(f"unblocked: {MORE} more")]


def test_a_rework_lists_so_many_of_those_that_wait_for_it(hub: Board) -> None:
    finish(hub, "hub")
    again = hub.rework("hub", "not right")
    assert len(again.waiting) == limits.KEYS_SHOWN
    assert [said for said in again.warnings or [] if said.startswith(f"waiting: {MORE} more")]


def test_a_cancel_lists_so_many_of_those_that_it_took_along(hub: Board) -> None:
    gone = hub.cancel(["hub"], dependents="cancel")
    assert len(gone.cancelled) == limits.KEYS_SHOWN
    said = f"cancelled: {MORE + 1} more"
    assert [one for one in gone.warnings or [] if one.startswith(said)]
    assert set(states(hub).values()) == {"cancelled"}
