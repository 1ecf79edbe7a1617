"""Replay: what hand-made images and events say."""

from __future__ import annotations

import json

import pytest

from headwater.graph.images import (
    DEFAULTS,
    SPEC_FIELDS,
    SPEC_TEXTS,
    STATE_FIELDS,
    TALK_TEXTS,
    lane_of,
)
from headwater.graph.replay import (
    Need,
    Record,
    Settings,
    Values,
    apply,
    needs_of,
    records,
    task_of,
)


def test_a_task_has_every_logged_field_and_no_other() -> None:
    assert {*DEFAULTS} == {*SPEC_FIELDS, *SPEC_TEXTS, *STATE_FIELDS, *TALK_TEXTS}


def test_a_kind_of_event_and_a_field_that_nobody_knows_are_tolerated() -> None:
    assert list(records('{"flux": [1, {"a": 2}]}')) == []
    task = task_of(1, {"spec": '{"key": "a"}', "state": '{"state": "ready", "colour": "red"}'})
    assert (task.key, task.state) == ("a", "ready")


def test_an_aspect_that_nobody_knows_is_tolerated() -> None:
    assert task_of(1, {"spec": '{"key": "a"}', "mood": '{"mood": "good"}'}).key == "a"


def test_attempts_and_deliveries_are_in_the_data_of_events() -> None:
    first, second = _attempt(1), _attempt(2, account='{"pools": [3], "held": [0, 5, 0]}')
    assert list(records(json.dumps({"attempts": [first, second]}))) == [
        Record("attempt", 1, first),
        Record("attempt", 2, second),
    ]
    made: Values = {"id": 2, "task_id": 2, "reused_from_id": 9}
    assert list(records(json.dumps({"attempt": first, "delivery": made}))) == [
        Record("attempt", 1, first),
        Record("delivery", 2, made),
    ]
    assert list(records(json.dumps({"deliveries": [made]}))) == [Record("delivery", 2, made)]


def test_what_a_row_of_0_1_0_leaves_out_is_as_the_table_was_given_it() -> None:
    old: Values = {"id": 1, "task_id": 1}
    assert list(records(json.dumps({"attempt": old, "delivery": old}))) == [
        Record("attempt", 1, _attempt(1)),
        Record("delivery", 1, {**old, "reused_from_id": 0}),
    ]


def _attempt(number: int, account: str = "") -> Values:
    return {"id": number, "task_id": number, "account": account}


@pytest.mark.parametrize("dropped", ["8", '{"id": 8}'])
def test_an_attempt_may_be_dropped_by_its_number_or_its_image(dropped: str) -> None:
    assert list(records(f'{{"dropped_attempt": {dropped}}}')) == [Record("attempt", 8, None)]


@pytest.mark.parametrize("policy", [{"reworks": 2}, '{"reworks": 2}'])
def test_policy_and_pause_are_the_last_ones_logged(policy: object) -> None:
    settings = Settings()
    for data in ({"policy": {"reworks": 9}}, {"paused": 1}, {"policy": policy}):
        for record in records(json.dumps(data)):
            apply(settings, record)
    assert (settings.policy, settings.paused) == ({"reworks": 2}, 1)
    for record in records('{"paused": 0}'):
        apply(settings, record)
    assert settings.paused == 0


def test_edges_keep_kind_and_contract() -> None:
    stored = '[[3,"hard","a schema","schema.json","[\\"port\\"]"],[4,"soft","","","[]"]]'
    assert needs_of(stored) == (
        Need(3, "hard", "a schema", "schema.json", '["port"]'),
        Need(4, "soft", "", "", "[]"),
    )
    assert needs_of("") == ()
    assert needs_of('[[3,"hard","","","[]","later"]]') == (Need(3),), "a field nobody knows"


def test_a_lane_is_the_set_of_capabilities() -> None:
    assert lane_of(["b", "a", "b"]) == "a,b"
    assert lane_of([]) == ""
