"""Rules: what holds for all tasks of a board stands in every briefing."""

from __future__ import annotations

import json

import pytest
from hands import claim, events, finish, refused, worker

from headwater import Board, limits
from headwater.operations.caller import Caller

NO_NETWORK = "- No network in tests.\n- Commit messages in the imperative."


@pytest.mark.parametrize("size", ["short", "normal", "full"])
def test_every_briefing_has_the_rules_whole(board: Board, size: str) -> None:
    rules = "x" * limits.RULES_BYTES
    board.add([{"key": "a", "spec": "y" * 10_000}])
    board.tell("rules", rules)
    assert board.claim(worker(board), brief=size).rules == rules


def test_a_reviewer_and_the_next_round_read_them_too(board: Board) -> None:
    board.add([{"key": "a", "review": True}])
    board.tell("rules", NO_NETWORK)
    finish(board, "a")
    judging = board.claim(worker(board, "other"), kind="review")
    assert judging.rules == NO_NETWORK
    board.finish(judging.lease or "", outcome="reject", notes="no")
    assert claim(board, "a").rules == NO_NETWORK


def test_a_board_without_rules_says_nothing_of_them(board: Board) -> None:
    board.add([{"key": "a"}])
    assert "rules" not in claim(board, "a").as_dict()


def test_a_rule_is_added_to_those_that_there_are(board: Board) -> None:
    assert board.tell("rules", "one").rules == "one"
    assert board.tell("rules", " two \n").rules == "one\ntwo"
    assert board.tell("rules", "tw").rules == "one\ntwo\ntw"
    assert board.tell("rules:new", "one\ntwo").rules == "one\ntwo"
    board.add([{"key": "a"}])
    assert claim(board, "a").rules == "one\ntwo"


def test_new_rules_replace_all_others(board: Board) -> None:
    board.tell("rules", "one")
    assert board.tell("rules:new", "two").rules == "two"
    board.add([{"key": "a"}])
    assert claim(board, "a").rules == "two"


def test_rules_that_are_full_are_shown_to_who_has_to_shorten_them(board: Board) -> None:
    full = "x" * (limits.RULES_BYTES - 4)
    board.tell("rules", full)
    with refused(board, "bad_request", "with this the rules are 2001", 'to="rules:new"') as error:
        board.tell("rules", "more")
    assert error.value.state == {"rules": full}
    assert board.tell("rules", "mor").rules == f"{full}\nmor"


def test_who_is_at_work_is_told_of_what_is_new(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c"}])
    ann, idle, lead = worker(board, "ann"), worker(board, "idle"), worker(board, "lead")
    claim(board, "a", ann)
    claim(board, "b", lead)
    board.tell("rules", "one", session=lead)
    board.tell("rules", NO_NETWORK, session=lead)
    board.tell("rules:new", "two", session=lead)
    told = board.check(session=ann).notices or []
    assert [(one.kind, one.task, one.text, one.data) for one in told] == [
        ("rules", "a", "one", None),
        ("rules", "a", NO_NETWORK, None),
        ("rules", "a", "two", {"instead": True}),
    ]
    assert told[0].by.startswith("lead/")
    assert board.check(session=lead).notices is None, "it said so itself"
    given = board.claim(idle)
    assert (given.rules, given.notices) == ("two", None), "the briefing has them"


def test_who_has_ended_meanwhile_reads_them_in_the_next_briefing(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}])
    ann = worker(board, "ann")
    held = claim(board, "a", ann)
    board.tell("rules", "one")
    given = board.finish(held.lease or "", claim_next=True).claimed
    assert given is not None
    assert (given.task, given.rules, given.notices) == ("b", "one", None)


def test_the_same_rules_again_tell_nobody(board: Board) -> None:
    board.tell("rules", "someone\none\none more")
    board.add([{"key": "a"}])
    ann = worker(board, "ann")
    claim(board, "a", ann)
    board.tell("rules", "one")
    board.policy(paths="off")
    assert not board.check(session=ann).notices


def test_a_person_sets_and_takes_them_back_as_a_policy(board: Board) -> None:
    board.policy(rules="one")
    board.add([{"key": "a"}, {"key": "b"}])
    assert claim(board, "a").rules == "one"
    board.policy(rules="")
    assert claim(board, "b").rules is None


def test_rules_that_are_too_long_are_refused_with_the_limit(board: Board) -> None:
    board.tell("rules", "one")
    with refused(board, "bad_request", "the rules of a board are", str(limits.RULES_BYTES)):
        board.policy(rules="ü" * (limits.RULES_BYTES // 2 + 1))
    for wrong in (5, "nul \x00"):
        with refused(board, "bad_request", "policy rules is a text"):
            board.policy(rules=wrong)


@pytest.mark.parametrize("to", ["rules", "rules:new"])
def test_a_rule_without_a_word_is_none(board: Board, to: str) -> None:
    board.tell("rules", "one")
    with refused(board, "bad_request", "a rule needs text", "headwater policy rules="):
        board.tell(to, " \n")


def test_rules_are_about_no_task_and_have_no_topic(board: Board) -> None:
    board.add([{"key": "a"}])
    for beside in ({"task": "a"}, {"topic": "style"}):
        with refused(board, "bad_request", "hold for all tasks", "edit"):
            board.tell("rules", "one", **beside)


def test_only_who_may_plan_sets_rules(board: Board) -> None:
    with refused(board, "forbidden", "needs the right 'plan'"):
        Board(board.store, board.name, Caller(rights="work")).tell("rules", "one")


def test_a_repeated_request_is_answered_as_at_first(board: Board) -> None:
    first = board.tell("rules", "one", request="r")
    board.tell("rules", "two")
    assert board.tell("rules", "one", request="r") == first
    assert board.plan().rules == "one\ntwo"


def test_the_log_has_what_they_were_and_are(board: Board) -> None:
    board.tell("rules", "one")
    then = board.revision()
    board.tell("rules", "two")
    changed = board.graph("diff", since=then).settings
    assert changed == [{"setting": "policy", "name": "rules", "was": "one", "now": "one\ntwo"}]
    assert events(board)[-2:] == ["policy", "policy"]
    assert board.verify() == []


def test_a_secret_in_them_is_redacted_wherever_it_stands(board: Board) -> None:
    other = Board(board.store, "other", Caller())
    for one in (board, other):
        one.tell("rules", "the password is hunter2")
        one.tell("rules", "hunter2, again")
    board.redact("hunter2")
    for one in (board, other):
        one.add([{"key": "a"}])
        assert claim(one, "a").rules == "the password is [redacted]\n[redacted], again"
        assert one.verify() == []
        assert "hunter2" not in json.dumps(one.graph("diff", since=0).as_dict())


def test_a_plan_brings_its_rules_and_takes_them_along(board: Board) -> None:
    reply = board.import_tasks([{"key": "a"}], rules=NO_NETWORK)
    assert reply.rules == "set"
    assert board.plan().rules == NO_NETWORK
    assert board.import_tasks([{"key": "b"}], rules=f"{NO_NETWORK}\n").rules is None
    assert board.import_tasks([{"key": "c"}]).rules is None
    assert claim(board, "a").rules == NO_NETWORK


def test_a_board_keeps_its_own_rules_but_on_an_update(board: Board) -> None:
    board.tell("rules", "mine")
    assert board.import_tasks([{"key": "a"}], rules="theirs").rules == "kept"
    assert board.plan().rules == "mine"
    tried = board.import_tasks([{"key": "a"}], rules="theirs", existing="update", dry_run=True)
    assert tried.rules == "set"
    assert board.plan().rules == "mine"
    board.import_tasks([{"key": "a"}], rules="theirs", existing="update")
    assert board.plan().rules == "theirs"


def test_an_import_with_rules_that_are_too_long_adds_nothing(board: Board) -> None:
    with refused(board, "bad_request", str(limits.RULES_BYTES)):
        board.import_tasks([{"key": "a"}], rules="x" * (limits.RULES_BYTES + 1))
