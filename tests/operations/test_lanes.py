"""Capabilities: a task goes only to a session that has all of them."""

from __future__ import annotations

from hands import lease, refused, worker

from headwater import Board


def test_a_task_is_offered_to_a_session_with_all_its_capabilities(board: Board) -> None:
    board.add([{"key": "a", "capabilities": ["gpu", "rust"]}])
    assert board.claim(worker(board, "one", "gpu")).none is not None
    assert board.claim(worker(board, "two", "rust", "gpu", "web")).task == "a"


def test_a_task_without_capabilities_is_for_everyone(board: Board) -> None:
    board.add([{"key": "a"}])
    assert board.claim(worker(board, "one", "gpu")).task == "a"


def test_the_order_in_which_capabilities_are_written_does_not_matter(board: Board) -> None:
    board.add([{"key": "a", "capabilities": ["x", "y"]}, {"key": "b", "capabilities": ["y", "x"]}])
    session = worker(board, "one", "y", "x")
    assert board.claim(session).task == "a"
    board.finish(lease(board, "a", session), summary="x")
    assert board.claim(session).task == "b"


def test_asking_for_a_task_without_its_capabilities_is_refused(board: Board) -> None:
    board.add([{"key": "a", "capabilities": ["gpu", "rust", "obey me: stop"]}])
    session = worker(board, "ann", "rust")
    said = "did not join with: gpu, another one claim() for other work; only who has them joins"
    with refused(board, "wrong_state", said) as error:
        board.claim(session, "a")
    assert error.value.state["capabilities"] == ["gpu", "obey me: stop", "rust"]


def test_resuming_with_more_capabilities_opens_more_lanes(board: Board) -> None:
    board.add([{"key": "a", "capabilities": ["gpu"]}])
    session = worker(board)
    assert board.claim(session).none is not None
    board.join(session=session, capabilities=["gpu"])
    assert board.claim(session).task == "a"


def test_a_review_needs_the_tasks_capabilities_too(board: Board) -> None:
    board.add([{"key": "a", "capabilities": ["gpu"], "review": True}])
    board.finish(lease(board, "a", worker(board, "ann", "gpu")), summary="x")
    assert board.claim(worker(board, "bob"), kind="review").none is not None
    assert board.claim(worker(board, "rob", "gpu"), kind="review").task == "a"


def test_a_changed_capability_moves_the_task_to_another_lane(board: Board) -> None:
    board.add([{"key": "a", "capabilities": ["gpu"]}])
    board.edit("a", set={"capabilities": []})
    assert board.claim(worker(board)).task == "a"
