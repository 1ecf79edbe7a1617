"""What a shell prints leads nobody astray who reads it for the first time."""

from __future__ import annotations

import re

from cli_runs import Cli


def test_who_tells_something_learns_when_it_is_read_and_by_whom_not(cli: Cli) -> None:
    cli("add", "a")
    cli("join", HEADWATER_AGENT="ann")
    told = cli("tell", "agent:ann", "take the second", "--task", "a").out
    first, step = told.splitlines()
    assert first == "notice 1 to agent:ann, for 1 session here now"
    assert step.startswith("next: they read it at their next check, or with their next task")
    assert step.endswith("; headwater edit a says it to who claims a later")
    rules = cli("tell", "rules", "tabs").out
    assert "\nnext: all of `rules` stands in every briefing from now on; " in rules
    assert "headwater tell rules:new TEXT replaces it" in rules


def test_a_notice_that_is_cut_names_the_command_that_shows_it_whole(cli: Cli) -> None:
    cli("join", HEADWATER_AGENT="boss")
    cli("add", "a")
    cli("claim")
    cli("finish", "--outcome", "blocked", "--summary", "which port? " * 200)
    told = cli("check", HEADWATER_AGENT="boss").out
    assert " [...]\n  headwater graph a --view task shows it whole\n" in told
    whole = cli("graph", "a", "--view", "task").out
    assert "which port? " * 200 in " ".join(whole.split()) + " "


def test_a_task_that_is_held_for_an_answer_is_said_to_be_just_that(cli: Cli) -> None:
    cli("add", "a")
    cli("claim")
    cli("finish", "--outcome", "blocked", "--summary", "which port?")
    cli("add", "b")
    cli("claim")
    none = cli("claim", code=3, HEADWATER_AGENT="other").out
    assert "\n  a is held, until somebody answers\n" in none
    assert "stuck" not in none
    assert "needs an answer: headwater answer a TEXT, if it is yours to decide" in cli("status").out


def test_what_is_stuck_and_waits_for_no_answer_is_counted(cli: Cli) -> None:
    cli("add", "a", "--attempts", "1")
    cli("claim")
    cli("finish", "--outcome", "failed", "--notes", "no display")
    cli("add", "b")
    cli("claim")
    none = cli("claim", code=3, HEADWATER_AGENT="other").out
    assert "  also: 1 stuck\n" in none
    assert "  a has failed\n" in none


def test_a_finish_says_in_one_word_where_the_task_is(cli: Cli) -> None:
    cli("add", "a", "--review")
    cli("claim")
    assert cli("finish", "--summary", "x").out.startswith("a  delivered, in review\n")
    amended = cli("finish", "--outcome", "amend", "--summary", "y").out
    assert amended.startswith("a  amended, in review\n")
    cli("add", "b")
    cli("claim", "b")
    assert cli("finish", "--outcome", "release", "--notes", "z").out.startswith(
        "b  ready  (release)"
    )


def test_who_fails_learns_when_and_how_often_it_is_tried_again(cli: Cli) -> None:
    cli("add", "a")
    cli("claim")
    failed = cli("finish", "--outcome", "failed", "--notes", "no display").out
    assert re.search(
        r"\nnext: it is offered again in \d+ s, 2 attempts are left; headwater claim", failed
    )
    cli("add", "b", "--attempts", "2")
    cli("claim", "b")
    then = cli("finish", "--outcome", "failed", "--notes", "no display", "--claim-next").out
    assert re.search(r"\n  it is offered again in \d+ s, 1 attempt is left\n", then)
