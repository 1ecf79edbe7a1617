"""Tell: whom a message reaches, and which targets are refused."""

from __future__ import annotations

import json

import pytest
from hands import finish, refused, rows, worker

from headwater import Board
from headwater.clock import ManualClock
from headwater.operations.caller import Caller


def _reached(board: Board, target: str, topic: str = "") -> set[str]:
    sessions = {
        "plain": worker(board, "ann"),
        "gpu": worker(board, "bob", "gpu"),
    }
    said = board.tell(target, "x", topic=topic)
    got = {name for name, one in sessions.items() if board.check(session=one).notices}
    assert said.reached == len(got)
    assert said.next.startswith("they read it") == bool(got)
    return got


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        ("all", {"plain", "gpu"}),
        ("workers", {"plain", "gpu"}),
        ("reviewers", {"plain", "gpu"}),
        ("workers:gpu", {"gpu"}),
        ("reviewers:gpu", {"gpu"}),
        ("agent:ann", {"plain"}),
        ("agent:nobody", set()),
        ("workers:rust", set()),
    ],
)
def test_a_target_reaches_exactly_those_it_names(
    board: Board, target: str, reached: set[str]
) -> None:
    assert _reached(board, target) == reached


def test_a_topic_alone_reaches_everybody_under_that_topic(board: Board) -> None:
    ann = worker(board, "ann")
    said = board.tell(text="v2 is out", topic="api")
    told = board.check(session=ann).notices
    assert said.to == "all"
    assert told is not None
    assert (told[0].topic, told[0].text) == ("api", "v2 is out")


@pytest.mark.parametrize(
    "target",
    [
        "",
        "nobody",
        "agent:",
        "agent:a:b",
        "workers:",
        "workers:a,b",
        "session:1",
        "everyone",
        "planners:x",
        "topic:x",
        "ALL",
        "all ",
    ],
)
def test_another_target_is_refused_with_the_known_forms(board: Board, target: str) -> None:
    with refused(board, "bad_request", "agent:NAME", "topic"):
        board.tell(target, "x")


@pytest.mark.parametrize("target", ["all\n", "agent:a\x00", "x" * 401])
def test_a_target_that_is_no_line_of_text_is_refused(board: Board, target: str) -> None:
    with refused(board, "bad_request", "to:"):
        board.tell(target, "x")


@pytest.mark.parametrize("text", ["", "x" * (1 << 20), "a\x00b"])
def test_an_empty_oversized_or_broken_text_is_refused(board: Board, text: str) -> None:
    with refused(board, "bad_request", "text"):
        board.tell("all", text)


def test_a_message_about_an_unknown_task_is_refused(board: Board) -> None:
    with refused(board, "unknown_task", "'ghost'"):
        board.tell("all", "x", task="ghost")


def test_the_task_and_the_sender_are_shown(board: Board) -> None:
    board.add([{"key": "a"}])
    ann, bob = worker(board, "ann"), worker(board, "bob")
    board.tell("agent:bob", "look at this", task="a", session=ann)
    told = board.check(session=bob).notices
    assert told is not None
    assert (told[0].task, str(told[0].by).split("/")[0]) == ("a", "ann")


def test_a_caller_that_may_only_observe_cannot_tell(board: Board) -> None:
    observer = Board(board.store, board.name, Caller(credential="o", rights="observe"))
    with refused(board, "forbidden", "needs the right 'work'"):
        observer.tell("all", "x")


def test_a_session_as_it_is_shown_stands_for_its_agent(board: Board) -> None:
    ann = board.join("ann")
    assert ann.agent.startswith("ann/")
    assert board.tell(f"agent:{ann.agent}", "the port is 80").to == "agent:ann"
    told = board.check(session=ann.session).notices
    assert [one.text for one in told or []] == ["the port is 80"]


def test_an_agent_is_reached_by_the_name_that_it_joined_with(board: Board) -> None:
    team = board.join("team/ann").session
    board.tell("agent:team/ann", "hello")
    assert [one.text for one in board.check(session=team).notices or []] == ["hello"]


def test_who_tells_an_agent_that_is_not_there_learns_it(board: Board) -> None:
    worker(board, "ann")
    assert board.tell("agent:ann/1", "x").next.startswith("they read it at their next check")
    absent = board.tell("agent:anne", "x").next
    assert "no agent of that name has called" in absent
    assert absent.endswith("lists them; did you mean ann?")


def test_who_tells_a_group_of_which_nobody_is_here_learns_it(board: Board) -> None:
    ann = worker(board, "ann", "gpu")
    told = board.tell("workers:gpu", "x", session=ann)
    assert (told.reached, told.next) == (
        0,
        "no other session that is here now gets it: who is away gets it when it resumes, "
        "who joins later does not",
    )
    assert board.check(session=worker(board, "bob", "gpu")).notices is None
    assert board.tell("workers:gpu", "y", session=ann).reached == 1


@pytest.mark.parametrize("how", ["silent", "left"])
def test_who_is_away_is_not_counted(board: Board, clock: ManualClock, how: str) -> None:
    ann = worker(board, "ann")
    if how == "left":
        board.check(session=ann, leave=True)
    else:
        clock.advance(minutes=11)
    told = board.tell("agent:ann", "x")
    assert told.reached == board.tell("all", "x").reached == 0
    assert "no agent of that name has called lately" in told.next


def test_an_agent_that_tells_only_itself_is_told_that_nobody_else_gets_it(board: Board) -> None:
    ann = worker(board, "ann")
    told = board.tell("agent:ann", "remember the port", session=ann)
    assert (told.reached, told.next.split(":")[0]) == (
        0,
        "no other session that is here now gets it",
    )


def test_who_plans_learns_that_a_later_holder_does_not_get_a_message(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    finish(board, "b")
    ann = worker(board, "ann")
    told = board.tell("agent:ann", "tabs, not blanks", task="a").next
    assert told.endswith('; edit(task="a") says it to who claims a later')
    assert "edit(" not in board.tell("agent:ann", "well done", task="b").next
    assert "edit(" not in board.tell("planners", "which one?", task="a", session=ann).next
    other = Board(board.store, board.name, Caller(board.caller.credential, "work"))
    assert "edit(" not in other.tell("agent:ann", "look at this", task="a").next


def test_how_many_planners_there_are_is_not_known(board: Board) -> None:
    told = board.tell("planners", "x")
    assert told.reached is None
    assert told.next.startswith("they read it at their next check")


def test_a_message_about_a_split_task_goes_to_whom_it_names_and_no_further(board: Board) -> None:
    board.add([{"key": "big"}])
    board.split("big", [{"key": "b1"}])
    holder, other = worker(board, "ann"), worker(board, "bob")
    board.claim(holder, "b1")
    board.tell("agent:bob", "x", task="big")
    assert board.check(session=holder).notices is None
    board.tell("workers", "y", task="big", session=other)
    assert [one.text for one in board.check(session=holder).notices or []] == ["y"]


def test_the_log_says_what_was_told_to_whom_and_how_many_it_reached(board: Board) -> None:
    worker(board, "ann")
    board.tell("agent:ann", "v2 is out", topic="api")
    board.tell("planners", "what now?")
    logged = rows(board, "SELECT data FROM event WHERE kind = 'told' ORDER BY revision")
    assert [json.loads(one["data"]) for one in logged] == [
        {"to": "agent:ann", "topic": "api", "text": "v2 is out", "reached": 1},
        {"to": "planners", "topic": "", "text": "what now?"},
    ]
