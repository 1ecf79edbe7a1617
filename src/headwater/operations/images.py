"""The visible aspects of a task as they go into the log: what `graph(at=)` and replay read.

Which fields there are, and their defaults, is said in `headwater.graph.images`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any, cast

from pydantic_core import to_json

from headwater.graph.images import DEFAULTS, SPEC_FIELDS, SPEC_TEXTS, STATE_FIELDS, TALK_TEXTS
from headwater.store.rows import EdgeRow, TaskRow, TextRow


class _Aspect:
    """Some attributes of a row, without those that are at their defaults."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._defaults = tuple(DEFAULTS[name] for name in names)
        self.values = cast("Callable[[object], tuple[Any, ...]]", attrgetter(*names))

    def of(self, row: object) -> dict[str, Any]:
        return self.said(self.values(row))

    def said(self, values: tuple[Any, ...]) -> dict[str, Any]:
        return {
            name: value
            for name, value, default in zip(self._names, values, self._defaults, strict=True)
            if value != default
        }


_SPEC, _SPEC_TEXTS = _Aspect(SPEC_FIELDS), _Aspect(SPEC_TEXTS)
_STATE, _TALK = _Aspect(STATE_FIELDS), _Aspect(TALK_TEXTS)


def compact(value: Any) -> str:
    """JSON as Headwater stores and sends it. Numbers were checked when they came in."""
    return to_json(value).decode()


def spec_image(task: TaskRow, text: TextRow) -> str:
    return compact(_SPEC.of(task) | _SPEC_TEXTS.of(text))


def state_image(task: TaskRow) -> str:
    return compact(_STATE.of(task))


def state_images(tasks: Iterable[TaskRow]) -> Iterator[str]:
    """`state_image` of each of many tasks, made once for those that stand alike."""
    made: dict[tuple[Any, ...], str] = {}
    for task in tasks:
        values = _STATE.values(task)
        image = made.get(values)
        if image is None:
            image = made[values] = compact(_STATE.said(values))
        yield image


def talk_image(text: TextRow) -> str:
    return compact(_TALK.of(text))


def edges_image(edges: Iterable[EdgeRow]) -> str:
    return compact([[e.upstream_id, e.kind, e.expect, e.promise, e.keys] for e in edges])
