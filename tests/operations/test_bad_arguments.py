"""Arguments that do not exist or do not fit: what the caller is told."""

from __future__ import annotations

import pytest

from headwater.errors import BadRequest
from headwater.verbs.plan import AddRequest
from headwater.verbs.work import CheckRequest, FinishRequest


def test_a_name_that_is_unknown_gets_the_names_of_its_own_place() -> None:
    with pytest.raises(BadRequest) as wrong:
        AddRequest.parse({"tasks": [{"key": "a", "neds": ["b"]}, {"key": "b", "depends": []}]})
    assert "tasks.0.neds: no such argument; tasks.1.depends: no such argument" in str(wrong.value)
    assert wrong.value.next.startswith("use only these in tasks: key, title, spec, ")
    assert wrong.value.next.count("use only") == 1


def test_a_name_two_levels_down_gets_those_of_the_inner_part() -> None:
    contract = {"task": "b", "expects": "x"}
    with pytest.raises(BadRequest) as wrong:
        AddRequest.parse({"tasks": [{"key": "a", "contracts": [contract]}], "sesion": "s"})
    assert wrong.value.next == (
        "use only these in contracts: task, expect, promise, keys; "
        "use only these arguments: tasks, reuse, session, request"
    )


def test_a_value_that_does_not_fit_is_not_answered_with_a_list_of_names() -> None:
    with pytest.raises(BadRequest) as wrong:
        CheckRequest.parse({"lease": "a#1.x", "progress": 500})
    assert "progress: Input should be less than or equal to 100" in str(wrong.value)
    assert wrong.value.next == "correct that and call again; nothing was changed"


def test_an_artifact_of_a_finish_knows_its_names_too() -> None:
    with pytest.raises(BadRequest) as wrong:
        FinishRequest.parse({"lease": "a#1.x", "artifacts": [{"name": "n", "file": "f"}]})
    assert wrong.value.next == "use only these in artifacts: name, text, path, uri"
