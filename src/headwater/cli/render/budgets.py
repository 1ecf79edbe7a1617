"""Budget pools as lines of a table."""

from __future__ import annotations

from collections.abc import Sequence

from headwater.cli.output import figure, one_line, say, show_columns
from headwater.graph.budget import UNITS
from headwater.verbs.people import BudgetPool, BudgetReply

_BAR = 20


def show(reply: BudgetReply) -> None:
    """The pools, or how to make one."""
    if not reply.pools:
        say("no budgets: --minutes, --tokens or --usd limit the board, with --group a group")
        return
    show_pools(reply.pools)


def show_pools(pools: Sequence[BudgetPool], lead: str = "") -> None:
    """A line per pool and unit: a bar of what is spent and reserved, and the figures."""
    rows: list[list[str]] = []
    for pool in pools:
        name = one_line(f"group {pool.group}" if pool.group else "board", 40)
        units = [unit for unit in UNITS if _figures(pool, unit) != (0, 0, 0)]
        for at, unit in enumerate(units or UNITS[:1]):
            rows.append([lead + ("" if at else name), *_cells(pool, unit)])
    show_columns(rows)


def _figures(pool: BudgetPool, unit: str) -> tuple[float, float, float]:
    return pool.limit.get(unit, 0), pool.spent.get(unit, 0), pool.reserved.get(unit, 0)


def _cells(pool: BudgetPool, unit: str) -> tuple[str, str, str, str]:
    limit, spent, reserved = _figures(pool, unit)
    bar = _bar(limit, spent, reserved) if limit else "no limit"
    most = f"{figure(spent)} of {figure(limit)}" if limit else figure(spent)
    rest = [f"{figure(reserved)} reserved"] if reserved else []
    if limit:
        left = limit - spent - reserved
        rest.append(f"{figure(left)} left" if left >= 0 else f"{figure(-left)} OVER")
    return unit, bar, f"{most} spent", ", ".join(rest)


def _bar(limit: float, spent: float, reserved: float) -> str:
    """`#` is spent, `-` reserved. What is begun shows, and a full bar is full."""
    used = min(_BAR, round(_BAR * spent / limit) or bool(spent))
    taken = min(_BAR, max(used + bool(reserved), round(_BAR * (spent + reserved) / limit)))
    return f"[{'#' * used}{'-' * (taken - used)}{' ' * (_BAR - taken)}]"
