"""Figures for monitoring, as Prometheus reads them (`GET /metrics`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from headwater.graph.states import STATES
from headwater.store.queries import boards
from headwater.store.store import Store

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 50)


class _Boards(Collector):
    """What the boards are like when somebody asks: a row of the store each."""

    def __init__(self, store: Store, waiting: Callable[[], Mapping[str, int]]) -> None:
        self._store = store
        self._waiting = waiting

    def collect(self) -> Iterator[GaugeMetricFamily]:
        tasks = GaugeMetricFamily("headwater_tasks", "Tasks by state.", labels=["board", "state"])
        revisions = GaugeMetricFamily(
            "headwater_revision", "The newest revision.", labels=["board"]
        )
        waiting = GaugeMetricFamily("headwater_waiting_calls", "Calls that wait.", labels=["board"])
        for row in self._store.read(lambda tx: tx.all(boards.ALL)):
            revisions.add_metric([row.name], row.revision)
            for state in STATES:
                tasks.add_metric([row.name, state], getattr(row, state))
        for board, count in self._waiting().items():
            waiting.add_metric([board], count)
        yield from (tasks, revisions, waiting)


class Meter:
    """Counts calls; asks the store about tasks. Labels are names of ours, never a client's text."""

    def __init__(self, store: Store, waiting: Callable[[], Mapping[str, int]]) -> None:
        """`waiting`: how many calls wait now, by board."""
        self._registry = CollectorRegistry()
        self._calls = Counter(
            "headwater_calls",
            "Calls of tools, by their outcome: ok or the error's code.",
            ["board", "verb", "outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "headwater_call_seconds",
            "How long a call took that did not wait.",
            ["verb"],
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._registry.register(_Boards(store, waiting))

    def called(self, board: str, verb: str, outcome: str, seconds: float, waited: bool) -> None:
        """Count one call of a tool."""
        self._calls.labels(board, verb, outcome).inc()
        if not waited:
            self._seconds.labels(verb).observe(seconds)

    def text(self) -> bytes:
        """The figures now. Raises StoreError if the store cannot be read."""
        return generate_latest(self._registry)
