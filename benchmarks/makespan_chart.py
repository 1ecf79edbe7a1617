"""The makespans as a standalone SVG: a line for each plan and number of workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final
from xml.sax.saxutils import escape

_LEFT: Final = 190
_WIDTH: Final = 620
_ROW: Final = 15
_GAP: Final = 10
_TOP: Final = 62
_OURS: Final = "#1f6feb"
_THEIRS: Final = "#8b949e"
_TITLE: Final = "Makespan as a multiple of the best schedule that knows the true runtimes"
_Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Point:
    """What was found for one plan and number of workers, by seed, relative to the best."""

    plan: str
    workers: int
    board: Sequence[float]
    first_in: Sequence[float]


def draw(points: Sequence[Point]) -> str:
    """The chart: dots are means, lines reach from the least to the greatest."""
    most = max(value for one in points for value in (*one.board, *one.first_in))
    least = min(1.0, *(value for one in points for value in (*one.board, *one.first_in)))
    span = max(most - least, 0.05)

    def x(value: float) -> float:
        return round(_LEFT + (value - least) / span * _WIDTH, 1)

    plans = list(dict.fromkeys(one.plan for one in points))
    height = _TOP + len(points) * _ROW + len(plans) * _GAP
    parts = [*_legend(), *_grid(x, least, most, height)]
    y = float(_TOP)
    for plan in plans:
        mine = [one for one in points if one.plan == plan]
        middle = y + len(mine) * _ROW / 2 + 4
        parts.append(f'<text x="8" y="{middle}" font-weight="600">{escape(plan)}</text>')
        for one in mine:
            line = y + _ROW / 2
            parts.append(
                f'<text x="{_LEFT - 10}" y="{line + 4}" text-anchor="end">{one.workers}</text>'
            )
            parts += _marks(x, one.first_in, line + 2.5, _THEIRS)
            parts += _marks(x, one.board, line - 2.5, _OURS)
            y += _ROW
        y += _GAP
    body = "\n".join(parts)
    wide, high = _LEFT + _WIDTH + 30, height + 24
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" '
        f'height="{high}" font-family="system-ui, sans-serif" font-size="11" fill="#24292f" '
        f'role="img">\n<title>{_TITLE}</title>\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _legend() -> list[str]:
    return [
        f'<text x="8" y="18" font-size="13" font-weight="600">{_TITLE}</text>',
        f'<circle cx="13" cy="34" r="4" fill="{_OURS}"/>',
        '<text x="22" y="38">Headwater, estimates off by up to half</text>',
        f'<circle cx="263" cy="34" r="4" fill="{_THEIRS}"/>',
        '<text x="272" y="38">first in, first out</text>',
        '<text x="400" y="38">dots: means; lines: least to greatest of the seeds</text>',
        f'<text x="{_LEFT - 10}" y="56" text-anchor="end">workers</text>',
    ]


def _grid(x: _Scale, least: float, most: float, height: int) -> list[str]:
    """A line every 0.05 or 0.1, the best schedule's stronger."""
    step = 0.05 if most - least < 0.5 else 0.1
    found: list[str] = []
    for at in range(int(least / step), int(most / step) + 1):
        value = at * step
        if value < least - 1e-9:
            continue
        colour = "#57606a" if abs(value - 1) < 1e-9 else "#d8dee4"
        found.append(
            f'<path d="M{x(value)} {_TOP - 4}V{height}" stroke="{colour}"/>'
            f'<text x="{x(value)}" y="{height + 14}" text-anchor="middle">{value:.2f}</text>'
        )
    return found


def _marks(x: _Scale, values: Sequence[float], y: float, colour: str) -> list[str]:
    return [
        f'<path d="M{x(min(values))} {y}H{x(max(values))}" stroke="{colour}" opacity="0.6"/>',
        f'<circle cx="{x(mean(values))}" cy="{y}" r="3" fill="{colour}"/>',
    ]
