"""What is understood of an agent's last words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from headwater.errors import BadRequest
from headwater.runner.places import ref_part
from headwater.runner.result import BLOCK_LINES, from_file, from_output, plain


@pytest.mark.parametrize(
    ("output", "outcome", "summary"),
    [
        ("Status: DONE\nSummary: a port", "done", "a port"),
        ("**Status:** DONE\n**Summary:** a port\nand a path", "done", "a port\nand a path"),
        (
            "Status: DONE\nSummary: an API\n- Path: /v1\nNeeds: a key",
            "done",
            "an API\n- Path: /v1\nNeeds: a key",
        ),
        ("It works.\n\n```\nStatus: DONE\n```", "done", "It works."),
        ("Status: BLOCKED\nQuestion: which?", "blocked", "which?"),
        ("Which one?\n\nstatus: needs_context", "blocked", "Which one?"),
        ("Status: BLOCKED", "blocked", "it says BLOCKED, not why"),
        (
            "Status: BLOCKED\nQuestion: which port?\nReason: both are taken",
            "blocked",
            "which port?\n\nboth are taken",
        ),
        ("Status: DONE\r\nSummary: a port\r\n", "done", "a port"),
        ("Status: BLOCKED\nQuestion: which?" + "\n" * 60 + "bye", "blocked", "which?\nbye"),
        (
            "Status: BLOCKED\n\nno, wait\n\nStatus: DONE\nSummary: it is there",
            "done",
            "it is there",
        ),
    ],
)
def test_a_status_block_is_understood(output: str, outcome: str, summary: str) -> None:
    found = from_output(output)
    assert found is not None
    assert (found.outcome, found.request.summary) == (outcome, summary)


@pytest.mark.parametrize(
    "output",
    ["", "all fine", "Status: DONE\n" + "more\n" * 60, "the Status: DONE block", "Status: DONEISH"],
)
def test_anything_else_is_no_status_block(output: str) -> None:
    assert from_output(output) is None


def test_concerns_reach_who_builds_on_it_and_who_watches() -> None:
    found = from_output("Status: DONE_WITH_CONCERNS\nSummary: x\nConcerns: slow")
    assert found is not None
    assert found.request.summary == "x\n\nConcerns: slow"
    assert found.said == "Concerns: slow"


def test_a_long_summary_leaves_room_for_the_concerns() -> None:
    found = from_output(f"Status: DONE_WITH_CONCERNS\nSummary: {'x' * 9_000}\nConcerns: slow")
    assert found is not None
    assert found.request.summary.endswith("x\n\nConcerns: slow")


def test_who_asks_may_say_how_far_it_is() -> None:
    found = from_output("Status: BLOCKED\nQuestion: which port?\nSummary: all but the server")
    assert found is not None
    assert found.request.summary == found.said == "which port?"
    assert found.request.notes == "all but the server"
    unasked = from_output("Status: BLOCKED\nSummary: which port?")
    assert unasked is not None
    assert (unasked.request.summary, unasked.request.notes) == ("which port?", "")


def test_a_block_has_as_many_lines_as_the_prompt_says() -> None:
    lines = ["Status: DONE", "Summary: first", *["more"] * (BLOCK_LINES - 3), "last"]
    found = from_output("\n".join(lines))
    assert found is not None
    assert found.request.summary.startswith("first\nmore\n")
    assert found.request.summary.endswith("\nlast")
    assert from_output("\n".join([*lines, "one too many"])) is None


def test_without_a_block_the_last_paragraph_is_the_summary() -> None:
    found = plain("noise\n\nThe parser\nreads it.\n\n")
    assert found.request.summary == "The parser\nreads it."
    assert "neither in a status block nor in a file" in found.said


def test_without_a_block_what_is_certain_has_its_room_beside_the_last_paragraph() -> None:
    found = plain("x" * 9_000, "Files changed: a.py")
    assert found.request.summary.endswith("x\n\nFiles changed: a.py")
    assert plain("", "Files changed: a.py").request.summary == "Files changed: a.py"


def test_keys_that_git_refuses_get_branches_of_their_own() -> None:
    assert ref_part("a.b") == "a.b"
    odd = ["a..b", "a.lock", "a.", "a-b"]
    assert len({ref_part(key) for key in odd}) == len(odd)
    for key in odd:
        assert ".." not in ref_part(key)
        assert not ref_part(key).endswith((".", ".lock"))


def test_a_result_file_nested_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text("[" * 200_000)
    with pytest.raises(BadRequest, match="not JSON"):
        from_file(path)


@pytest.mark.timeout(20)
def test_a_pipe_in_the_place_of_the_result_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "result.json")
    with pytest.raises(BadRequest, match="no regular file"):
        from_file(tmp_path / "result.json")


def test_a_result_file_of_any_size_is_refused_and_not_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "result.json").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(BadRequest, match="larger than"):
        from_file(tmp_path / "result.json")
