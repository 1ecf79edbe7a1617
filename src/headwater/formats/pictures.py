"""The graph as a picture: Mermaid, DOT, SVG, and a page of HTML. Nothing is loaded from elsewhere,
and no text of an agent's can become markup, a link or a script."""

from __future__ import annotations

import html
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import Final
from unicodedata import east_asian_width

from headwater.errors import counted
from headwater.formats.layers import Pass, Spot, layers
from headwater.formats.report import shown
from headwater.operations.look.mermaid import COLOURS, draw
from headwater.operations.look.mermaid import Node as Box
from headwater.operations.overview import Picture
from headwater.store.queries.overview import Link, Node

_WIDE, _HIGH = 220, 44
_GAP_X, _GAP_Y, _EDGE = 70, 14, 20
_TITLE_CHARS: Final = 27
_KEY_CHARS: Final = 24
"""What fits a box also in a wide font, a key without a state beside it."""
_DASHES: Final = {"soft": "6 4", "candidate": "2 4", "answers": "6 4"}
_STYLES: Final = {"soft": "dashed", "candidate": "dotted", "answers": "dashed", "part": "bold"}


def as_mermaid(picture: Picture) -> str:
    """A flowchart of the whole board."""
    return draw(
        [Box(node.id, node.key, node.title, node.state) for node in picture.nodes],
        _links(picture),
    )


def as_dot(picture: Picture, name: str = "headwater") -> str:
    """A digraph for Graphviz; edges point from upstream to consumer."""
    lines = [
        f"digraph {_quoted(name)} {{",
        "  rankdir=LR;",
        '  node [shape=box, style="rounded,filled", fontname="Helvetica"];',
    ]
    for node in picture.nodes:
        label = node.key if node.title in ("", node.key) else f"{node.key}\n{node.title}"
        lines.append(
            f"  n{node.id} [label={_quoted(label)}, fillcolor={_quoted(COLOURS[node.state])}];"
        )
    for link in _links(picture):
        style = _STYLES.get(link.kind)
        lines.append(
            f"  n{link.upstream_id} -> n{link.task_id}{f' [style={style}]' if style else ''};"
        )
    return "\n".join([*lines, "}"]) + "\n"


def as_svg(picture: Picture, title: str = "Headwater") -> str:
    """A picture that stands alone: columns from the roots on, left to right."""
    links = _links(picture)
    needs: dict[str, list[str]] = {}
    for link in links:
        needs.setdefault(str(link.task_id), []).append(str(link.upstream_id))
    found = layers([str(node.id) for node in picture.nodes], needs)
    places, height = _places(found.columns)
    width = 2 * _EDGE + max(len(found.columns), 1) * (_WIDE + _GAP_X) - _GAP_X
    edges: list[str] = []
    for link in links:
        start, end = str(link.upstream_id), str(link.task_id)
        way = [places[one] for one in (start, *found.way(start, end), end)]
        edges.append(_edge(way, link.kind))
    return (
        "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
                f'viewBox="0 0 {width} {height}" role="img" font-size="12" '
                'font-family="Helvetica, Arial, sans-serif">',
                f"<title>{_text(title)}</title>",
                '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
                'markerHeight="7" orient="auto">'
                '<path d="M0 0L8 4L0 8z" fill="#607d8b"/></marker></defs>',
                '<g fill="none" stroke="#607d8b" stroke-width="1.2" marker-end="url(#arrow)">',
                *edges,
                "</g>",
                *(_box(node, *places[str(node.id)]) for node in picture.nodes),
                "</svg>",
            ]
        )
        + "\n"
    )


def _places(columns: Sequence[Sequence[Spot]]) -> tuple[dict[Spot, tuple[int, int]], int]:
    """The left end and the middle line of every spot, and the height of the picture."""

    def high(spot: Spot) -> int:
        return (0 if isinstance(spot, Pass) else _HIGH) + _GAP_Y

    heights = [sum(map(high, column)) for column in columns]
    tallest = max(heights, default=_HIGH + _GAP_Y)
    places: dict[Spot, tuple[int, int]] = {}
    for number, column in enumerate(columns):
        y = _EDGE + (tallest - heights[number]) // 2
        for spot in column:
            places[spot] = (_EDGE + number * (_WIDE + _GAP_X), y + (high(spot) - _GAP_Y) // 2)
            y += high(spot)
    return places, 2 * _EDGE + tallest - _GAP_Y


def as_html(picture: Picture, board: str) -> str:
    """A page with the picture, a legend, and the tasks as a table."""
    count = Counter(node.state for node in picture.nodes)
    legend = "".join(
        f'<li><i style="background:{COLOURS[state]}"></i>{state} {count[state]}</li>'
        for state in COLOURS
        if count[state]
    )
    rows = "\n".join(
        f'<tr id="t{node.id}"><td><code>{_text(node.key)}</code></td><td>{_text(node.title)}</td>'
        f"<td>{node.state}</td><td>{_text(node.holder or '')}</td></tr>"
        for node in picture.nodes
    )
    name = _text(board)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name} - Headwater</title>
<style>
body {{ color: #111; background: #fff }}
body {{ font: 14px/1.5 Helvetica, Arial, sans-serif; margin: 1.5rem }}
h1 {{ font-size: 1.3rem }}
ul {{ list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .4rem 1.2rem }}
i {{ display: inline-block; width: .9em; height: .9em; margin-right: .4em }}
.picture {{ overflow: auto; border: 1px solid #cfd8dc; max-height: 75vh }}
table {{ border-collapse: collapse; margin-top: 1.5rem }}
th, td {{ text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #eceff1 }}
td {{ overflow-wrap: anywhere }}
tr:target {{ background: #fff59d }}
</style>
</head>
<body>
<h1>{name}: {_how_many(picture)}</h1>
<ul>{legend}</ul>
<div class="picture">
{as_svg(picture, board)}</div>
<table>
<thead><tr><th>task</th><th>title</th><th>state</th><th>holder</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""


def _how_many(picture: Picture) -> str:
    drawn = len(picture.nodes)
    if not picture.left_out:
        return counted(drawn, "task")
    return f"the first {drawn} of {counted(drawn + picture.left_out, 'task')}"


def _links(picture: Picture) -> Sequence[Link]:
    """The edges with both ends in the picture."""
    there = {node.id for node in picture.nodes}
    return [one for one in picture.links if {one.task_id, one.upstream_id} <= there]


def _edge(way: Sequence[tuple[int, int]], kind: str) -> str:
    """A line from the right end of the first place to the left end of the last, straight through
    the columns that it passes."""
    x, y = way[0][0] + _WIDE, way[0][1]
    path = f"M{x} {y}"
    for at, (to_x, to_y) in enumerate(way[1:], start=2):
        bend = (to_x - x) // 2
        path += f"C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"
        if at < len(way):
            path += f"H{to_x + _WIDE}"
        x, y = to_x + _WIDE, to_y
    more = f' stroke-dasharray="{_DASHES[kind]}"' if kind in _DASHES else ""
    if kind == "part":
        more = ' stroke-width="2.4"'
    return f'<path d="{path}"{more}/>'


def _box(node: Node, x: int, middle: int) -> str:
    holder = f", {node.holder}" if node.holder else ""
    whole = f"{node.key} ({node.state}{holder}) {node.title}".strip()
    second = node.title if node.title != node.key else ""
    key_at, title_at = (middle - 4, middle + 12) if second else (middle + 4, 0)
    state = "" if node.state == "waiting" else node.state
    key = _cut(node.key, _KEY_CHARS - len(state) * 3 // 4)
    lines = f'<text x="{x + 10}" y="{key_at}" font-weight="bold">{key}</text>'
    if state:
        lines += (
            f'<text x="{x + _WIDE - 8}" y="{key_at}" font-size="10" text-anchor="end" '
            f'fill="#37474f">{state}</text>'
        )
    if second:
        lines += f'<text x="{x + 10}" y="{title_at}">{_cut(second, _TITLE_CHARS)}</text>'
    return (
        f"<g><title>{_text(whole)}</title>"
        f'<rect x="{x}" y="{middle - _HIGH // 2}" width="{_WIDE}" height="{_HIGH}" rx="6" '
        f'fill="{COLOURS[node.state]}" stroke="#607d8b"/>{lines}</g>'
    )


def _cut(text: str, limit: int) -> str:
    """`text`, shortened to so many places; a Chinese or Japanese character takes two."""
    ends = [*accumulate(2 if east_asian_width(char) in "WF" else 1 for char in text)]
    if not ends or ends[-1] <= limit:
        return _text(text)
    return _text(f"{text[: bisect_right(ends, limit - 1)]}\u2026")


def _text(text: str) -> str:
    """Foreign text for markup: on one line, without what XML cannot hold."""
    return html.escape(shown(text, 400))


def _quoted(text: str) -> str:
    """A string for DOT. A backslash is doubled, so that `\\N` and the like stay letters."""
    lines = [shown(line, 100) for line in text.split("\n")]
    escaped = "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return f'"{escaped}"'
