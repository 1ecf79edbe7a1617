"""Agent Dispatch Manifests."""

from __future__ import annotations

import json
from typing import Any

from reading import lines, needs, problems, read, tasks

from headwater.formats import adm
from headwater.formats.report import Report


def batch(id: int, *kinds: str, **more: Any) -> dict[str, Any]:
    agents = [{"subagent_type": kind, "prompt": f"Do {kind}."} for kind in kinds]
    return {"id": id, "description": f"Step {id}", "agents": agents} | more


def markdown(*batches: dict[str, Any], before: str = "# A plan\n", **more: Any) -> str:
    manifest = json.dumps({"plan_id": "login", "batches": list(batches)} | more, indent=2)
    return f"{before}\n```json dispatch\n{manifest}\n```\n"


def test_batches_run_in_their_order_side_by_side_only_if_they_say_so() -> None:
    text = markdown(
        batch(1, "planner", "security", parallel=True),
        batch(2, "code-writer", "test-writer"),
        batch(3, "code-reviewer", "test-runner", type="fan-out"),
        batch(4, "commit"),
    )
    assert needs(text) == {
        "login-b1.1-planner": [],
        "login-b1.2-security": [],
        "login-b2.1-code-writer": ["login-b1.1-planner", "login-b1.2-security"],
        "login-b2.2-test-writer": ["login-b2.1-code-writer"],
        "login-b3.1-code-reviewer": ["login-b2.2-test-writer"],
        "login-b3.2-test-runner": ["login-b2.2-test-writer"],
        "login-b4.1-commit": ["login-b3.1-code-reviewer", "login-b3.2-test-runner"],
    }


def test_each_batch_is_a_group_and_each_agent_type_a_capability() -> None:
    found = tasks(markdown(batch(1, "planner"), batch(2, "main")))
    assert [(task.group, task.capabilities) for task in found.values()] == [
        ("batch-1", ["planner"]),
        ("batch-2", []),
    ]
    assert found["login-b1.1-planner"].spec == "Do planner."


def test_owned_files_are_paths_and_what_is_no_path_stays_in_the_spec() -> None:
    agent = {
        "subagent_type": "writer",
        "prompt": "Write.",
        "owns_files": ["src/app.py", "./docs/", "/home/me/x.sh", "src/**/a*/b.py"],
    }
    plan = read(markdown({"id": 1, "agents": [agent]}))
    (task,) = plan.tasks
    assert task.paths == ["src/app.py", "docs/**"]
    assert task.spec == "Write.\n\nowns_files: /home/me/x.sh\nowns_files: src/**/a*/b.py"
    assert [line for line in lines(plan, "mapped, 2") if "/home/me/x.sh" in line]


def test_what_a_manifest_says_beyond_its_fields_is_reported() -> None:
    odd = batch(1, "main")
    odd["agents"][0]["model"] = "haiku"
    plan = read(markdown(odd, owner="me"))
    assert lines(plan, "dropped") == [
        "dropped, 1: field model: no place for it (batch 1, agent 1)",
        "dropped, 1: field owner: no place for it (login)",
        "dropped, 1: the text around the dispatch block (plan)",
    ]


def test_everything_wrong_is_said_at_once_with_its_field() -> None:
    broken = {"id": 1, "agents": [{"subagent_type": "a"}, {"prompt": 3, "owns_files": "x"}, 4]}
    assert problems(markdown(batch(1), broken, {"id": True, "parallel": "yes", "agents": []})) == [
        "plan, field batches[0].agents: at least one is expected",
        "plan, field batches[1].id: batch 1 is there twice",
        "plan, field batches[1].agents[2]: an object is expected",
        "plan, field batches[1].agents[0].prompt: missing",
        "plan, field batches[1].agents[1].subagent_type: missing",
        "plan, field batches[1].agents[1].prompt: text is expected",
        "plan, field batches[1].agents[1].owns_files: a list is expected",
        "plan, field batches[2].id: text is expected",
        "plan, field batches[2].agents: at least one is expected",
        "plan, field batches[2].parallel: true or false is expected",
    ]


def test_a_broken_manifest_names_the_line_of_the_document() -> None:
    text = '# Plan\n\ntext\n```json dispatch\n{"batches": [\n  {"id": 1,}\n]}\n```\n'
    (problem,) = problems(text)
    assert problem.startswith("plan, line 6: not JSON at column")
    assert problems("```json dispatch\n{}")[0].endswith("is not closed")


def test_a_manifest_inside_an_example_is_no_plan() -> None:
    example = "````markdown\n" + markdown(batch(1, "main")) + "````\n"
    assert not adm.recognises(example)
    assert list(tasks(example + markdown(batch(2, "main")))) == ["login-b2.1-main"]


def test_two_manifests_in_one_document_are_refused() -> None:
    assert "a second" in problems(markdown(batch(1, "main")) + markdown(batch(2, "main")))[0]


def test_a_manifest_without_a_name_takes_that_of_its_document() -> None:
    text = '# Add login!\n```json dispatch\n{"batches": [{"id": 1, "agents": [{"subagent_type": "main", "prompt": "x"}]}]}\n```\n'  # noqa: E501
    assert list(tasks(text)) == ["add-login-b1.1-main"]


def test_a_written_manifest_reads_back_with_the_same_order_and_texts() -> None:
    plan = read(
        {
            "headwater": 1,
            "tasks": [
                {"key": "a", "title": "Design", "spec": "```\ncode\n```", "paths": ["a/**"]},
                {"key": "b", "needs": ["a"], "capabilities": ["python"], "acceptance": ["green"]},
                {"key": "c", "needs": ["a"]},
                {"key": "old", "state": "done"},
            ],
        }
    )
    report = Report("adm")
    text = adm.write("mine", plan.tasks, report)
    again = tasks(text)
    assert {key: sorted(task.needs) for key, task in again.items()} == {
        "mine-b1.1-main": [],
        "mine-b2.1-python": ["mine-b1.1-main"],
        "mine-b2.2-main": ["mine-b1.1-main"],
    }
    assert "```\ncode\n```" in again["mine-b1.1-main"].spec
    assert again["mine-b1.1-main"].paths == ["a/**"]
    assert again["mine-b2.1-python"].capabilities == ["python"]
    assert "- green" in again["mine-b2.1-python"].spec
    assert report.dropped == {"a task that is done": ["old"]}


def test_a_prompt_has_all_of_a_contract_and_what_has_no_place_is_reported() -> None:
    contract = {"task": "a", "expect": "the paths", "promise": "a list", "keys": ["x", "y"]}
    build = {"key": "b", "contracts": [contract], "review": True, "priority": 3}
    report = Report("adm")
    plan = read({"headwater": 1, "tasks": [{"key": "a"}, build]})
    found = tasks(adm.write("mine", plan.tasks, report))["mine-b2.1-main"]
    assert "From a: the paths; promised: a list; keys: x, y" in found.spec
    assert report.dropped == {
        "priority: a manifest has no place for it": ["b"],
        "review: a manifest has no place for it": ["b"],
    }


def test_a_wave_of_any_width_can_be_written_and_read_again() -> None:
    wide = [{"key": f"k{number}"} for number in range(600)]
    middle = [{"key": f"m{number}", "needs": [f"k{number}"]} for number in range(300)]
    last = [{"key": "end", "needs": ["m0"]}]
    report = Report("adm")
    text = adm.write("mine", read({"headwater": 1, "tasks": [*wide, *middle, *last]}).tasks, report)
    again = list(tasks(text).values())
    assert len(again) == 901
    assert max(len(task.needs) for task in again) <= 256
    assert [len(task.needs) for task in again if task.spec == "Task end"] == [150]
    assert list(report.mapped) == ["more than 256 tasks side by side become batches in sequence"]


def test_the_last_wave_stays_in_one_batch_however_wide_it_is() -> None:
    wide = [{"key": f"k{number}"} for number in range(600)]
    report = Report("adm")
    text = adm.write("mine", read({"headwater": 1, "tasks": wide}).tasks, report)
    assert not any(task.needs for task in tasks(text).values())
    assert not report.mapped


def test_a_batch_after_one_that_is_too_wide_is_named() -> None:
    text = markdown(batch(1, *["main"] * 257, parallel=True), batch(2, "main", "main"))
    assert problems(text) == [
        "plan, field batches[1].agents: each would need 257 agents of the batch before; "
        "a task needs at most 256: part that batch"
    ]
