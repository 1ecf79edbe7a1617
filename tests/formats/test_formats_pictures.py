"""Pictures of a board."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from headwater import Board
from headwater.formats import pictures
from headwater.formats.layers import layers
from headwater.operations.overview import Picture, picture

EVIL = '</title><script>alert(1)</script>" \\ ]]> & `x`\x1b[31m\u202e'


@pytest.fixture
def seen(tmp_path: Path) -> Picture:
    with Board.open(tmp_path / "board.db") as board:
        board.import_tasks(
            [
                {"key": "a", "title": "Design", "state": "done"},
                {"key": "b", "needs": ["a"]},
                {"key": "c", "title": "Docs", "needs": ["a"], "soft": ["b"]},
                {"key": "d", "needs": ["b", "c"], "candidates": ["a"]},
            ]
        )
        session = board.join("me").session
        board.add([{"key": "evil", "title": EVIL.replace("\x1b", "").replace("\u202e", "")}])
        board.claim(session, "b")
        return board.store.read(lambda tx: picture(tx, "default"))


def test_a_column_lies_right_of_all_that_it_needs() -> None:
    needs = {"b": ["a"], "c": ["a"], "d": ["b", "c"], "e": ["a"]}
    columns = layers(["d", "e", "a", "c", "b"], needs)
    assert [sorted(column) for column in columns] == [["a"], ["b", "c", "e"], ["d"]]
    assert layers([], {}) == []
    with pytest.raises(ValueError, match="circle"):
        layers(["a", "b"], {"a": ["b"], "b": ["a"]})


def test_two_chains_side_by_side_do_not_cross() -> None:
    names = ["a1", "b1", "b2", "a2", "a3", "b3"]
    needs = {"a2": ["a1"], "b2": ["b1"], "a3": ["a2"], "b3": ["b2"]}
    assert layers(names, needs) == [["a1", "b1"], ["a2", "b2"], ["a3", "b3"]]


def test_an_svg_stands_alone_with_a_box_for_each_task_and_a_line_for_each_edge(
    seen: Picture,
) -> None:
    text = pictures.as_svg(seen)
    root = ET.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f".//{space}rect")) == 5
    assert len(root.findall(f"{space}g/{space}path")) == 6
    assert sum("stroke-dasharray" in path.attrib for path in root.iter(f"{space}path")) == 2
    titles = [one.text or "" for one in root.iter(f"{space}title")]
    assert any(one.startswith("b (active, me/") for one in titles)
    assert root.find(f".//{space}script") is None
    assert "href" not in text


def test_no_text_of_an_agent_becomes_markup(seen: Picture) -> None:
    page = pictures.as_html(seen, EVIL)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "default-src 'none'" in page
    for outside in ("http://", "https://", "src="):
        assert outside not in page.replace("http://www.w3.org/2000/svg", "")
    dot = pictures.as_dot(seen, EVIL)
    assert '\\" \\\\ ]]>' in dot
    assert all(line.count('"') - line.count('\\"') in (0, 2, 4) for line in dot.splitlines()[3:])


def test_dot_and_mermaid_tell_kinds_of_edges_apart(seen: Picture) -> None:
    key = {node.id: node.key for node in seen.nodes}
    names = {value: id for id, value in key.items()}
    dot = pictures.as_dot(seen)
    assert f"n{names['a']} -> n{names['b']};" in dot
    assert f"n{names['b']} -> n{names['c']} [style=dashed];" in dot
    assert f"n{names['a']} -> n{names['d']} [style=dotted];" in dot
    drawn = pictures.as_mermaid(seen)
    assert drawn.startswith("flowchart TD\n")
    assert "-.->" in drawn


def test_an_empty_board_is_an_empty_picture() -> None:
    ET.fromstring(pictures.as_svg(Picture([], [])))
    assert "0 tasks" in pictures.as_html(Picture([], []), "empty")
