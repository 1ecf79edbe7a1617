"""What people changed of a board's settings between two revisions: policies, budgets, the pause."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, NamedTuple

from headwater.graph.budget import UNITS, in_unit
from headwater.graph.policy import Policy
from headwater.operations.look.reading import Reading, only_set
from headwater.operations.pools import LIMITS
from headwater.store.queries import look
from headwater.verbs.look import Item


class _Setting(NamedTuple):
    """`kind` is policy, budget or paused; a budget's `name` is its unit."""

    kind: str
    name: str = ""
    group: str = ""


def settings(reading: Reading) -> list[Item]:
    """Settings that differ between `since` and `at` (or now), with both values."""
    rows = reading.tx.all(
        look.SETTINGS, board_id=reading.board.id, since=reading.request.since, at=reading.at
    )
    was: dict[_Setting, Any] = {}
    now: dict[_Setting, Any] = {}
    for (data,) in rows:
        for setting, before, after in _steps(json.loads(data)):
            was.setdefault(setting, before)
            now[setting] = after
    return [
        {
            "setting": one.kind,
            **only_set(group=one.group, name=one.name),
            "was": was[one],
            "now": now[one],
        }
        for one in now
        if was[one] != now[one]
    ]


def changed(found: dict[str, Any]) -> list[str]:
    """What the event with this data set, as NAME=VALUE."""
    return [
        f"{one.name}={now:.12g}" if isinstance(now, float) else f"{one.name}={now}"
        for one, was, now in _steps(found)
        if was != now
    ]


def _steps(found: dict[str, Any]) -> Iterator[tuple[_Setting, Any, Any]]:
    """The settings that an event speaks of, before and after it."""
    before: dict[str, Any] = found.get("was", {})
    if "policy" in found:
        default = asdict(Policy())
        after = default | found["policy"]
        for name, value in (default | before).items():
            yield _Setting("policy", name), value, after.get(name, value)
    if "paused" in found:
        yield _Setting("paused"), not found["paused"], bool(found["paused"])
    if "pool" in found:
        pool = found["pool"]
        for unit, column in zip(UNITS, LIMITS, strict=True):
            limit = _Setting("budget", unit, pool["grouping"])
            yield limit, in_unit(unit, before.get(column, 0)), in_unit(unit, pool[column])
