"""Foreign words in messages and Markdown: bounded, printable, and without effect."""

from __future__ import annotations

import pytest

from headwater.errors import BadPlan
from headwater.formats.prose import fence, inline, table, when
from headwater.formats.report import PROBLEM_CHARS, Problems, Report, printable, shown


@pytest.mark.parametrize(
    ("text", "limit", "what"),
    [
        ("x" * 80, 80, "x" * 80),
        ("x" * 81, 80, "x" * 77 + "..."),
        ("x" * 10_000, 10, "x" * 7 + "..."),
        ("a\tb\n\u2003c", 80, "a b  c"),
        ("a\x1b[31mb\u202ec", 80, "a\ufffd[31mb\ufffdc"),
        ("a\u200cb\u200dc", 80, "a\u200cb\u200dc"),
    ],
)
def test_a_text_is_shown_on_one_line_and_as_far_as_there_is_room(
    text: str, limit: int, what: str
) -> None:
    assert shown(text, limit) == what


def test_what_may_stay_is_named() -> None:
    assert printable("a\n\tb\rc", also="\n\t") == "a\n\tb c"


def test_five_examples_of_a_decision_are_named() -> None:
    report = Report("x")
    for number in range(5):
        report.keep("kept", f"k{number}")
    for number in range(6):
        report.drop("gone", f"g{number}")
    report.map("changed", "m" * 81)
    assert report.lines() == [
        "kept, 5: kept (k0, k1, k2, k3, k4)",
        f"mapped, 1: changed ({'m' * 77}...)",
        "dropped, 6: gone (g0, g1, g2, g3, g4, ...)",
    ]
    assert report.losses() == ["6: gone (g0, g1, g2, g3, g4, ...)"]


def test_a_problem_is_said_once_and_not_at_length() -> None:
    problems = Problems()
    for what in ("a", "b", "a", "x" * 400):
        problems.add("here", what)
    with pytest.raises(BadPlan, match="the plan has 3 problems") as caught:
        problems.raise_if_any()
    found = caught.value.state["problems"]
    assert isinstance(found, list)
    assert found[:2] == ["here: a", "here: b"]
    assert len(str(found[2])) == PROBLEM_CHARS


def test_nothing_in_a_line_of_markdown_acts() -> None:
    assert inline(" 1. a_b* <i>&amp; [x](y) `c` |\n# d ") == (
        r"1\. a\_b\* &lt;i&gt;&amp;amp; \[x\](y) \`c\` \| \# d"
    )
    assert (inline("- a"), inline("+ a"), inline("2) b")) == (r"\- a", r"\+ a", r"2\) b")
    assert inline("x" * 200) == "x" * 200
    assert inline("x" * 201) == "x" * 197 + "..."


@pytest.mark.parametrize(
    ("text", "ticks"), [("", 3), ("`a`", 3), ("```", 4), ("`` ````` `", 6), ("``", 3)]
)
def test_a_fence_is_longer_than_any_in_the_text(text: str, ticks: int) -> None:
    assert fence(text) == "`" * ticks


def test_a_table_without_rows_is_a_sentence() -> None:
    assert table(["a", "b"], []) == "None."
    assert table(["a"], [], "Nobody.") == "Nobody."
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_a_time_is_in_utc_to_the_second() -> None:
    assert when(0) == ""
    assert when(1_700_000_000_999) == "2023-11-14 22:13:20Z"
