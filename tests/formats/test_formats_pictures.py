"""Pictures of a board."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from headwater import Board
from headwater.formats import pictures
from headwater.formats.layers import Pass, layers
from headwater.operations.overview import Picture, picture
from headwater.store.queries.overview import Link, Node

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
    columns = layers(["d", "e", "a", "c", "b"], needs).columns
    assert [sorted(map(str, column)) for column in columns] == [["a"], ["b", "c", "e"], ["d"]]
    assert layers([], {}).columns == []
    with pytest.raises(ValueError, match="circle"):
        layers(["a", "b"], {"a": ["b"], "b": ["a"]})


def test_two_chains_side_by_side_do_not_cross() -> None:
    names = ["a1", "b1", "b2", "a2", "a3", "b3"]
    needs = {"a2": ["a1"], "b2": ["b1"], "a3": ["a2"], "b3": ["b2"]}
    assert layers(names, needs).columns == [["a1", "b1"], ["a2", "b2"], ["a3", "b3"]]


def test_an_edge_has_a_place_in_every_column_that_it_passes() -> None:
    needs = {"b": ["a"], "c": ["b"], "d": ["c", "a"], "e": ["d", "a"]}
    found = layers([*"abcde"], needs)
    assert found.way("a", "e") == [Pass("a", 1), Pass("a", 2), Pass("a", 3)]
    assert found.way("a", "d") == found.way("a", "e")[:2], "edges out of one task share their way"
    assert found.way("a", "b") == []
    assert [len(column) for column in found.columns] == [1, 2, 2, 2, 1]


def test_too_many_long_edges_run_straight() -> None:
    names = [str(number) for number in range(300)]
    needs = {name: names[:at] for at, name in enumerate(names)}
    found = layers(names, needs)
    assert all(len(column) == 1 for column in found.columns)
    assert found.way("0", "299") == []


def test_no_line_of_a_real_plan_runs_behind_a_box(tmp_path: Path) -> None:
    tasks = [
        {"key": f"t{n}", "needs": [f"t{up}" for up in {n // 2, n // 5} - {n}]} for n in range(60)
    ]
    with Board.open(tmp_path / "board.db") as board:
        board.import_tasks(tasks)
        seen = board.store.read(lambda tx: picture(tx, "default"))
    root = ET.fromstring(pictures.as_svg(seen))
    space = "{http://www.w3.org/2000/svg}"
    boxes = [
        [float(rect.attrib[name]) for name in ("x", "y", "width", "height")]
        for rect in root.iter(f"{space}rect")
    ]
    lines = [
        (float(x), float(y), float(until))
        for path in root.findall(f"{space}g/{space}path")
        for x, y, until in re.findall(r" (\d+) (\d+)H(\d+)", path.attrib["d"])
    ]
    assert lines
    for x, y, until in lines:
        assert not [
            box
            for box in boxes
            if box[0] < until and x < box[0] + box[2] and box[1] <= y <= box[1] + box[3]
        ]
    top, bottom = min(y for _, y, _ in lines), max(y for _, y, _ in lines)
    assert 0 < top < bottom < float(root.attrib["height"])


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


@pytest.mark.parametrize("state", ["waiting", "ready", "active", "done", "cancelled"])
def test_long_keys_and_titles_stay_inside_their_box_and_beside_the_state(state: str) -> None:
    """By the widths of DejaVu Sans, which stands in for the named fonts on many machines."""
    node = Node(1, "key-" * 20, "Title " * 20, state, 1, 0, None, 0, 0)
    root = ET.fromstring(pictures.as_svg(Picture([node], [])))
    texts = list(root.iter("{http://www.w3.org/2000/svg}text"))
    key, title, said = texts[0].text or "", texts[-1].text or "", "".join(texts[1].itertext())
    beside = len(said) * 6 if state != "waiting" else 0
    assert len(key) * 8.3 + beside <= 205
    assert len(title) * 7.3 <= 205


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
    assert "<h1>b: the first 0 of 9 tasks</h1>" in pictures.as_html(Picture([], [], 9), "b")


def test_a_title_of_wide_characters_stays_inside_its_box() -> None:
    node = Node(1, "a", "\u6f22" * 40, "ready", 1, 0, None, 0, 0)
    root = ET.fromstring(pictures.as_svg(Picture([node], [])))
    title = [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text")][-1]
    assert title == "\u6f22" * 13 + "\u2026"
    assert len(title) * 12 <= 205


def test_a_promise_kept_by_a_part_is_drawn_as_no_need_of_its_own() -> None:
    nodes = [Node(id, f"t{id}", "", "waiting", 1, 0, None, 0, 0) for id in (1, 2)]
    drawn = pictures.as_mermaid(Picture(nodes, [Link(2, 1, "answers")]))
    assert "n1 -.-> n2" in drawn


@pytest.mark.parametrize(
    ("title", "drawn"),
    [
        ("x" * 27, "x" * 27),
        ("x" * 28, "x" * 26 + "\u2026"),
        ("設" * 13 + "x", "設" * 13 + "x"),
        ("設" * 14, "設" * 13 + "\u2026"),
    ],
)
def test_a_title_that_fits_its_box_is_whole(tmp_path: Path, title: str, drawn: str) -> None:
    with Board.open(tmp_path / "board.db") as board:
        board.add([{"key": "a", "title": title}, {"key": "b", "title": "b"}, {"key": "c"}])
        seen = board.store.read(lambda tx: picture(tx, "default"))
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", pictures.as_svg(seen))
    assert texts == ["a", "ready", drawn, "b", "ready", "c", "ready"]
    assert re.findall(r"<title>([^<]*)</title>", pictures.as_svg(seen, "T")) == [
        "T",
        f"a (ready) {title}",
        "b (ready) b",
        "c (ready)",
    ]
    assert re.findall(r'label="([^"]*)"', pictures.as_dot(seen)) == [f"a\\n{title}", "b", "c"]
    assert "<h1>default: 3 tasks</h1>" in pictures.as_html(seen, "default")
