"""Arguments that do not exist or do not fit: what the caller is told."""

from __future__ import annotations

import traceback

import pytest

from headwater.errors import BadRequest
from headwater.verbs.look import GraphRequest
from headwater.verbs.plan import AddRequest
from headwater.verbs.work import CheckRequest, FinishRequest


def test_a_name_that_is_unknown_gets_the_names_of_its_own_place() -> None:
    with pytest.raises(BadRequest) as wrong:
        AddRequest.parse({"tasks": [{"key": "a", "neds": ["b"]}, {"key": "b", "depends": []}]})
    assert "tasks.0.neds, tasks.1.depends: no such argument" in str(wrong.value)
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
    names = "name, text, path, uri, commit, git_object"
    assert wrong.value.next == f"use only these in artifacts: {names}"


@pytest.mark.parametrize(
    "value", [10**5000, -(10**4300), [10**4300]], ids=["long", "negative", "within"]
)
def test_an_integer_that_nobody_could_read_again_is_refused(value: object) -> None:
    with pytest.raises(BadRequest, match="critical: an integer of more than 4300 digits"):
        FinishRequest.parse({"lease": "a#1.x", "critical": {"n": value}})
    FinishRequest.parse({"lease": "a#1.x", "critical": {"n": 10**4300 - 1}})


@pytest.mark.parametrize("name", ["at", "since"])
def test_a_revision_of_any_length_gets_an_answer(name: str) -> None:
    with pytest.raises(BadRequest, match=f"{name}: Input should be less than or equal to"):
        GraphRequest.parse({name: 10**5000})


def test_what_is_wrong_at_many_places_is_said_once() -> None:
    with pytest.raises(BadRequest) as wrong:
        AddRequest.parse({"tasks": [{"key": "a", "paths": ["/x", "/y"]}, {"key": "b", "needs": 1}]})
    said = str(wrong.value)
    assert "tasks.0.paths.0, tasks.0.paths.1: an absolute path" in said
    assert said.count("an absolute path") == 1
    assert said.endswith("; tasks.1.needs: a list is expected")


def test_an_object_is_called_an_object() -> None:
    with pytest.raises(BadRequest, match=r"critical, cost: an object is expected"):
        FinishRequest.parse({"lease": "a#1.x", "critical": "n=1", "cost": 5})


@pytest.mark.parametrize("name", ["session", "progress", "cost", "leave"])
def test_null_for_what_is_optional_counts_as_not_given(name: str) -> None:
    plain = CheckRequest.parse({"lease": "a#1.x"})
    null = CheckRequest.parse({"lease": "a#1.x", name: None})
    assert null == plain
    assert null.digest == plain.digest


def test_null_in_a_part_counts_as_not_given() -> None:
    task = AddRequest.parse({"tasks": [{"key": "a", "title": None, "review": None}]}).tasks[0]
    assert task.model_fields_set == {"key"}


def test_null_among_critical_values_is_a_value() -> None:
    request = FinishRequest.parse({"lease": "a#1.x", "critical": {"port": None}})
    assert request.critical == {"port": None}


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"tasks": None}, "tasks: "),
        ({"tasks": [{"key": None}]}, "tasks.0.key: "),
        ({"tasks": [{"key": "a", "needs": [None]}]}, "tasks.0.needs.0: "),
        ({"tasks": [{"key": "a"}], "taks": None}, "taks: no such argument"),
    ],
)
def test_null_for_what_is_required_or_unknown_is_refused(
    wrong: dict[str, object], where: str
) -> None:
    with pytest.raises(BadRequest, match=f"bad arguments: {where}"):
        AddRequest.parse(wrong)


def test_a_traceback_of_many_wrong_values_stays_short() -> None:
    wrong = [{"key": f"Not a key {at}"} for at in range(500)]
    with pytest.raises(BadRequest) as found:
        AddRequest.parse({"tasks": wrong})
    told = "".join(traceback.format_exception(found.value))
    assert "Not a key 400" not in told
    assert len(told) < 3_000
