"""Circles and topological order, with networkx as the judge."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from headwater.graph.cycles import closing, cycle_sentence, find_cycle, topological

_names = st.sampled_from([f"t{n}" for n in range(12)])
_edges = st.lists(st.tuples(_names, _names), max_size=40)


def _graph(edges: list[tuple[str, str]]) -> nx.DiGraph:
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_edges_from(edges)
    return graph


@given(_edges)
def test_a_circle_is_found_exactly_if_there_is_one(edges: list[tuple[str, str]]) -> None:
    cycle = find_cycle(edges)
    assert (cycle is None) == nx.is_directed_acyclic_graph(_graph(edges))
    if cycle is not None:
        assert cycle[0] == cycle[-1]
        assert len(set(cycle[:-1])) == len(cycle) - 1
        assert set(pairwise(cycle)) <= set(edges)


@given(_edges, st.permutations([f"t{n}" for n in range(12)]))
def test_the_order_respects_every_edge_and_exists_exactly_without_a_circle(
    edges: list[tuple[str, str]], names: list[str]
) -> None:
    needs: dict[str, list[str]] = {}
    for task, upstream in set(edges):
        needs.setdefault(task, []).append(upstream)
    order = topological(names, needs)
    assert (order is not None) == nx.is_directed_acyclic_graph(_graph(edges))
    if order is not None:
        assert sorted(order) == sorted(names)
        place = {name: at for at, name in enumerate(order)}
        assert all(place[upstream] < place[task] for task, upstream in edges)


@given(_edges, st.permutations([f"t{n}" for n in range(12)]))
def test_the_order_is_the_first_possible_one_in_the_given_order(
    edges: list[tuple[str, str]], names: list[str]
) -> None:
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from((upstream, task) for task, upstream in edges)
    needs: dict[str, list[str]] = {}
    for task, upstream in set(edges):
        needs.setdefault(task, []).append(upstream)
    order = topological(names, needs)
    if order is not None:
        wanted = nx.lexicographical_topological_sort(graph, key=names.index)
        assert order == list(wanted)


def test_upstreams_outside_the_given_names_do_not_matter() -> None:
    assert topological(["b", "a"], {"a": ["elsewhere"], "b": ["a"]}) == ["a", "b"]


def test_a_task_that_needs_itself_is_a_circle() -> None:
    assert find_cycle([("a", "a")]) == ["a", "a"]
    assert topological(["a"], {"a": ["a"]}) is None


def test_a_chain_of_ten_thousand_needs_no_recursion() -> None:
    chain = [(f"t{n}", f"t{n + 1}") for n in range(10_000)]
    assert find_cycle(chain) is None
    closed = find_cycle([*chain, ("t10000", "t0")])
    assert closed is not None
    assert len(closed) == 10_002
    names = [f"t{n}" for n in range(10_001)]
    order = topological(names, {task: [upstream] for task, upstream in chain})
    assert order == names[::-1]


def test_a_wide_and_dense_graph_is_searched_once() -> None:
    layers = [[f"l{layer}n{n}" for n in range(50)] for layer in range(20)]
    edges = [
        (task, upstream)
        for below, above in zip(layers[1:], layers[:-1], strict=True)
        for task in below
        for upstream in above
    ]
    assert find_cycle(edges) is None


def test_a_circle_is_read_aloud_and_a_long_one_shortened() -> None:
    assert cycle_sentence(["a", "b", "a"]) == "a needs b needs a"
    long = cycle_sentence([*(f"t{n}" for n in range(30)), "t0"])
    assert long.startswith("t0 needs t1 ")
    assert long.endswith(" needs t0")
    assert "... 19 more ..." in long


def test_a_long_circle_is_named_by_its_ends() -> None:
    names = [f"t{number}" for number in range(14)]
    assert cycle_sentence(names[:12]) == " needs ".join(names[:12])
    assert cycle_sentence(names[:13]) == " needs ".join(
        [*names[:6], "... 1 more ...", *names[7:13]]
    )
    assert cycle_sentence(names) == " needs ".join([*names[:6], "... 2 more ...", *names[8:]])


def test_a_refusal_lists_the_first_twenty_of_a_circle() -> None:
    error = closing([f"t{number}" for number in range(30)], "; nothing was added")
    assert error.state == {"cycle": [f"t{number}" for number in range(20)]}
    assert error.message.startswith("that would close a circle: t0 needs t1")
    assert error.message.endswith("t29; nothing was added")
