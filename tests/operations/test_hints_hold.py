"""Hints of replies and errors where the obvious call would be refused. (The stories of
`tests/property/test_replies_hold.py` follow every hint; these are what they have found.)"""

from __future__ import annotations

from dataclasses import replace

from hands import claim, finish, lease, refused, worker

from headwater import Board
from headwater.clock import ManualClock
from headwater.operations.caller import LOCAL


def hint(board: Board, **asked: str) -> str:
    return str(board.graph(**asked).next)


def as_worker(board: Board) -> Board:
    return Board(board.store, "default", replace(LOCAL, rights="work"))


def test_a_task_that_is_ready_says_what_keeps_it_back(board: Board, clock: ManualClock) -> None:
    board.add([{"key": "a"}, {"key": "b", "capabilities": ["gpu"]}])
    assert hint(board, task="a") == 'claim(task="a")'
    assert hint(board, task="b") == 'claim(task="b") by a session with its `capabilities`'
    finish(board, "a", outcome="failed")
    assert hint(board, task="a") == "an attempt failed: it is offered again in `due_s`"
    clock.advance(minutes=5)
    assert hint(board, task="a") == 'claim(task="a")'
    board.pause()
    assert hint(board, task="a") == "the board is paused: a person resumes it"


def test_a_task_whose_files_are_taken_names_what_has_them(board: Board) -> None:
    board.policy(paths="refuse")
    board.add([{"key": "a", "paths": ["src/**"]}, {"key": "b", "paths": ["src/b.py"]}])
    claim(board, "a")
    said = "its files are taken: it is offered again when `blocked_by` is over"
    assert (hint(board, task="b"), board.graph(task="b").blocked_by) == (said, "a")
    assert board.claim(worker(board)).none is not None  # a claim has come upon it
    assert (hint(board, task="b"), board.graph(task="b").blocked_by) == (said, "a")


def test_what_waits_for_a_cancelled_task_says_so(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    board.cancel(["a"])
    board.edit("b", add_needs=["a"])
    said = 'a is cancelled: edit(task="b", drop_needs=["a"]), or rework(task="a", feedback=...)'
    assert hint(board, task="b") == said
    assert hint(as_worker(board), task="b") == f"for who plans: {said}"


def test_a_worker_with_nothing_but_that_is_sent_to_what_names_it(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    board.cancel(["a"])
    board.edit("b", add_needs=["a"])
    got = board.claim(worker(board))
    assert got.none is not None
    assert (got.none.reason, got.none.counts) == ("stuck", {"waiting": 1, "stuck": 1})
    assert 'graph(view="stuck") names the cancelled tasks' in got.next


def test_a_superseded_task_names_what_stands_in_its_place(board: Board) -> None:
    board.add([{"key": "a"}])
    board.add([{"key": "b", "supersedes": "a"}])
    assert hint(board, task="a") == 'graph(view="task", task="b") shows what stands in its place'


def test_of_a_container_only_parts_that_were_worked_on_are_to_be_reworked(board: Board) -> None:
    board.add([{"key": "a"}])
    board.split("a", [{"key": "a1"}, {"key": "a2"}, {"key": "a3"}])
    with refused(board, "wrong_state", "none of its parts", "edit(task=PART, set={...})"):
        board.rework("a", "wrong")
    board.split("a1", [{"key": "a11"}, {"key": "a12"}])
    finish(board, "a12")
    board.add([{"key": "b", "supersedes": "a2"}])
    finish(board, "b")
    with refused(board, "wrong_state", "rework(task=PART, feedback=...)") as error:
        board.rework("a", "wrong")
    assert error.value.state["parts"] == ["a12", "b"]


def test_a_holder_sends_a_part_of_what_it_needs_back_by_its_lease(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "c", "needs": ["a"]}])
    board.split("a", [{"key": "a1"}, {"key": "a2"}])
    for part in ("a1", "a2"):
        finish(board, part)
    mine, workers = lease(board, "c"), as_worker(board)
    with refused(board, "wrong_state", "rework(task=PART, feedback=..., lease=...)") as error:
        workers.rework("a", "wrong", lease=mine)
    assert error.value.state["parts"] == ["a1", "a2"]
    assert workers.rework("a2", "wrong", lease=mine).requester == "c"


def test_a_late_holder_is_told_what_it_holds_now(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    me = worker(board)
    old = lease(board, "a", me)
    board.release("a")
    claim(board, "b", me)
    with refused(board, "stale_lease", 'claim(task="b") shows it'):
        board.split("a", [{"key": "c"}], lease=old)


def test_only_a_task_that_the_session_can_do_is_offered_for_take_over(
    board: Board, clock: ManualClock
) -> None:
    board.policy(check_minutes=2, lease_minutes=60)
    board.add([{"key": "a", "capabilities": ["gpu"]}])
    claim(board, "a", worker(board, "ann", "gpu"))
    clock.advance(minutes=4)
    assert "take_over" not in board.claim(worker(board)).next
    able = board.claim(worker(board, "bob", "gpu"))
    assert able.next.endswith('claim(task="a", take_over=true): its holder makes no calls any more')


def test_a_review_that_somebody_does_is_not_offered_to_another_agent(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    me = worker(board, "ann")
    board.finish(lease(board, "a", me), summary="made")
    with refused(board, "wrong_state", 'another agent must review it: claim(task="a")'):
        board.claim(me, "a")
    claim(board, "a", worker(board, 'cancel(tasks="b")'))
    hint = "another session reviews it: claim() for other work"
    with refused(board, "wrong_state", hint) as error:
        board.claim(me, "a")
    assert error.value.state["reviewer"] == 'cancel(tasks="b")/2'
    assert "cancel" not in error.value.next


def test_a_worker_is_told_whom_advice_for_planners_is_for(board: Board) -> None:
    low = as_worker(board)
    assert hint(low).endswith("for who plans: add(tasks=[...])")
    board.add([{"key": "a"}])
    finish(board, "a", outcome="blocked", summary="which way?")
    assert hint(low, view="stuck") == f"for who plans: {hint(board, view='stuck')}"
    assert hint(low, task="a") == f"for who plans: {hint(board, task='a')}"


def test_who_has_left_is_told_to_join(board: Board) -> None:
    board.add([{"key": "a"}])
    mine = lease(board)
    assert board.check(mine, leave=True).left
    again = board.check(mine, leave=True)
    assert (again.warnings, again.next) == (None, "join() opens a new session")


def test_a_split_says_every_new_edge(board: Board) -> None:
    board.add([{"key": "a"}])
    board.add([{"key": "b", "supersedes": "a"}])
    assert board.split("b", [{"key": "b1"}]).edges == ["b1 needs a (soft)"]


def test_the_question_of_a_held_task_is_said_once(board: Board) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", outcome="blocked", summary="which way?")
    (item,) = board.graph("stuck").stuck
    said = {"why": "held", "task": "a", "waiting": 0, "question": "which way?"}
    assert item == said | {"outcome": "blocked", "by": "worker/1"}
