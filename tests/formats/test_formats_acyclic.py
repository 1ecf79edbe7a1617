"""Edges added one by one keep the graph acyclic: compared with networkx."""

from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from headwater.formats.acyclic import AcyclicEdges
from headwater.formats.keys import map_keys

NAMES = [f"t{n}" for n in range(12)]
EDGES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=60)


@given(EDGES)
def test_an_edge_is_refused_exactly_if_it_would_close_a_circle(
    edges: list[tuple[str, str]],
) -> None:
    ours = AcyclicEdges(NAMES, {})
    graph = nx.DiGraph()
    graph.add_nodes_from(NAMES)
    for task, upstream in edges:
        closes = task == upstream or nx.has_path(graph, upstream, task)
        assert ours.add(task, upstream) is not closes
        if not closes:
            graph.add_edge(task, upstream)
    place = {name: at for at, name in enumerate(ours.order())}
    assert all(place[upstream] < place[task] for task, upstream in graph.edges)


@given(st.sets(st.text(min_size=1, max_size=120), max_size=30))
def test_all_names_get_different_legal_keys(names: set[str]) -> None:
    import re

    from headwater import limits

    keys = map_keys(names)
    assert set(keys) == names
    assert len(set(keys.values())) == len(names)
    assert all(re.fullmatch(limits.KEY_PATTERN, key) for key in keys.values())
