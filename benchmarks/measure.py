"""Results, and the arithmetic of noisy machines: interleave, repeat, take medians."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Literal

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Options:
    """How thoroughly to measure, and where the stores are made."""

    folder: Path
    cache: Path
    """Where a benchmark may leave what the next run can use again."""
    quick: bool = False
    chart: Path | None = None
    """Where a benchmark that has a chart draws it."""

    def count(self, full: int, quick: int) -> int:
        """How often to do something."""
        return quick if self.quick else full


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table."""

    measure: str
    value: float
    unit: str = "ratio"
    bar: float | None = None
    """None: reported, not judged."""
    sense: Literal["at least", "at most"] = "at least"
    raw: Figures = field(default_factory=dict[str, Any])
    """The absolute values behind it, with their counts."""

    @property
    def passed(self) -> bool | None:
        """None where there is no bar."""
        if self.bar is None:
            return None
        holds = operator.ge if self.sense == "at least" else operator.le
        return bool(holds(self.value, self.bar))

    def as_dict(self) -> Figures:
        return {**asdict(self), "passed": self.passed}


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    begun = perf_counter()
    work()
    return perf_counter() - begun


def interleaved(rounds: int, *sides: Callable[[int], float]) -> list[list[float]]:
    """Measure every side once a round, in turning order; a list of values a side."""
    found: list[list[float]] = [[] for _ in sides]
    order = list(range(len(sides)))
    for at in range(rounds):
        for side in order if at % 2 == 0 else reversed(order):
            found[side].append(sides[side](at))
    return found


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the ratios of values that were measured next to each other."""
    return median(a / b for a, b in zip(above, below, strict=True))


def quantile(values: Iterable[float], share: float) -> float:
    """The value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def spread_ms(values: Sequence[float]) -> Figures:
    """Milliseconds out of seconds: the middle, the tail, the count."""
    return {
        "p50_ms": round(median(values) * 1e3, 3),
        "p99_ms": round(quantile(values, 0.99) * 1e3, 3),
        "max_ms": round(max(values) * 1e3, 3),
        "n": len(values),
    }
