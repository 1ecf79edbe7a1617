"""The picture: what it shows, and that no title can break out of it."""

from __future__ import annotations

import re

import pytest
from hands import finish
from hypothesis import given
from hypothesis import strategies as st

from headwater import Board
from headwater.operations.look.mermaid import escape

_NODE = re.compile(r'    n\d+\["(?:[\w \-]|…|#\d+;|<br/>)*"\]:::[a-z]+')
_LINK = re.compile(r"    n\d+ (?:-->|-\.->|==>) n\d+")
_CLASS = re.compile(r"    classDef [a-z]+ fill:#[0-9a-f]{6},color:#000")

HOSTILE = [
    'x"] --> evil["y',
    "a]:::done",
    "%%{init: {'theme': 'dark'}}%%",
    "```\nclick n1 href 'javascript:alert(1)'".replace("\n", " "),
    "<script>alert(1)</script>",
    "end; subgraph x",
    "#quot;#35;",
    "`**markdown**`",
    "&lt;b&gt;",
]


def lines(picture: str) -> list[str]:
    """The lines after the first, each of which must be one of the three kinds."""
    first, *rest = picture.splitlines()
    assert first == "flowchart TD"
    for line in rest:
        assert _NODE.fullmatch(line) or _LINK.fullmatch(line) or _CLASS.fullmatch(line), line
    return rest


def nodes(picture: str) -> dict[str, str]:
    """Node name by key, for tasks without a title."""
    found = [re.match(r'    (n\d+)\["([^"<]*)', line) for line in lines(picture)]
    return {
        match[2].replace("#46;", ".").replace("#95;", "_"): match[1] for match in found if match
    }


def links(picture: str) -> set[tuple[str, str, str]]:
    named = {name: key for key, name in nodes(picture).items()}
    found: set[tuple[str, str, str]] = set()
    for line in lines(picture):
        if _LINK.fullmatch(line):
            upstream, arrow, task = line.split()
            found.add((named[upstream], arrow, named[task]))
    return found


def test_tasks_are_nodes_and_arrows_lead_from_upstream_to_consumer(board: Board) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "b", "needs": ["a"], "soft": ["c"]}, {"key": "c"}])
    board.split("c", into=[{"key": "c1"}])
    finish(board, "a")
    picture = board.graph("mermaid").mermaid
    assert links(picture) == {("a", "-->", "b"), ("c", "-.->", "b"), ("c1", "==>", "c")}
    assert '["a"]:::done' in picture
    assert '["c"]:::split' in picture
    assert "classDef done" in picture
    assert "classDef failed" not in picture


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_stays_inside_its_label(board: Board, title: str) -> None:
    board.add(tasks=[{"key": "a", "title": title}, {"key": "b"}])
    for at in (0, board.revision()):
        picture = board.graph("mermaid", at=at).mermaid
        assert len(lines(picture)) == 3
        assert "-->" not in picture


@given(st.text(max_size=200))
def test_whatever_the_text_only_letters_digits_blanks_and_entities_are_left(text: str) -> None:
    escaped = escape(text)
    assert re.fullmatch(r"(?:[^\W_]|[ \-]|#\d+;)*", escaped)
    plain = re.sub(r"#(\d+);", lambda match: chr(int(match[1])), escaped)
    assert plain == text or (plain.endswith("…") and text.startswith(plain[:-1]))


def test_the_neighbourhood_of_a_task_is_two_steps_each_way(board: Board) -> None:
    board.add(
        tasks=[{"key": f"t{n}", "needs": [f"t{n - 1}"] if n else []} for n in range(9)]
        + [{"key": "sibling", "needs": ["t3"]}]
    )
    reply = board.graph("mermaid", task="t4")
    assert set(nodes(reply.mermaid)) == {"t2", "t3", "t4", "t5", "t6"}
    assert reply.note is None


def test_a_large_board_is_cut_to_what_is_unfinished_with_a_note(board: Board) -> None:
    board.add(tasks=[{"key": f"t{n:03}"} for n in range(205)])
    for n in range(10):
        finish(board, f"t{n:03}")
    reply = board.graph("mermaid")
    shown = nodes(reply.mermaid)
    assert len(shown) == 195
    assert "t000" not in shown
    assert reply.note.startswith("195 of 205 tasks: the unfinished ones")


def test_never_more_than_two_hundred_nodes(board: Board) -> None:
    board.add(tasks=[{"key": "hub"}, *({"key": f"t{n}", "needs": ["hub"]} for n in range(250))])
    for arguments in ({}, {"task": "hub"}, {"at": 1}, {"at": 1, "task": "hub"}):
        reply = board.graph("mermaid", **arguments)
        assert len(nodes(reply.mermaid)) == 200, arguments
        assert reply.note is not None


def test_a_past_neighbourhood_reads_each_of_its_tasks_once(
    board: Board, statements: list[str]
) -> None:
    board.add(tasks=[{"key": "hub"}, *({"key": f"t{n}", "needs": ["hub"]} for n in range(50))])
    statements.clear()
    assert len(nodes(board.graph("mermaid", task="hub", at=1).mermaid)) == 51
    assert 51 <= len(statements) < 51 + 12


def test_the_picture_of_the_past_has_the_edges_of_the_past(board: Board) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "b", "needs": ["a"]}])
    then = board.revision()
    board.edit("b", drop_needs=["a"])
    assert links(board.graph("mermaid").mermaid) == set()
    assert links(board.graph("mermaid", at=then).mermaid) == {("a", "-->", "b")}
    assert links(board.graph("mermaid", at=then, task="b").mermaid) == {("a", "-->", "b")}


def test_an_empty_board_is_an_empty_picture(board: Board) -> None:
    assert board.graph("mermaid").mermaid == "flowchart TD\n"
