"""Collecting what a briefing may show: a search level by level, with an early stop.

Never a recursive query over (task, distance): it would list every distance of every ancestor.
Two statements a level, each task once, at its shortest distance and by one shortest path.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from headwater import limits
from headwater.graph.briefing import Entry
from headwater.graph.inputs import read_digests
from headwater.graph.states import State
from headwater.operations.images import compact
from headwater.store.queries import context, tasks
from headwater.store.rows import TaskRow
from headwater.store.transaction import Tx

PART = "part"
_ENDED = frozenset({State.DONE, State.CANCELLED})


@dataclass(slots=True)
class Read:
    """What a claim read of one source, to be compared when that source finishes again."""

    source_id: int
    round: int
    delivery_id: int
    digests: dict[str, str]


@dataclass(slots=True)
class Gathered:
    entries: list[Entry] = field(default_factory=list[Entry])
    reads: dict[int, Read] = field(default_factory=dict[int, Read])
    """By source id."""
    cut_off: bool = False


@dataclass(slots=True)
class _Found:
    """An upstream on the way to becoming an entry."""

    id: int
    key: str
    title: str
    state: str
    round: int
    delivery_id: int
    kind: str
    expect: str
    promise: str
    keys: list[str]
    path: tuple[str, ...]


def gather(tx: Tx, task: TaskRow, depth: int = limits.BRIEF_DEPTH) -> Gathered:
    """The upstreams of `task`, nearest first, each once."""
    result = Gathered()
    readers = reader_keys(tx, task)
    paths: dict[int, tuple[str, ...]] = {task.id: ()}
    level = [task.id]
    distance = 1
    while level and distance <= depth:
        found, containers = _without_containers(tx, _level(tx, level, paths), paths)
        _add_entries(tx, readers, found, distance, result)
        level = [one.id for one in found] + containers
        distance += 1
        if len(paths) > limits.BRIEF_VISITS or len(result.entries) >= limits.BRIEF_ENTRIES:
            result.cut_off = bool(level)
            break
    return result


def reader_keys(tx: Tx, task: TaskRow) -> tuple[str, ...]:
    """The names under which `task` is delivered to: its own, and those of its containers."""
    names = [task.key]
    parent_id = task.parent_id
    while parent_id:
        parent = tx.one(tasks.BY_ID, id=parent_id)
        if parent is None:
            break
        names.append(parent.key)
        parent_id = parent.parent_id
    return tuple(names)


def _level(tx: Tx, ids: list[int], paths: dict[int, tuple[str, ...]]) -> list[_Found]:
    """The unseen upstreams of `ids`, over every edge but those to parts."""
    return [
        _found(row, paths)
        for row in tx.all(context.UPSTREAMS, ids=compact(ids))
        if row[2] != PART and row[1] not in paths
    ]


def _found(row: tuple[Any, ...], paths: dict[int, tuple[str, ...]]) -> _Found:
    task_id, upstream_id, kind, expect, promise, keys, key, title, state, rnd, delivery, _ = row
    paths[upstream_id] = (*paths[task_id], key)
    return _Found(
        upstream_id,
        key,
        title,
        state,
        rnd,
        delivery,
        kind,
        expect,
        promise,
        json.loads(keys) if keys != "[]" else [],
        paths[task_id],
    )


def _without_containers(
    tx: Tx, found: list[_Found], paths: dict[int, tuple[str, ...]]
) -> tuple[list[_Found], list[int]]:
    """Containers are transparent: their last parts stand in their place, at the same distance.

    Earlier parts follow at their distance from the last ones. Returns also the containers' ids.
    """
    plain: list[_Found] = []
    containers: list[int] = []
    while found:
        suspects = [one.id for one in found if _may_contain(one)]
        parts = _last_parts(tx, suspects) if suspects else []
        opened = {row[0] for row in parts}
        plain += [one for one in found if one.id not in opened]
        containers += sorted(opened)
        found = [_found(row, paths) for row in parts if row[1] not in paths]
    return sorted(plain, key=lambda one: one.id), containers


def _may_contain(one: _Found) -> bool:
    """A task that was finished as a whole has a delivery, unless a person said so without words."""
    return one.state == State.SPLIT or (one.state == State.DONE and one.delivery_id == 0)


def _last_parts(tx: Tx, containers: list[int]) -> list[tuple[Any, ...]]:
    """The edges to those parts that are not cancelled and that no such sibling needs."""
    parts = [
        row
        for row in tx.all(context.UPSTREAMS, ids=compact(containers))
        if row[2] == PART and row[8] != State.CANCELLED
    ]
    if not parts:
        return []
    inner = tx.all(context.UPSTREAMS, ids=compact(sorted(row[1] for row in parts)))
    needed = {row[1] for row in inner if row[2] != PART}
    return [row for row in parts if row[1] not in needed]


def _add_entries(
    tx: Tx, readers: tuple[str, ...], found: list[_Found], distance: int, result: Gathered
) -> None:
    wanted = sorted({one.delivery_id for one in found if one.delivery_id})
    deliveries = (
        {row[0]: row for row in tx.all(context.DELIVERIES, ids=compact(wanted))} if wanted else {}
    )
    for one in found:
        delivery = deliveries.get(one.delivery_id)
        soft = one.kind in ("soft", "candidate")
        shown = delivery is not None and (one.state in _ENDED or not soft)
        entry = _entry(one, delivery if shown else None, distance, readers, soft=soft)
        result.entries.append(entry)
        if shown and delivery is not None:
            digests: dict[str, str] = json.loads(delivery[5])
            result.reads[one.id] = Read(
                one.id, one.round, one.delivery_id, read_digests(digests, one.keys)
            )


def _entry(
    one: _Found,
    delivery: tuple[Any, ...] | None,
    distance: int,
    readers: tuple[str, ...],
    *,
    soft: bool,
) -> Entry:
    if delivery is None:
        summary, delivered, by = "", "", ""
        critical: dict[str, Any] = {}
        artifacts: list[dict[str, Any]] = []
    else:
        summary = delivery[1]
        critical = json.loads(delivery[2]) if delivery[2] != "{}" else {}
        artifacts = json.loads(delivery[3]) if delivery[3] != "[]" else []
        given: dict[str, str] = json.loads(delivery[4]) if delivery[4] != "{}" else {}
        delivered = next((given[name] for name in readers if name in given), "")
        by = f"{delivery[6]}/{delivery[7]}" if delivery[6] is not None else ""
    if one.keys and critical:
        critical = {name: value for name, value in critical.items() if name in one.keys}
    return Entry(
        task=one.key,
        title=one.title,
        distance=distance,
        path=one.path,
        state=one.state,
        soft=soft,
        expect=one.expect,
        promise=one.promise,
        keys=tuple(one.keys),
        delivered=delivered,
        summary=summary,
        critical=critical,
        artifacts=tuple(artifacts),
        by=by,
        round=one.round,
        source_id=one.id,
        delivery_id=one.delivery_id,
    )
