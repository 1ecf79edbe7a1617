"""Collecting what a briefing may show: a search level by level, with an early stop.

Never a recursive query over (task, distance): it would list every distance of every ancestor.
One statement a level, each task once, at its shortest distance and by one shortest path.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from headwater import limits
from headwater.graph.briefing import (
    Entry,
    beyond,
    first_names,
    has_content,
    shows_contract,
    shows_summary,
    size_bytes,
)
from headwater.graph.inputs import read_digests
from headwater.graph.states import State
from headwater.operations.delivery import as_briefed
from headwater.operations.images import compact
from headwater.store.queries import context, tasks
from headwater.store.queries.context import UpstreamRow
from headwater.store.rows import TaskRow
from headwater.store.transaction import Tx

PART = "part"
_SOFT = frozenset({"soft", "candidate"})
_DONE, _SPLIT = State.DONE, State.SPLIT
_ENDED = frozenset({_DONE, State.CANCELLED})
_ALL = "[]"
"""The keys of an edge that names none: what its reader uses is not known."""


@dataclass(slots=True)
class Read:
    """What a claim read of one source, to be compared when that source finishes again."""

    source_id: int
    round: int
    delivery_id: int
    digests: str
    """JSON: critical key or `artifact:NAME` -> digest."""
    soft: int = 0
    """1 if only soft dependencies lead there."""

    def row(self, task_id: int) -> dict[str, int | str]:
        """As it is stored for this reader, who was shown that delivery."""
        return {
            "task_id": task_id,
            "source_id": self.source_id,
            "round": self.round,
            "delivery_id": self.delivery_id,
            "shown_id": self.delivery_id,
            "digests": self.digests,
            "soft": self.soft,
        }


@dataclass(slots=True)
class Gathered:
    entries: list[Entry] = field(default_factory=list[Entry])
    reads: dict[int, Read] = field(default_factory=dict[int, Read])
    """By source id."""
    farthest: str = ""
    """Where the search ended early: farther upstreams are behind this one and its like."""
    rows: list[UpstreamRow] = field(default_factory=list[UpstreamRow])
    """Every edge that was met."""
    further: list[tuple[Entry, int]] = field(default_factory=list[tuple[Entry, int]])
    """Direct upstreams of which there may be more to say, each with the review in which it was
    approved with remarks, or 0."""


Paths = dict[int, tuple[str, ...]]


def gather(tx: Tx, task: TaskRow, size: str) -> Gathered:
    """The upstreams of `task`, nearest first, each once: so many as a briefing of `size` shows.

    A level is taken whole, so that the bound cuts no one off from equally near ones.
    """
    most = limits.BRIEF_ENTRIES[size]
    result = Gathered()
    line = _lineage(tx, task)
    paths: Paths = {task.id: ()}
    level = [task.id]
    found: list[UpstreamRow] = []
    distance = 1
    while level and distance <= limits.BRIEF_DEPTH:
        found = _level(tx, level, paths, result)
        found, containers = _without_containers(tx, found, paths, result)
        _add_entries(line, found, paths, distance, result)
        level = [one.upstream_id for one in found] + containers
        distance += 1
        if len(paths) > limits.BRIEF_VISITS or len(result.entries) >= most:
            break
    if level:
        result.farthest = found[-1].key if found else task.key
    if any(row.kind in _SOFT for row in result.rows):
        _mark_soft(task, result)
    return result


def _mark_soft(task: TaskRow, result: Gathered) -> None:
    """Which of the sources do only soft dependencies lead to?"""
    below: dict[int, list[int]] = {}
    for row in result.rows:
        if row.kind not in _SOFT:
            below.setdefault(row.task_id, []).append(row.upstream_id)
    bound = {task.id}
    queue = deque(bound)
    while queue:
        for upstream_id in below.get(queue.popleft(), ()):
            if upstream_id not in bound:
                bound.add(upstream_id)
                queue.append(upstream_id)
    for source_id, read in result.reads.items():
        read.soft = int(source_id not in bound)


def reader_keys(tx: Tx, task: TaskRow) -> tuple[str, ...]:
    """The names under which `task` is delivered to: its own, and those of its containers."""
    return tuple(one.key for one in _lineage(tx, task))


def _lineage(tx: Tx, task: TaskRow) -> list[TaskRow]:
    """The task and its containers, from the inside out."""
    line = [task]
    while line[-1].parent_id:
        parent = tx.one(tasks.BY_ID, id=line[-1].parent_id)
        if parent is None:
            break
        line.append(parent)
    return line


def _level(tx: Tx, ids: list[int], paths: Paths, result: Gathered) -> list[UpstreamRow]:
    """The unseen upstreams of `ids`, over every edge but those to parts."""
    if len(ids) == 1:
        rows = tx.all(context.UPSTREAMS_OF, task_id=ids[0])
    else:
        rows = tx.all(context.UPSTREAMS, ids=compact(ids))
    result.rows += rows
    found = [row for row in rows if row.kind != PART and _is_new(row, paths)]
    if len(found) == len(rows) or all(row.keys == _ALL and row.kind not in _SOFT for row in found):
        return found
    return _by_all_edges(found, [row for row in rows if row.kind != PART])


def _by_all_edges(found: list[UpstreamRow], rows: list[UpstreamRow]) -> list[UpstreamRow]:
    """Several edges lead to one upstream: it is soft if all of them are, and used is what each of
    them uses of it, or all, if one says none. Which of them is met first must not decide what the
    reader gets to see."""
    edges: dict[int, list[UpstreamRow]] = {}
    for row in rows:
        edges.setdefault(row.upstream_id, []).append(row)
    return [_joined(row, edges[row.upstream_id]) for row in found]


def _joined(row: UpstreamRow, edges: list[UpstreamRow]) -> UpstreamRow:
    if len(edges) == 1:
        return row
    kind = next((one.kind for one in edges if one.kind not in _SOFT), row.kind)
    return row._replace(kind=kind, keys=_union([one.keys for one in edges]))


def _union(used: list[str]) -> str:
    if _ALL in used:
        return _ALL
    return compact(list(dict.fromkeys(key for keys in used for key in from_json(keys))))


def _is_new(row: UpstreamRow, paths: Paths) -> bool:
    """Is this upstream met for the first time? If so, keep the path that led to it."""
    if row.upstream_id in paths:
        return False
    paths[row.upstream_id] = (*paths[row.task_id], row.key)
    return True


def _without_containers(
    tx: Tx, found: list[UpstreamRow], paths: Paths, result: Gathered
) -> tuple[list[UpstreamRow], list[int]]:
    """Containers are transparent: their last parts stand in their place, at the same distance.

    Earlier parts follow at their distance from the last ones. What a contract uses of the container
    it uses of them, and they are as soft as it is; what an edge of the part's own says holds, too.
    Returns also the containers' ids.
    """
    plain: list[UpstreamRow] = []
    containers: list[int] = []
    met: set[int] = set()
    while found:
        suspects = [one.upstream_id for one in found if _may_contain(one)]
        if not suspects and not plain:
            return found, containers
        parts = _last_parts(tx, suspects) if suspects else []
        result.rows += parts
        opened = {row.task_id for row in parts}
        plain += [one for one in found if one.upstream_id not in opened]
        containers += sorted(opened.difference(containers))
        edges = {one.upstream_id: one for one in found}
        met |= edges.keys()
        found = [
            _for(row, edges[row.task_id])
            for row in parts
            if _is_new(row, paths) or row.upstream_id in met
        ]
    by_id = {one.upstream_id: one for one in reversed(plain)}
    return _by_all_edges([by_id[at] for at in sorted(by_id)], plain), containers


def _for(part: UpstreamRow, container: UpstreamRow) -> UpstreamRow:
    """The part as the edge to its container shows it."""
    kind = container.kind if container.kind in _SOFT else part.kind
    return part._replace(kind=kind, keys=container.keys)


def _may_contain(one: UpstreamRow) -> bool:
    """A task that was finished as a whole has a delivery, unless a person said so without words."""
    return one.state == _SPLIT or (one.state == _DONE and one.delivery_id == 0)


def _last_parts(tx: Tx, containers: list[int]) -> list[UpstreamRow]:
    """The edges to those parts that are not cancelled and that no such sibling needs."""
    parts = [
        row
        for row in tx.all(context.UPSTREAMS, ids=compact(containers))
        if row.kind == PART and row.state != State.CANCELLED
    ]
    if not parts:
        return []
    container_of = {row.upstream_id: row.task_id for row in parts}
    inner = tx.all(context.UPSTREAMS, ids=compact(sorted(container_of)))
    needed = {
        row.upstream_id
        for row in inner
        if row.kind != PART and container_of.get(row.upstream_id) == container_of[row.task_id]
    }
    return [row for row in parts if row.upstream_id not in needed]


def _add_entries(
    line: list[TaskRow],
    found: list[UpstreamRow],
    paths: Paths,
    distance: int,
    result: Gathered,
) -> None:
    own = {task.id for task in line}
    readers = tuple(task.key for task in line)
    for one in found:
        if one.superseded_by_id and one.superseded_by_id not in own:
            continue  # another stands in its place: two answers to one question are none
        soft = one.kind in _SOFT
        shown = one.summary is not None and (one.state in _ENDED or not soft)
        keys: list[str] = from_json(one.keys) if one.keys != _ALL else []
        entry = Entry(
            task=one.key,
            title=one.title,
            distance=distance,
            path=paths[one.upstream_id][:-1],
            state=one.state,
            soft=soft,
            keys=tuple(keys),
            critical={},
            round=one.round,
            source_id=one.upstream_id,
        )
        if shows_contract(distance):
            entry.expect, entry.promise = beyond(one.promise, one.expect), one.promise
            if shown and (one.remarks_id or one.round > 1):
                result.further.append((entry, one.remarks_id or 0))
        if shown:
            _add_delivery(entry, one, readers)
        if shown or one.state == _DONE:
            result.reads[one.upstream_id] = Read(
                one.upstream_id, one.round, one.delivery_id, _digests(one.digests or "{}", keys)
            )
        if has_content(entry):
            result.entries.append(entry)


def _add_delivery(entry: Entry, one: UpstreamRow, readers: tuple[str, ...]) -> None:
    """What it delivered, as far as its distance shows it."""
    if shows_summary(entry.distance):
        entry.summary = one.summary or ""
    if shows_contract(entry.distance) and one.delivered != "{}":
        given: dict[str, str] = from_json(one.delivered)
        to = next((name for name in readers if name in given), "")
        if to:
            entry.delivered = given[to]
            entry.said_to = to if to != readers[0] else ""
    if one.critical != "{}":
        critical: dict[str, Any] = from_json(one.critical)
        if entry.keys:
            entry.also = first_names([name for name in critical if name not in entry.keys])
            critical = {name: value for name, value in critical.items() if name in entry.keys}
        entry.critical = critical
    if one.artifacts != "[]":
        entry.artifacts = tuple(as_briefed(from_json(one.artifacts)))
    if not entry.keys and (entry.critical or entry.artifacts):
        entry.values_bytes = len(one.critical.encode()) + size_bytes(entry.artifacts)
    entry.reused_from_id = one.reused_from_id or 0
    if one.agent is not None:
        entry.by = f"{one.agent}/{one.session_id}"


def _digests(stored: str, keys: list[str]) -> str:
    return compact(read_digests(from_json(stored), keys)) if keys else stored
