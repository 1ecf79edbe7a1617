"""The policy of a board: defaults, bounds, storage."""

from __future__ import annotations

import json
from dataclasses import asdict, fields

import pytest

from headwater import limits
from headwater.errors import BadRequest
from headwater.graph.policy import _BOUNDS, _WORDS, Policy, policy_of


def test_a_board_without_settings_has_the_defaults() -> None:
    assert policy_of("{}") == Policy()


def test_only_what_differs_is_stored_so_that_better_defaults_reach_old_boards() -> None:
    assert json.loads(Policy().as_json()) == {}
    assert json.loads(Policy().changed({"reworks": 2}).as_json()) == {"reworks": 2}
    assert json.loads(Policy().changed({"reworks": Policy().reworks}).as_json()) == {}


def test_a_stored_policy_reads_back_equal() -> None:
    policy = Policy().changed({"lease_minutes": 2.5, "leases_per_session": 4, "releases": 9})
    assert policy_of(policy.as_json()) == policy


def test_changing_one_setting_leaves_the_others() -> None:
    policy = Policy().changed({"reworks": 2}).changed({"releases": 7})
    assert (policy.reworks, policy.releases) == (2, 7)


def test_an_unknown_setting_is_refused_and_the_known_ones_named() -> None:
    with pytest.raises(BadRequest) as refused:
        Policy().changed({"lease_hours": 1})
    assert "lease_hours" in refused.value.message
    for field in fields(Policy):
        assert field.name in refused.value.next


@pytest.mark.parametrize("value", [True, "5", None, [5]])
def test_a_setting_that_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(BadRequest, match="reworks is a number"):
        Policy().changed({"reworks": value})


@pytest.mark.parametrize("name", sorted(_BOUNDS))
def test_both_bounds_are_allowed_and_nothing_beyond(name: str) -> None:
    low, high = _BOUNDS[name]
    assert getattr(Policy().changed({name: low}), name) == pytest.approx(low)
    assert getattr(Policy().changed({name: high}), name) == pytest.approx(high)
    for beyond in (low - 1, high + 1, float("nan"), float("inf")):
        with pytest.raises(BadRequest, match="lies between"):
            Policy().changed({name: beyond})


def test_every_setting_has_bounds_and_a_default_within_them() -> None:
    assert {"rules", *_BOUNDS, *_WORDS} == {field.name for field in fields(Policy)}
    for name, value in asdict(Policy()).items():
        if name in _BOUNDS:
            low, high = _BOUNDS[name]
            assert low <= value <= high
        elif name in _WORDS:
            assert not _WORDS[name] or value in _WORDS[name]


@pytest.mark.parametrize("value", ["maybe", 1, True, None])
def test_a_setting_with_named_values_takes_no_other(value: object) -> None:
    assert Policy().changed({"paths": "refuse"}).paths == "refuse"
    with pytest.raises(BadRequest, match="warn, refuse, off"):
        Policy().changed({"paths": value})


@pytest.mark.parametrize("value", ["two\nlines", "x" * 401])
def test_a_free_setting_is_one_bounded_line(value: str) -> None:
    assert Policy().changed({"branch": "main"}).branch == "main"
    with pytest.raises(BadRequest, match="one line"):
        Policy().changed({"branch": value})


def test_a_refused_change_changes_nothing() -> None:
    policy = Policy()
    with pytest.raises(BadRequest):
        policy.changed({"reworks": 1, "releases": 0})
    assert policy == Policy()


@pytest.mark.parametrize("value", [3, None, "a\x00b", "a\udcff", ["x"]])
def test_rules_are_a_text(value: object) -> None:
    with pytest.raises(BadRequest, match="policy rules is a text"):
        Policy().changed({"rules": value})


def test_rules_have_a_limit_of_bytes_and_no_spaces_around() -> None:
    most = "é" * (limits.RULES_BYTES // 2)
    assert Policy().changed({"rules": most}).rules == most
    assert Policy().changed({"rules": "\n a\nb \n"}).rules == "a\nb"
    with pytest.raises(BadRequest, match=f"are {limits.RULES_BYTES + 1} bytes"):
        Policy().changed({"rules": most + "x"})


def test_a_word_has_a_limit_of_characters_and_a_refusal_names_what_is_allowed() -> None:
    most = "x" * limits.LINE_CHARS
    assert Policy().changed({"branch": most}).branch == most
    with pytest.raises(BadRequest, match="one line of at most"):
        Policy().changed({"branch": most + "x"})
    for name, value, says in (
        ("paths", 3, "policy paths is a word: warn, refuse, off"),
        ("branch", 3, "policy branch is a word"),
        ("profile", "fast", "policy profile is one of: nothing, safe, balanced, throughput"),
    ):
        with pytest.raises(BadRequest) as caught:
            Policy().changed({name: value})
        assert caught.value.message == says
