"""Labels and ranks, against networkx: the graph stays acyclic, and the queue knows its chains.

Random plans are built, edited, split, cancelled, reworked and imported into; after every step the
stored labels and ranks are compared with what networkx computes from the edges.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hands import refused, row, rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import Cycle, HeadwaterError
from headwater.operations import order

Step = tuple[Any, ...]

pick = st.integers(0, 1000)
"""Which of the tasks that are there, modulo their number."""
add = st.tuples(st.just("add"), st.lists(pick, max_size=3), st.lists(pick, max_size=2))
edge = st.tuples(st.just("edge"), pick, pick, st.booleans())
step = st.one_of(
    add,
    add,
    edge,
    edge,
    st.tuples(st.just("drop"), pick, pick),
    st.tuples(st.just("estimate"), pick, st.integers(0, 9)),
    st.tuples(st.just("cancel"), pick, st.sampled_from(["cancel", "release", "refuse"])),
    st.tuples(st.just("rework"), pick),
    st.tuples(st.just("split"), pick, st.integers(1, 3)),
    st.tuples(st.just("supersede"), pick),
    st.tuples(st.just("done"), pick),
)
plans = st.lists(step, min_size=5, max_size=40)
entangled = st.lists(
    st.one_of(
        add,
        edge,
        st.tuples(st.just("split"), pick, st.integers(1, 3)),
        st.tuples(st.just("supersede"), pick),
        st.tuples(st.just("supersede"), pick),
        st.tuples(st.just("rework"), pick),
    ),
    min_size=3,
    max_size=20,
)
"""Parts and successors of parts and successors: few other steps come in between."""


def stored(board: Board) -> nx.DiGraph:
    """The board's edges of every kind, from upstream to task."""
    graph = nx.DiGraph()
    for one in rows(board, "SELECT * FROM task"):
        graph.add_node(one["key"], **one)
    query = (
        "SELECT u.key AS upstream, t.key AS task, e.kind FROM edge e "
        "JOIN task t ON t.id = e.task_id JOIN task u ON u.id = e.upstream_id"
    )
    for one in rows(board, query):
        graph.add_edge(one["upstream"], one["task"], kind=one["kind"])
    return graph


def check_order(graph: nx.DiGraph) -> None:
    assert nx.is_directed_acyclic_graph(graph)
    for upstream, task in graph.edges:
        assert graph.nodes[upstream]["ord"] < graph.nodes[task]["ord"], (upstream, task)


def longest(graph: nx.DiGraph) -> dict[str, int]:
    """The longest remaining chain below each task, its own weight included, negative."""
    chain: dict[str, int] = {}
    containers = {after for _, after, kind in graph.edges(data="kind") if kind == "part"}
    for name in reversed(list(nx.topological_sort(graph))):
        below = [
            chain[after]
            for after in graph.successors(name)
            if graph.edges[name, after]["kind"] in ("hard", "part")
            and graph.nodes[after]["state"] != "cancelled"
        ]
        own = order.weight(graph.nodes[name]["estimate_ms"], has_parts=name in containers)
        chain[name] = min(below, default=0) - own
    return chain


def check_ranks(board: Board, graph: nx.DiGraph) -> None:
    if rows(board, "SELECT * FROM rank_todo"):
        return
    assert {name: graph.nodes[name]["neg_rank"] for name in graph} == longest(graph)


def would_close(graph: nx.DiGraph, new: list[tuple[str, str]]) -> bool:
    """Do these (upstream, task) edges close a circle?"""
    more = graph.copy()
    more.add_edges_from(new)
    return not nx.is_directed_acyclic_graph(more)


def do(board: Board, graph: nx.DiGraph, what: Step, fresh: Callable[[], str]) -> bool:
    """Take a step; a refusal for a circle must be right, and so must an acceptance.

    Returns whether it was accepted.
    """
    names = list(graph)

    def at(place: int) -> str:
        return names[place % len(names)]

    def standing(name: str) -> str:
        """Who stands in the place of a superseded task."""
        by_id = {graph.nodes[one]["id"]: one for one in graph}
        while graph.nodes[name]["superseded_by_id"]:
            name = by_id[graph.nodes[name]["superseded_by_id"]]
        return name

    new: list[tuple[str, str]] = []
    try:
        match what:
            case ("add", needs, before):
                name = fresh()
                needs = [at(one) for one in needs]
                before = [at(one) for one in before]
                new += [(standing(upstream), name) for upstream in needs]
                new += [(name, standing(consumer)) for consumer in before]
                board.add([{"key": name, "needs": needs, "before": before}])
            case ("edge", name, upstream, soft):
                source, consumer = at(upstream), at(name)
                if not graph.has_edge(source, consumer) and standing(source) != consumer:
                    source = standing(source)
                new.append((source, consumer))
                kind = "add_soft" if soft else "add_needs"
                board.edit(at(name), **{kind: [at(upstream)]})
            case ("drop", name, upstream):
                upstreams = list(graph.predecessors(at(name))) or [at(upstream)]
                board.edit(at(name), drop_needs=[upstreams[upstream % len(upstreams)]])
            case ("estimate", name, minutes):
                board.edit(at(name), set={"estimate": minutes})
            case ("cancel", name, mode):
                board.cancel([at(name)], dependents=mode)
            case ("rework", name):
                board.rework(at(name), "again")
            case ("split", name, count):
                children = [fresh() for _ in range(count)]
                board.split(at(name), [{"key": child} for child in children])
            case ("supersede", name):
                board.add([{"key": fresh(), "supersedes": at(name)}])
            case _:
                board.done(at(what[1]))
    except Cycle:
        assert would_close(graph, new), f"{what}: refused, and no circle"
    except HeadwaterError as refusal:
        if refusal.code not in ("wrong_state", "bad_request", "open_dependents"):
            raise
    else:
        assert not would_close(graph, new), f"{what}: accepted, and a circle"
        return True
    return False


def play(plan: list[Step]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Board.open(Path(folder) / "b.db", "default", clock=ManualClock()) as board,
    ):
        count = iter(range(10_000))
        board.add([{"key": "first"}, {"key": "second", "needs": ["first"]}])
        for what in plan:
            do(board, stored(board), what, lambda: f"new{next(count)}")
            graph = stored(board)
            check_order(graph)
            check_ranks(board, graph)
        assert board.verify() == []


SETTINGS = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@SETTINGS
@given(plans)
def test_labels_and_ranks_agree_with_networkx_after_every_step(plan: list[Step]) -> None:
    play(plan)


@settings(SETTINGS, max_examples=60)
@given(entangled)
def test_parts_and_successors_of_each_other_close_no_circle(plan: list[Step]) -> None:
    play(plan)


@SETTINGS
@given(plan=plans)
def test_with_a_tiny_rank_budget_ranks_are_right_as_soon_as_nothing_is_queued(
    tiny_budget: None, plan: list[Step]
) -> None:
    play(plan)


@pytest.fixture
def tiny_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every operation settles at most two ranks."""
    settle = order.settle_ranks
    monkeypatch.setattr(order, "_WAVE", 1)
    monkeypatch.setattr(order, "settle_ranks", lambda work, budget=0: settle(work, 2))


def test_what_a_tiny_budget_left_over_is_settled_by_later_writers(
    board: Board, tiny_budget: None
) -> None:
    board.add([{"key": f"t{n}", "needs": [f"t{n - 1}"] if n else []} for n in range(30)])
    board.edit("t29", set={"estimate": 100})
    assert rows(board, "SELECT * FROM rank_todo")
    assert row(board, "t0")["neg_rank"] == -30 * 60_000
    me = board.join("w").session
    for _ in range(20):
        board.claim(me, "t0")
    assert not rows(board, "SELECT * FROM rank_todo")
    assert row(board, "t0")["neg_rank"] == -129 * 60_000


def test_a_wide_change_stays_within_the_budget_of_one_call(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.add([{"key": f"t{n}", "needs": [f"t{n - 1}"] if n else []} for n in range(200)])
    visited: list[int] = []
    settle = order.settle_ranks
    monkeypatch.setattr(order, "_WAVE", 10)
    monkeypatch.setattr(
        order, "settle_ranks", lambda work: visited.append(settle(work, 50)) or visited[-1]
    )
    board.edit("t199", set={"estimate": 9})
    assert visited == [50]


def test_an_edge_against_the_labels_moves_only_the_region_between(board: Board) -> None:
    board.add([{"key": f"a{n}", "needs": [f"a{n - 1}"] if n else []} for n in range(5)])
    board.add([{"key": f"b{n}", "needs": [f"b{n - 1}"] if n else []} for n in range(5)])
    before = {one["key"]: one["ord"] for one in rows(board, "SELECT key, ord FROM task")}
    board.edit("a3", add_needs=["b1"])
    after = {one["key"]: one["ord"] for one in rows(board, "SELECT key, ord FROM task")}
    assert {name for name in after if after[name] != before[name]} == {"a3", "a4", "b0", "b1"}
    check_order(stored(board))


def test_a_long_circle_through_the_board_is_refused(board: Board) -> None:
    board.add([{"key": f"a{n}", "needs": [f"a{n - 1}"] if n else []} for n in range(500)])
    board.add([{"key": f"b{n}", "needs": [f"b{n - 1}"] if n else []} for n in range(500)])
    board.edit("b0", add_needs=["a499"])
    with refused(board, "cycle", "a0 needs b499"):
        board.edit("a0", add_needs=["b499"])
    check_order(stored(board))


def test_the_estimate_of_a_container_is_in_its_parts_and_counts_no_more_itself(
    board: Board,
) -> None:
    board.add([{"key": "cli", "estimate": 10}])
    board.add([{"key": "e2e", "needs": ["cli"], "estimate": 12}])
    board.add([{"key": "readme", "needs": ["cli"], "estimate": 10}])
    board.split("e2e", [{"key": "data", "estimate": 5}, {"key": "run", "estimate": 8}])
    found = board.graph(view="critical")
    assert [one["key"] for one in found.critical or []] == ["cli", "readme"]
    assert found.minutes == 20
    assert row(board, "e2e")["neg_rank"] == 0
    assert board.verify() == []
