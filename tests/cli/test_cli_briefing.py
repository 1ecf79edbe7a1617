"""The briefing as a page of the terminal: whose each text is."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from cli_runs import Cli


def test_a_review_of_an_earlier_round_does_not_look_like_an_attempt(cli: Cli) -> None:
    cli("add", "a", "--review")
    cli("claim")
    cli("finish", "--summary", "first")
    cli("claim", HEADWATER_AGENT="rob")
    cli("finish", "--outcome", "approve", HEADWATER_AGENT="rob")
    cli("rework", "a", "and a test", HEADWATER_AGENT="pat")
    page = cli("claim").out
    assert "\nreviewed before by rob/2, approved\n" in page
    assert "\ntried before by tester/1, done\n" in page


def test_the_command_that_shows_what_was_left_out_is_never_cut(cli: Cli) -> None:
    keys = [f"{'k' * 60}-{at}" for at in range(8)]
    tasks = [{"key": key, "title": "t" * 200} for key in keys]
    cli("add", "--file", "-", stdin=json.dumps([*tasks, {"key": "end-" + "e" * 90, "needs": keys}]))
    cli("claim")
    for _ in keys[1:]:
        cli("finish", "--summary", "s" * 4_000, "--claim-next")
    cli("finish", "--summary", "s" * 4_000)
    page = cli("claim", "--brief", "short").out.splitlines()
    (line,) = [one for one in page if " shortened: " in one]
    assert line.endswith("--brief full has room for more")
    assert len(line) > 400


def test_values_that_differ_may_each_be_its_own(cli: Cli) -> None:
    for key in ("bars", "heat"):
        cli("add", key)
        cli("claim")
        cli("finish", "--summary", "made", "--critical", f"signature={key}(rows)")
    cli("add", "page", "--needs", "bars,heat")
    said = "different values of one key, perhaps each its own: signature (bars, heat)\n"
    assert said in cli("claim").out


def test_what_was_said_to_the_whole_is_said_so_to_its_parts(cli: Cli) -> None:
    cli("add", "up")
    cli("add", "big", "--needs", "up")
    cli("claim")
    cli("finish", "--summary", "made", "--delivered", "big=call it so")
    part = '{"key": "part", "contracts": [{"task": "up", "promise": "how to call it"}]}'
    split = cli("split", "big", "--file", "-", stdin=f"[{part}]").out
    assert "critical keys and summary, and what it said to big, if anything, are there" in split
    assert "  said to big:\n  | call it so\n" in cli("claim").out


def test_a_review_shows_first_what_is_to_be_judged_and_what_it_lacks(cli: Cli) -> None:
    cli("add", "up")
    cli("add", "a", "--review", "--needs", "up", "--acceptance", "it runs")
    for key in ("up", "a"):
        cli("claim")
        cli("finish", "--summary", f"made {key}")
    page = cli("claim", "--kind", "review", HEADWATER_AGENT="rob").out
    assert page.index("| made a\nno evidence for acceptance: 1\n") < page.index("| made up\n")
    assert "\nreview  round 1" in page
    said = cli("finish", "--outcome", "reject", "--notes", "no", HEADWATER_AGENT="rob").out
    assert said.startswith("a  sent back, ready\nnext: what you said goes to its next attempt, ")
    assert "; headwater claim --kind review --wait 600 waits for the next review, " in said
    cli("claim")
    cli("finish", "--summary", "made anew", "--evidence", "1=ran it")
    again = cli("claim", "--kind", "review", HEADWATER_AGENT="rob").out
    assert "\nreview after 1 rejection  round 1" in again
    assert "no evidence" not in again
    assert "\nreviewed before by rob/2, rejected\n" in again


def test_an_approval_that_waits_for_its_merge_is_called_so(cli: Cli) -> None:
    cli("policy", "release_on=merged")
    cli("add", "a", "--review")
    cli("claim")
    cli("finish")
    cli("claim", HEADWATER_AGENT="rob")
    said = cli("finish", "--outcome", "approve", HEADWATER_AGENT="rob").out
    assert said.startswith("a  approved, not done yet\nnext: it is done when its branch is merged")
    none = cli("claim", "--kind", "review", code=3, HEADWATER_AGENT="rob").out
    assert "\n  a is accepted, and waits to be merged\n" in none
    late = cli("finish", "--outcome", "reject", "--notes", "x", code=1, HEADWATER_AGENT="rob").err
    assert "headwater rework TASK FEEDBACK sends back what you have approved" in late


def test_who_asks_for_reviews_hears_why_there_is_none_and_what_ended_its_wait(cli: Cli) -> None:
    cli("join", HEADWATER_AGENT="rob")
    cli("add", "a")
    cli("add", "b")
    cli("claim", "a")
    cli("finish", "--outcome", "blocked", "--summary", "which port?")
    page = cli("claim", "--kind", "review", code=3, HEADWATER_AGENT="rob").out
    assert "you are told" not in page, "what planners are to do keeps nobody from reviews"
    cli("tell", "reviewers", "mind the ports")
    page = cli("claim", "--kind", "review", code=3, HEADWATER_AGENT="rob").out
    assert "\nyou are told, which ends a wait:\nnotice 1: blocked about a, " in page
    assert "  | mind the ports\n" in page
    cli("answer", "a", "8080")
    page = cli("claim", "--kind", "review", code=3, HEADWATER_AGENT="rob").out
    assert page.startswith("nothing to claim: nothing of this kind now\n  also: 2 ready\n")


def test_a_review_says_where_it_was_made(cli: Cli, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "-b", "ann", str(tmp_path)], check=True)
    cli("add", "a", "--review")
    cli("claim")
    cli("finish", "--summary", "made")
    page = cli("claim", HEADWATER_AGENT="rob").out
    assert f"\nto review by tester/1, at branch ann, workspace {tmp_path}:\n  | made\n" in page


def test_an_attempt_that_ended_for_more_upstreams_is_said_in_words(cli: Cli) -> None:
    cli("add", "a")
    cli("claim")
    cli("add", "b")
    cli("edit", "a", "--add-needs", "b")
    cli("claim", "b")
    cli("finish", "--summary", "made")
    page = cli("claim").out
    assert "\ntried before by tester/1, given back until more upstreams are done" in page


def test_an_upstream_done_again_says_what_it_told_before_and_what_its_reviewer_remarked(
    cli: Cli,
) -> None:
    cli("add", "a", "--review")
    cli("add", "b", "--needs", "a")
    for summary in ("POST /orders takes a list", "a typo"):
        cli("claim", "a")
        cli("finish", "--summary", summary)
        cli("claim", "a", HEADWATER_AGENT="rev")
        cli("finish", "--outcome", "approve", "--notes", "mind the empty list",
            HEADWATER_AGENT="rev")  # fmt: skip
        if summary != "a typo":
            cli("rework", "a", "a typo")
    shown = cli("claim", "b").out
    assert (
        "from a  by tester/1:\n"
        "  | a typo\n"
        "  in round 1 it said:\n"
        "  | POST /orders takes a list\n"
        "  rev/2 approved it and remarks:\n"
        "  | mind the empty list\n"
    ) in shown
