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
from headwater.store.queries import context
from headwater.store.rows import TaskRow
from headwater.store.transaction import Tx

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
    paths: dict[int, tuple[str, ...]] = {task.id: ()}
    level = [task.id]
    distance = 1
    while level and distance <= depth:
        found, containers = _level(tx, level, paths)
        if containers:  # transparent: their children stand in their place, at the same distance
            inner, _ = _level(tx, containers, paths, parts=True)
            found.extend(inner)
        _add_entries(tx, task, found, distance, result)
        level = [one.id for one in found] + containers
        distance += 1
        if len(paths) > limits.BRIEF_VISITS or len(result.entries) >= limits.BRIEF_ENTRIES:
            result.cut_off = bool(level)
            break
    return result


def _level(
    tx: Tx, ids: list[int], paths: dict[int, tuple[str, ...]], *, parts: bool = False
) -> tuple[list[_Found], list[int]]:
    """The unseen upstreams of `ids`; containers apart."""
    found: list[_Found] = []
    containers: list[int] = []
    for row in tx.all(context.UPSTREAMS, ids=compact(ids)):
        task_id, upstream_id, kind, expect, promise, keys, key, title, state, rnd, delivery, _ = row
        if upstream_id in paths or (kind == "part") is not parts:
            continue
        paths[upstream_id] = (*paths[task_id], key)
        if _is_container(state, delivery, row[11]) and not parts:
            containers.append(upstream_id)
            continue
        found.append(
            _Found(
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
        )
    return found, containers


def _is_container(state: str, delivery_id: int, parts_open: int) -> bool:
    return state == State.SPLIT or (state == State.DONE and delivery_id == 0 and parts_open == 0)


def _add_entries(
    tx: Tx, task: TaskRow, found: list[_Found], distance: int, result: Gathered
) -> None:
    wanted = sorted({one.delivery_id for one in found if one.delivery_id})
    deliveries = (
        {row[0]: row for row in tx.all(context.DELIVERIES, ids=compact(wanted))} if wanted else {}
    )
    for one in found:
        delivery = deliveries.get(one.delivery_id)
        soft = one.kind in ("soft", "candidate")
        shown = delivery is not None and (one.state in _ENDED or not soft)
        entry = _entry(one, delivery if shown else None, distance, task.key, soft=soft)
        result.entries.append(entry)
        if shown and delivery is not None:
            digests: dict[str, str] = json.loads(delivery[5])
            result.reads[one.id] = Read(
                one.id, one.round, one.delivery_id, read_digests(digests, one.keys)
            )


def _entry(
    one: _Found, delivery: tuple[Any, ...] | None, distance: int, reader: str, *, soft: bool
) -> Entry:
    if delivery is None:
        summary, delivered, by = "", "", ""
        critical: dict[str, Any] = {}
        artifacts: list[dict[str, Any]] = []
    else:
        summary = delivery[1]
        critical = json.loads(delivery[2]) if delivery[2] != "{}" else {}
        artifacts = json.loads(delivery[3]) if delivery[3] != "[]" else []
        delivered = json.loads(delivery[4]).get(reader, "") if delivery[4] != "{}" else ""
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
