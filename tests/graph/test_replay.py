"""Replay: hand-made logs, and the derived figures against networkx and counting by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, NamedTuple

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.graph.images import (
    SPEC_FIELDS,
    SPEC_TEXTS,
    STATE_FIELDS,
    TALK_TEXTS,
    default_of,
    lane_of,
)
from headwater.graph.replay import (
    Need,
    Snapshot,
    TaskImage,
    derive,
    needs_of,
    records,
    replay,
    task_of,
)


class Event(NamedTuple):
    revision: int
    kind: str = "added"
    data: str = "{}"


class Image(NamedTuple):
    task_id: int
    aspect: str
    revision: int
    image: str


def image(task_id: int, aspect: str, revision: int, **values: Any) -> Image:
    return Image(task_id, aspect, revision, json.dumps(values))


def edges(task_id: int, revision: int, *upstreams: int, kind: str = "hard") -> Image:
    found = [[upstream, kind, "", "", "[]"] for upstream in upstreams]
    return Image(task_id, "edges", revision, json.dumps(found))


def added(task_id: int, revision: int, key: str, state: str, **spec: Any) -> list[Image]:
    return [
        image(task_id, "spec", revision, key=key, **spec),
        image(task_id, "state", revision, state=state),
    ]


def sorted_images(*groups: Iterable[Image]) -> list[Image]:
    return sorted((one for group in groups for one in group), key=lambda one: one.revision)


def test_an_empty_log_is_an_empty_board() -> None:
    assert replay([], []) == Snapshot()


def test_a_task_has_every_logged_field_with_the_default_of_the_image() -> None:
    logged = {*SPEC_FIELDS, *SPEC_TEXTS, *STATE_FIELDS, *TALK_TEXTS}
    assert {one.name for one in fields(TaskImage)} == {"id", *logged}
    fresh = task_of(7, {})
    for name in logged:
        assert getattr(fresh, name) == default_of(name), name


def test_the_newest_image_of_each_aspect_wins() -> None:
    log = [Event(1), Event(2, "edited"), Event(3, "claimed")]
    images = sorted_images(
        added(1, 1, "a", "ready", title="first", priority=5),
        [image(1, "spec", 2, key="a", title="second")],
        [image(1, "state", 3, state="active", session_id=9, fence=1)],
    )
    task = replay(log, images).tasks[1]
    assert (task.title, task.priority) == ("second", 0)
    assert (task.state, task.session_id, task.fence) == ("active", 9, 1)


def test_a_shorter_log_is_the_past() -> None:
    log = [Event(1), Event(2, "claimed"), Event(3, "finished")]
    images = sorted_images(
        added(1, 1, "a", "ready"),
        [image(1, "state", 2, state="active"), image(1, "state", 3, state="done")],
    )
    states = [replay(log[:upto], images).tasks[1].state for upto in (1, 2, 3)]
    assert states == ["ready", "active", "done"]
    assert replay(log[:2], images).revision == 2


def test_a_kind_of_event_and_a_field_that_nobody_knows_are_tolerated() -> None:
    log = [Event(1), Event(2, "teleported", '{"flux": [1, {"a": 2}]}')]
    images = sorted_images(
        added(1, 1, "a", "ready"), [image(1, "state", 2, state="ready", colour="red")]
    )
    snapshot = replay(log, images)
    assert snapshot.revision == 2
    assert snapshot.tasks[1].state == "ready"


def test_an_aspect_that_nobody_knows_is_tolerated() -> None:
    images = [*added(1, 1, "a", "ready"), image(1, "mood", 1, mood="good")]
    assert replay([Event(1)], images).tasks[1].key == "a"


def test_attempts_and_deliveries_follow_the_data_of_events() -> None:
    first = {"id": 1, "task_id": 1, "ended_ms": 0}
    ended = {"id": 1, "task_id": 1, "ended_ms": 5}
    second = {"id": 2, "task_id": 1, "ended_ms": 0}
    third = {"id": 3, "task_id": 2, "ended_ms": 0}
    log = [
        Event(1, "claimed", json.dumps({"attempt": first})),
        Event(2, "finished", json.dumps({"attempt": ended, "delivery": {"id": 4, "task_id": 1}})),
        Event(3, "claimed", json.dumps({"attempts": [second, third]})),
        Event(4, "undone", json.dumps({"dropped_attempt": 2})),
        Event(5, "salvaged", json.dumps({"deliveries": [{"id": 5}, {"id": 6}]})),
    ]
    snapshot = replay(log, [])
    assert snapshot.attempts == {1: ended, 3: third}
    assert sorted(snapshot.deliveries) == [4, 5, 6]


def test_an_attempt_may_be_dropped_by_its_image() -> None:
    (record,) = records('{"dropped_attempt": {"id": 8}}')
    assert (record.table, record.id, record.values) == ("attempt", 8, None)


@pytest.mark.parametrize("policy", [{"reworks": 2}, '{"reworks": 2}'])
def test_policy_and_pause_are_the_last_ones_logged(policy: object) -> None:
    log = [
        Event(1, "policy", json.dumps({"policy": {"reworks": 9}})),
        Event(2, "paused", json.dumps({"paused": 1})),
        Event(3, "policy", json.dumps({"policy": policy})),
    ]
    snapshot = replay(log, [])
    assert (snapshot.policy, snapshot.paused) == ({"reworks": 2}, 1)
    resumed = [*log, Event(4, "resumed", json.dumps({"paused": 0}))]
    assert replay(resumed, []).paused == 0


def test_edges_keep_kind_and_contract() -> None:
    stored = '[[3,"hard","a schema","schema.json","[\\"port\\"]"],[4,"soft","","","[]"]]'
    assert needs_of(stored) == (
        Need(3, "hard", "a schema", "schema.json", '["port"]'),
        Need(4, "soft", "", "", "[]"),
    )
    assert needs_of("") == ()


def test_pending_counts_unfinished_hard_upstreams_and_nothing_else() -> None:
    states = {1: "done", 2: "active", 3: "cancelled", 4: "failed"}
    images = sorted_images(
        *(added(n, 1, f"u{n}", state) for n, state in states.items()),
        added(9, 1, "t", "waiting"),
        [
            Image(
                9,
                "edges",
                1,
                json.dumps(
                    [[n, "hard", "", "", "[]"] for n in (1, 2, 3)] + [[4, "soft", "", "", "[]"]]
                ),
            )
        ],
    )
    derived = derive(replay([Event(1)], images))
    assert (derived.pending[9], derived.soft_pending[9]) == (2, 1)


def test_a_container_counts_its_open_parts() -> None:
    images = sorted_images(
        added(1, 1, "whole", "split"),
        added(2, 1, "a", "done", parent_id=1),
        added(3, 1, "b", "cancelled", parent_id=1),
        added(4, 1, "c", "active", parent_id=1),
        added(5, 1, "d", "held", parent_id=1),
        [edges(1, 1, 2, 3, 4, 5, kind="part")],
    )
    derived = derive(replay([Event(1)], images))
    assert derived.parts_open == {1: 2, 2: 0, 3: 0, 4: 0, 5: 0}
    assert derived.pending[1] == 0


def test_a_task_that_is_ready_too_early_or_waits_for_nothing_is_named() -> None:
    images = sorted_images(
        added(1, 1, "a", "active"),
        added(2, 1, "early", "ready"),
        added(3, 1, "late", "waiting"),
        added(4, 1, "right", "waiting"),
        added(5, 1, "free", "ready"),
        [edges(2, 1, 1), edges(4, 1, 1)],
    )
    assert derive(replay([Event(1)], images)).misplaced == ["early", "late"]


def test_an_edge_to_a_task_that_is_not_there_counts_as_unfinished() -> None:
    images = sorted_images(added(1, 1, "a", "waiting"), [edges(1, 1, 99)])
    assert derive(replay([Event(1)], images)).pending[1] == 1


def test_a_circle_is_named() -> None:
    images = sorted_images(
        added(1, 1, "a", "waiting"),
        added(2, 1, "b", "waiting"),
        [edges(1, 1, 2), edges(2, 1, 1)],
    )
    cycle = derive(replay([Event(1)], images)).cycle
    assert cycle is not None
    assert {"a", "b"} == set(cycle)


def test_a_lane_is_the_set_of_capabilities() -> None:
    images = added(1, 1, "a", "ready", capabilities='["rust","gpu"]')
    assert derive(replay([Event(1)], images)).lanes == {1: "gpu,rust"}
    assert lane_of(["b", "a", "b"]) == "a,b"
    assert lane_of([]) == ""


_STATES = ["waiting", "ready", "active", "review", "held", "done", "failed", "cancelled", "split"]


@given(
    st.lists(st.sampled_from(_STATES), min_size=1, max_size=9),
    st.sets(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=20),
)
def test_derived_figures_agree_with_counting_by_hand(
    states: list[str], pairs: set[tuple[int, int]]
) -> None:
    ids = range(1, len(states) + 1)
    links = sorted((task, up) for task, up in pairs if task in ids and up in ids)
    images = sorted_images(
        *(added(n, 1, f"t{n}", state) for n, state in zip(ids, states, strict=True)),
        [edges(n, 1, *(up for task, up in links if task == n)) for n in ids],
    )
    derived = derive(replay([Event(1)], images))
    for n in ids:
        wanted = [up for task, up in links if task == n and states[up - 1] != "done"]
        assert derived.pending[n] == len(wanted)
    assert derived.counts == {state: states.count(state) for state in set(states)}
    graph: nx.DiGraph = nx.DiGraph(links)
    assert (derived.cycle is None) == nx.is_directed_acyclic_graph(graph)
