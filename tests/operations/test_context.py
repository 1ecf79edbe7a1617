"""What a worker is shown of its upstreams."""

from __future__ import annotations

import pytest
from hands import claim, finish, finish_all, rows

from headwater import Board
from headwater.verbs.work import Upstream


def shown(board: Board, key: str) -> dict[str, Upstream]:
    return {one.task: one for one in claim(board, key).upstream or []}


def distances(board: Board, key: str) -> dict[str, int]:
    return {name: one.distance for name, one in shown(board, key).items()}


def test_a_part_sees_what_was_delivered_to_its_container(board: Board) -> None:
    board.add([{"key": "up"}, {"key": "big", "contracts": [{"task": "up", "promise": "p"}]}])
    finish(board, "up", delivered={"big": "text for big"})
    board.split("big", [{"key": "b1"}])
    board.split("b1", [{"key": "b1a"}])
    up = shown(board, "b1a")["up"]
    assert (up.delivered, up.said_to) == ("text for big", "big")


def test_text_for_the_part_itself_goes_before_text_for_its_container(board: Board) -> None:
    board.add([{"key": "up"}, {"key": "big", "needs": ["up"]}])
    board.split("big", [{"key": "b1"}, {"key": "b2"}])
    finish(board, "up", delivered={"big": "for all", "b1": "for b1"})
    said = [shown(board, key)["up"] for key in ("b1", "b2")]
    assert [(up.delivered, up.said_to) for up in said] == [("for b1", None), ("for all", "big")]


def test_a_part_does_not_see_what_was_delivered_to_others(board: Board) -> None:
    board.add([{"key": "up"}, {"key": "big", "needs": ["up"]}, {"key": "x", "needs": ["up"]}])
    board.split("big", [{"key": "b1"}])
    finish(board, "up", delivered={"x": "for x"})
    assert shown(board, "b1")["up"].delivered is None


def test_the_last_parts_stand_in_the_containers_place_and_earlier_ones_farther(
    board: Board,
) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split(
        "big",
        [
            {"key": "b1"},
            {"key": "b2", "needs": ["b1"]},
            {"key": "b3", "needs": ["b2"]},
            {"key": "c3", "needs": ["b1"]},
        ],
    )
    finish_all(board, "b1", "b2", "b3", "c3")
    assert distances(board, "after") == {"b3": 1, "c3": 1, "b1": 2, "b2": 2}


def test_the_path_names_the_container(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", [{"key": "b1"}, {"key": "b2", "needs": ["b1"]}])
    finish_all(board, "b1", "b2")
    paths = {key: one.path for key, one in shown(board, "after").items()}
    assert paths == {"b2": ["big"], "b1": ["b2", "big"]}


def test_nested_containers_are_transparent_at_the_same_distance(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", [{"key": "b1"}, {"key": "b2", "needs": ["b1"]}])
    board.split("b2", [{"key": "b2a"}, {"key": "b2b", "needs": ["b2a"]}])
    finish_all(board, "b1", "b2a", "b2b")
    assert distances(board, "after") == {"b2b": 1, "b1": 2, "b2a": 2}


def test_a_cancelled_last_part_leaves_its_place_to_the_one_before(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", [{"key": "b1"}, {"key": "b2", "needs": ["b1"]}])
    finish(board, "b1", critical={"x": 1})
    board.cancel(["b2"])
    assert distances(board, "after") == {"b1": 1}


def test_the_containers_own_upstreams_stay_visible(board: Board) -> None:
    board.add([{"key": "up"}, {"key": "big", "needs": ["up"]}, {"key": "after", "needs": ["big"]}])
    board.split("big", [{"key": "b1"}])
    finish_all(board, "up", "b1")
    assert distances(board, "after") == {"b1": 1, "up": 2}


def test_a_part_that_answers_shows_its_contract(board: Board) -> None:
    contract = {"task": "big", "expect": "e", "promise": "p"}
    board.add([{"key": "big"}, {"key": "after", "contracts": [contract]}])
    board.split("big", [{"key": "b1", "answers": ["after"]}, {"key": "b2"}])
    finish(board, "b1", delivered={"after": "the api"})
    finish(board, "b2")
    seen = shown(board, "after")
    assert (seen["b1"].expect, seen["b1"].promise, seen["b1"].delivered) == ("e", "p", "the api")
    assert seen["b2"].promise is None


def test_a_task_done_by_hand_without_words_is_still_shown(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    board.done("a")
    assert distances(board, "b") == {"a": 1}


def test_what_is_shown_of_parts_is_recorded_as_read(board: Board) -> None:
    board.add([{"key": "big"}, {"key": "after", "needs": ["big"]}])
    board.split("big", [{"key": "b1"}, {"key": "b2", "needs": ["b1"]}])
    finish_all(board, "b1", "b2")
    claim(board, "after")
    query = (
        "SELECT s.key FROM reading r JOIN task s ON s.id = r.source_id "
        "JOIN task t ON t.id = r.task_id WHERE t.key = 'after' ORDER BY s.key"
    )
    assert [one["key"] for one in rows(board, query)] == ["b1", "b2"]


def test_summaries_end_after_two_hops_and_critical_values_do_not(board: Board) -> None:
    keys = ["a", "b", "c", "d"]
    board.add([{"key": key, "needs": keys[n - 1 : n]} for n, key in enumerate(keys)])
    for key in keys[:3]:
        finish(board, key, critical={key: 1})
    seen = shown(board, "d")
    assert [seen[key].summary is None for key in ("c", "b", "a")] == [False, False, True]
    assert seen["a"].critical == {"a": 1}


def test_equal_keys_with_different_values_are_listed_as_a_conflict(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b"}, {"key": "c", "needs": ["a", "b"]}])
    finish(board, "a", critical={"port": 1, "same": 1})
    finish(board, "b", critical={"port": 2, "same": 1})
    got = claim(board, "c")
    assert got.conflicts == ["port: a, b"]
    assert [one.critical for one in got.upstream or []] == [
        {"port": 1, "same": 1},
        {"port": 2, "same": 1},
    ]


def test_what_a_task_asks_for_is_never_delivered_in_its_name(board: Board) -> None:
    board.add([{"key": "a", "spec": "do it"}, {"key": "b", "needs": ["a"]}])
    board.edit("a", set={"spec": "do it otherwise"})
    got = claim(board, "a")
    assert got.spec == "do it otherwise"
    board.finish(got.lease or "")
    (seen,) = claim(board, "b").upstream or []
    assert (seen.summary, seen.critical) == (None, None)


def test_a_contract_of_blanks_asks_for_nothing_and_blocks_like_any_need(board: Board) -> None:
    board.add([{"key": "a"}])
    board.add([{"key": "b", "contracts": [{"task": "a", "expect": "", "promise": ""}]}])
    got = claim(board, "a")
    assert got.owes == []
    board.finish(got.lease or "", summary="s")
    assert [one.task for one in claim(board, "b").upstream or []] == ["a"]


def test_what_a_contract_uses_of_a_container_it_uses_of_every_part(board: Board) -> None:
    contract = {"task": "big", "keys": ["port"]}
    board.add([{"key": "big"}, {"key": "after", "contracts": [contract]}])
    board.split("big", [{"key": "b1"}, {"key": "b2"}])
    board.split("b2", [{"key": "b2a"}])
    finish(board, "b1", critical={"port": 80, "schema": 1})
    finish(board, "b2a", critical={"auth": "c"})
    held = claim(board, "after")
    assert {one.task: one.critical for one in held.upstream or []} == {
        "b1": {"port": 80},
        "b2a": None,
    }
    board.finish(held.lease or "", summary="done")
    board.rework("b2a", "a token")
    assert finish(board, "b2a", critical={"auth": "t"}).reopened is None


@pytest.mark.parametrize(
    ("others", "expected"), [(["auth"], {"port": 80, "auth": "c"}), ([], {"port": 80, "auth": "c"})]
)
@pytest.mark.parametrize("depth", [1, 2])
def test_a_part_with_a_contract_of_its_own_shows_what_the_containers_contract_uses_too(
    board: Board, depth: int, others: list[str], expected: dict[str, object]
) -> None:
    board.add([{"key": "big"}])
    board.split("big", [{"key": "part"}])
    if depth == 2:
        board.split("part", [{"key": "inner"}])
    own = {"task": "part", "keys": ["port"]}
    board.add(
        [
            {"key": "both", "contracts": [own, {"task": "big", "keys": others}]},
            {"key": "one", "contracts": [own]},
        ]
    )
    last = "inner" if depth == 2 else "part"
    finish(board, last, critical={"port": 80, "auth": "c"})
    assert shown(board, "both")[last].critical == expected
    assert shown(board, "one")[last].critical == {"port": 80}


def test_a_part_that_a_part_of_another_container_needs_stands_in_its_own_containers_place(
    board: Board,
) -> None:
    board.add([{"key": "model"}, {"key": "app"}])
    board.split("model", [{"key": "schema"}])
    board.split("app", [{"key": "page", "needs": ["schema"]}])
    used = {"task": "model", "keys": ["tables"]}
    board.add([{"key": "end", "needs": ["app"], "contracts": [used]}])
    finish(board, "schema", critical={"tables": 3, "views": 1})
    finish(board, "page")
    seen = shown(board, "end")
    assert {name: one.path for name, one in seen.items()} == {"schema": ["model"], "page": ["app"]}
    assert seen["schema"].critical == {"tables": 3}


@pytest.mark.parametrize(
    ("others", "expected"),
    [(["auth"], {"port": 80, "auth": "c"}), ([], {"port": 80, "auth": "c", "rest": 1})],
)
def test_a_far_upstream_shows_what_any_of_the_edges_to_it_uses(
    board: Board, others: list[str], expected: dict[str, object]
) -> None:
    board.add(
        [
            {"key": "design"},
            {"key": "api", "contracts": [{"task": "design", "keys": ["port"]}]},
            {"key": "app", "contracts": [{"task": "design", "keys": others}]},
            {"key": "both", "needs": ["api", "app"]},
            {"key": "one", "needs": ["api"]},
        ]
    )
    finish(board, "design", critical={"port": 80, "auth": "c", "rest": 1})
    finish_all(board, "api", "app")
    assert shown(board, "both")["design"].critical == expected
    assert shown(board, "one")["design"].critical == {"port": 80}


@pytest.mark.parametrize("between", [("soft", "needs"), ("needs", "soft")])
def test_an_upstream_that_a_hard_edge_leads_to_is_no_soft_one_whichever_edge_is_older(
    board: Board, between: tuple[str, str]
) -> None:
    board.add([{"key": "top"}])
    board.add([{"key": kind, kind: ["top"]} for kind in between])
    board.add([{"key": "end", "needs": [*between]}])
    finish(board, "top", critical={"port": 80})
    finish_all(board, *between)
    board.rework("top", "another port")
    top = shown(board, "end")["top"]
    assert (top.soft, top.state, top.critical) == (None, "ready", {"port": 80})


@pytest.mark.parametrize("split", [False, True])
def test_a_part_of_a_soft_upstream_is_as_soft_as_one_that_was_not_split(
    board: Board, split: bool
) -> None:
    board.add([{"key": "big"}, {"key": "end", "soft": ["big"]}])
    if split:
        board.split("big", [{"key": "part"}])
    key = "part" if split else "big"
    finish(board, key, critical={"port": 80})
    board.rework(key, "another port")
    one = shown(board, "end")[key]
    assert (one.soft, one.state, one.critical) == (True, "ready", None)


def test_a_part_of_a_hard_upstream_is_no_soft_one_if_a_soft_edge_leads_to_it_too(
    board: Board,
) -> None:
    board.add([{"key": "big"}])
    board.split("big", [{"key": "part"}])
    board.add([{"key": "end", "needs": ["big"], "soft": ["part"]}])
    finish(board, "part")
    assert shown(board, "end")["part"].soft is None


def test_values_that_no_contract_names_are_named_with_the_entry(board: Board) -> None:
    board.add(
        [
            {"key": "a"},
            {"key": "some", "contracts": [{"task": "a", "keys": ["port"]}]},
            {"key": "every", "needs": ["a"]},
        ]
    )
    long = {f"{at:03}-{'k' * 60}": at for at in range(50)}
    finish(board, "a", critical={"port": 80, "auth": "c", **long})
    some, every = shown(board, "some")["a"], shown(board, "every")["a"]
    assert (some.critical, every.also) == ({"port": 80}, None)
    assert some.also is not None
    assert (some.also[0], len(some.also)) == ("auth", 3)
