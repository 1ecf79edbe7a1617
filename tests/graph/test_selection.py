"""What of the upstreams a briefing has room for, apart from any store."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.graph.briefing import (
    CUT,
    Entry,
    conflicts,
    cut,
    level,
    select,
    size_bytes,
    size_together,
    whole_bytes,
)

_TEXTS = st.text("aé\n", max_size=60) | st.integers(0, 900).map(lambda size: "x" * size)
_VALUES = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2) | st.just("v" * 200))


def _entry(at: int = 1, distance: int = 1, **given: Any) -> Entry:
    said = {"title": "", "path": (), **given}
    return Entry(task=f"task-{at}", distance=distance, state="done", **said)


@st.composite
def _entries(draw: st.DrawFn) -> list[Entry]:
    distances = sorted(draw(st.lists(st.integers(1, 3), max_size=6)))
    entries = [
        _entry(
            at,
            distance,
            expect=draw(_TEXTS) if distance == 1 else "",
            delivered=draw(_TEXTS) if distance == 1 else "",
            summary=draw(_TEXTS) if distance < 3 else "",
            critical=draw(_VALUES),
            changed=draw(st.booleans()),
        )
        for at, distance in enumerate(distances)
    ]
    is_known = draw(st.booleans())
    return [replace(one, values_bytes=one.size_of_values() * is_known) for one in entries]


@given(st.lists(_TEXTS, min_size=1))
def test_the_size_of_several_texts_is_the_sum_of_their_sizes(texts: list[str]) -> None:
    assert size_together(texts) == sum(size_bytes(text) for text in texts)


@given(_TEXTS, st.integers(len(CUT) + 2, 100))
def test_a_text_is_cut_to_its_limit_and_marked_only_if_it_is_longer(text: str, limit: int) -> None:
    found = cut(text, limit)
    assert size_bytes(found) <= limit
    assert found == text or (size_bytes(text) > limit and found.endswith(CUT))
    assert text.startswith(found.removesuffix(CUT))


def test_a_text_of_plain_letters_fills_its_limit() -> None:
    assert size_bytes(cut("x" * 100, 50)) == 50
    assert cut("é" * 100, 13) == f"éé{CUT}"
    assert cut("x" * 100, 102) == "x" * 100


@given(st.lists(st.integers(0, 50)), st.integers(0, 200))
def test_the_largest_are_cut_to_one_level_that_lets_all_fit(sizes: list[int], budget: int) -> None:
    def together(most: int) -> int:
        return sum(min(size, most) for size in sizes)

    found = level(sizes, budget)
    assert together(found) <= budget
    assert sum(sizes) <= budget or together(found + 1) > budget
    assert sum(sizes) > budget or found == max(sizes, default=0)


@given(_entries(), st.integers(300, 4000))
def test_what_is_shown_fits_and_what_is_not_is_named(entries: list[Entry], budget: int) -> None:
    found = select(entries, budget)
    sizes = sum(one.size_bytes() for one in found.entries)
    assert sizes + size_bytes(list(found.conflicts)) <= budget
    whole = {one.task: one for one in entries if one.distance == 1 or one.critical or one.summary}
    shown = {one.task: one for one in found.entries}
    assert list(shown) == [name for name in whole if name in shown]
    shortened = [name for name, one in shown.items() if one != whole[name]]
    left_out = [name for name in whole if name not in shown]
    for names, what in ((shortened, "shortened"), (left_out, "left out")):
        said = [one for one in found.lacking if f" {what}: " in one]
        assert [one.split()[0] for one in said] == ([str(len(names))] if names else [])
        assert all(f"{names[0]}" in one for one in said)


@given(_entries())
def test_what_fits_as_a_whole_is_shown_as_a_whole(entries: list[Entry]) -> None:
    found = select(entries, whole_bytes(entries))
    assert found.lacking == ()
    assert [one.task for one in found.entries] == [
        one.task for one in entries if one.distance == 1 or one.critical or one.summary
    ]
    assert found.conflicts == conflicts(entries)


@pytest.mark.parametrize(
    ("said", "size"),
    [({name: "é\n"}, 6) for name in ("title", "expect", "promise", "delivered", "summary")]
    + [({name: ("port", "auth")}, 14) for name in ("path", "keys", "also")]
    + [({"critical": {"port": 80}}, 11), ({"artifacts": ({"name": "a"},)}, 14)],
)
def test_all_that_an_entry_says_counts_with_its_size(said: dict[str, Any], size: int) -> None:
    assert _entry(**said).size_bytes() == _entry().size_bytes() + size
    assert _entry(at=1_000).size_bytes() == _entry(at=1).size_bytes() + 3


def test_far_away_only_what_says_something_is_shown_or_counted() -> None:
    said = [
        _entry(1),
        _entry(2, 2, summary="s"),
        _entry(3, 3, critical={"port": 80}),
        _entry(4, 3, artifacts=({"name": "a"},)),
    ]
    silent = _entry(5, 2)
    assert [one.task for one in select([*said, silent], 4_000).entries] == [
        one.task for one in said
    ]
    assert whole_bytes([*said, silent]) == whole_bytes(said)


def test_conflicts_that_find_no_room_are_counted() -> None:
    values = [{f"key-{at:02}": one for at in range(20)} for one in (1, 2)]
    found = select([_entry(at, critical=one) for at, one in enumerate(values)], 1_000)
    assert found.conflicts[0] == "key-00: task-0, task-1"
    assert found.unnamed_conflicts == 20 - len(found.conflicts)
    assert 0 < len(found.conflicts) < 19


def test_the_size_of_values_is_the_same_known_or_not() -> None:
    entry = _entry(critical={"port": 80}, artifacts=({"name": "a"},))
    known = len('{"port":80}') + len('[{"name":"a"}]')
    assert replace(entry, values_bytes=known).size_bytes() == entry.size_bytes()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1, True),
        (1, True, False),
        (1, 1.0, False),
        ({"a": [1, 2], "b": None}, {"b": None, "a": [1, 2]}, True),
        ({"a": [1, 2]}, {"a": [1, True]}, False),
        ([1, 2], [2, 1], False),
        ("1", 1, False),
        (None, False, False),
    ],
)
def test_values_conflict_unless_they_are_the_same_json(
    one: object, other: object, same: bool
) -> None:
    found = conflicts([_entry(1, critical={"key": one}), _entry(2, critical={"key": other})])
    assert found == (() if same else ("key: task-1, task-2",))


def test_what_changed_is_the_last_to_be_cut() -> None:
    values, words = {"v": "v" * 400}, "w" * 300
    entries = [_entry(at, critical=values, delivered=words, changed=at == 2) for at in range(3)]
    kept = select(entries, 1_400).entries
    assert [bool(one.critical) for one in kept] == [False, False, True]
    assert [one.delivered == words for one in kept] == [False, False, True]


def test_what_a_contract_names_goes_before_other_values_and_small_ones_before_large() -> None:
    large, small = {"v": "v" * 900}, {"v": "v" * 200}
    entries = [
        _entry(1, critical=large),
        _entry(2, critical=small),
        _entry(3, critical=small, keys=("v",)),
        _entry(4, critical=large, keys=("v",)),
        _entry(5, critical=small, keys=("v",)),
    ]
    shown = {
        room: [one.task[-1] for one in select(entries, room).entries if one.critical]
        for room in (1_150, 1_200, 2_300, 2_900)
    }
    assert shown == {
        1_150: ["3", "5"],
        1_200: ["2", "3", "5"],
        2_300: ["2", "3", "4", "5"],
        2_900: ["2", "3", "4", "5"],
    }


def test_words_to_this_task_go_before_values_that_no_contract_names_and_after_others() -> None:
    entries = [
        _entry(1, delivered="w" * 400, critical={"v": "v" * 100}),
        _entry(2, delivered="w" * 40_000, critical={"v": "v" * 100}, keys=("v",)),
        _entry(3, summary="s" * 500),
    ]
    for room in range(1_100, 1_900, 100):
        one, other, _ = select(entries, room).entries
        assert other.critical
        assert not one.critical or one.delivered == "w" * 400
    assert len(other.delivered) > 200


def test_farther_upstreams_that_are_shown_say_something() -> None:
    far = [_entry(at, 2, summary="s" * 200, critical={"v": "v" * 50}) for at in range(2, 14)]
    shown = select([_entry(1, summary="s" * 100), *far], 1_600).entries
    assert [one.task for one in shown][:4] == ["task-1", "task-2", "task-3", "task-4"]
    assert all(one.critical for one in shown[1:])


def test_where_all_words_would_be_cut_to_nothing_the_shortest_are_shown() -> None:
    entries = [_entry(at, delivered="word " * (10 + 2 * at)) for at in range(10)]
    shown = [len(one.delivered) for one in select(entries, 1_460).entries]
    assert shown == [50, 60, 70, 80, 88, 88, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1a2b3c4", "5d6e7f8"),
        ("ann@1a2b3c4d", "bob/x@5d6e7f8a"),
        ("parse(text) -> Tree " * 6, "run(tree) -> Rows " * 6),
        ({"columns": ["a" * 50, "b" * 50]}, 1),
    ],
)
def test_what_differs_from_one_task_to_another_is_no_conflict(one: Any, other: Any) -> None:
    assert conflicts([_entry(1, critical={"key": one}), _entry(2, critical={"key": other})]) == ()


def test_what_each_of_three_has_of_its_own_is_no_conflict() -> None:
    def given(*values: Any) -> tuple[str, ...]:
        return conflicts([_entry(n, critical={"usage": one}) for n, one in enumerate(values, 1)])

    assert given("ledger add", "ledger undo", "ledger check") == ()
    assert len(given("ledger add", "ledger undo")) == 1
    assert len(given("json", "json", "yaml")) == 1, "two agree, and one does not"
    assert given("json", "json", "json") == ()


def test_a_description_beside_values_that_differ_hides_no_conflict() -> None:
    values: list[Any] = ["long " * 30, "20261123", "20261124"]
    entries = [_entry(at, critical={"key": value}) for at, value in enumerate(values)]
    assert len(conflicts(entries)) == 1


@pytest.mark.parametrize(("room", "count"), [(1_030, 0), (1_500, 6), (2_200, 10)])
def test_a_text_of_which_only_some_words_had_room_is_left_out(room: int, count: int) -> None:
    entries = [_entry(1, summary=f"{at} " + "said " * 60) for at in range(10)]
    shown = [entry.summary for entry in select(entries, room).entries]
    assert shown[count:] == [""] * (10 - count)
    assert all(len(text) > 60 and text.endswith(CUT) for text in shown[:count])
