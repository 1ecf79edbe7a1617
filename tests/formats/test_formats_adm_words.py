"""What exactly a dispatch manifest says of its tasks, in and out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from reading import problems, read, tasks

from headwater.formats import adm
from headwater.formats.report import Report


def manifest(*batches: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"plan_id": "p", "batches": list(batches)} | more


def agent(kind: str = "main", **more: Any) -> dict[str, Any]:
    return {"subagent_type": kind, "prompt": "Do it."} | more


def batch(*agents: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 1, "agents": list(agents)} | more


def titles(*batches: dict[str, Any]) -> list[str]:
    return [task.title for task in tasks(manifest(*batches)).values()]


def test_a_title_is_what_agent_or_batch_is_described_by() -> None:
    both = batch(agent("a", description="Mine"), agent("b"), description="Ours")
    assert titles(both) == ["Mine: a", "Ours: b"]
    assert titles(batch(agent("a"))) == ["Batch 1"]
    assert titles(batch(agent("a"), description="Ours")) == ["Ours"]


@pytest.mark.parametrize(("length", "named"), [(197, True), (198, False)])
def test_a_title_names_the_kind_of_agent_where_there_is_room(length: int, named: bool) -> None:
    (first, _) = titles(batch(agent("a", description="x" * length), agent("b")))
    assert first == "x" * length + (": a" if named else "")


def test_a_long_title_is_whole_at_the_beginning_of_the_spec() -> None:
    one = agent(description="x" * 201, owns_files=["/etc/hosts"])
    (task,) = tasks(manifest(batch(one))).values()
    assert task.title == "x" * 197 + "..."
    assert task.spec == "x" * 201 + "\n\nDo it.\n\nowns_files: /etc/hosts"


def test_every_decision_is_in_the_report() -> None:
    one = batch(agent("writer", owns_files=["a.py"]), agent(), parallel=True, cost=3)
    report = read(manifest(one, {"id": 2, "agents": [agent("tester")]}, author="me")).report
    assert report.kept == {
        "batches in order, their agents side by side": ["batch 1"],
        "batches in order, their agents in sequence": ["batch 2"],
    }
    assert report.mapped == {
        "subagent_type becomes a capability": [
            "p-b1.1-writer: writer",
            "p-b2.1-tester: tester",
        ],
        "subagent_type main asks for no capability": ["p-b1.2-main"],
        "owns_files become paths": ["p-b1.1-writer"],
    }
    assert report.dropped == {
        "field cost: no place for it": ["batch 1"],
        "field author: no place for it": ["p"],
    }


@pytest.mark.parametrize(
    ("before", "stem"), [("# The `Plan` #\n", "the-plan"), ("", "plan"), ("# ***\n", "plan")]
)
def test_without_a_name_keys_begin_with_the_heading(before: str, stem: str) -> None:
    alone = manifest(batch(agent()))
    del alone["plan_id"]
    plan = read(f"{before}```json dispatch\n{json.dumps(alone)}\n```\n\n")
    assert [task.key for task in plan.tasks] == [f"{stem}-b1.1-main"]
    assert "there is no plan_id; keys begin with the heading" in plan.report.mapped
    around = {"the text around the dispatch block": ["plan"]} if before else {}
    assert plan.report.dropped == around


def test_a_name_alone_is_no_heading() -> None:
    assert not read(manifest(batch(agent()))).report.mapped.keys() & {
        "there is no plan_id; keys begin with the heading"
    }


@pytest.mark.parametrize("document", [[], {}, {"batches": {}}, 7])
def test_a_block_without_batches_is_refused_with_its_line(document: Any) -> None:
    text = f"# Plan\n\n```json dispatch\n{json.dumps(document)}\n```\n"
    assert problems(text) == ["plan, line 4, field batches: a list of batches is expected"]


def test_an_unknown_type_and_an_empty_list_are_problems() -> None:
    assert problems(manifest(batch(agent(), type="parallel"))) == [
        "plan, field batches[0].type: sequential or fan-out is expected"
    ]
    assert problems(manifest()) == ["plan, field batches: at least one is expected"]


def test_as_many_side_by_side_as_a_task_may_need() -> None:
    wide = batch(*[agent()] * 256, parallel=True)
    plan = read(manifest(wide, {"id": 2, "agents": [agent()]}))
    assert len(plan.tasks[-1].needs) == 256


OUT = [
    {
        "key": "a",
        "title": "Design",
        "spec": "Think.",
        "acceptance": ["short", "clear"],
        "capabilities": ["python", "sql"],
        "paths": ["src/**"],
        "notes": "Mind the gap.",
    },
    {"key": "b", "state": "held", "estimate": 5},
    {
        "key": "c",
        "contracts": [
            {"task": "a", "expect": "all"},
            {"task": "b", "promise": "some", "keys": ["x"]},
        ],
    },
    {"key": "d", "needs": ["c"], "soft": ["a"]},
    {"key": "e", "needs": ["gone"]},
    {"key": "gone", "state": "cancelled"},
]


def test_a_manifest_says_all_that_it_has_a_place_for() -> None:
    report = Report("adm")
    text = adm.write("My plan", read({"headwater": 1, "tasks": OUT}).tasks, report)
    head, _, rest = text.partition("```json dispatch\n")
    assert head == "# My plan\n\n## Agent Dispatch Manifest\n\n"
    assert json.loads(rest.removesuffix("```\n")) == {
        "plan_id": "My plan",
        "batches": [
            {
                "id": 1,
                "description": "Design, b, e",
                "parallel": True,
                "agents": [
                    {
                        "subagent_type": "python",
                        "description": "Design",
                        "prompt": "Task a: Design\n\nThink.\n\nAcceptance:\n- short\n- clear\n\n"
                        "Notes:\nMind the gap.",
                        "owns_files": ["src/**"],
                    },
                    {"subagent_type": "main", "description": "b", "prompt": "Task b"},
                    {"subagent_type": "main", "description": "e", "prompt": "Task e"},
                ],
            },
            {
                "id": 2,
                "description": "c",
                "parallel": False,
                "agents": [
                    {
                        "subagent_type": "main",
                        "description": "c",
                        "prompt": "Task c\n\nFrom a: all\n\nFrom b: promised: some; keys: x",
                    }
                ],
            },
            {
                "id": 3,
                "description": "d",
                "parallel": False,
                "agents": [{"subagent_type": "main", "description": "d", "prompt": "Task d"}],
            },
        ],
    }
    assert report.dropped == {
        "a task that is cancelled": ["gone"],
        "a capability after the first": ["a"],
        "that the task is held": ["b"],
        "estimate: a manifest has no place for it": ["b"],
        "soft: a manifest has no place for it": ["d"],
    }
    assert not report.mapped


def test_a_batch_is_described_by_the_first_of_its_tasks() -> None:
    wide = [{"key": f"a{number}", "title": "x" * 101} for number in range(2)]
    text = adm.write("p", read({"headwater": 1, "tasks": wide}).tasks, Report("adm"))
    (found,) = json.loads(text.partition("```json dispatch\n")[2].removesuffix("```\n"))["batches"]
    assert found["description"] == "x" * 101 + ", " + "x" * 97


def test_nothing_unfinished_is_a_manifest_without_batches() -> None:
    done = read({"headwater": 1, "tasks": [{"key": "a", "state": "done"}]}).tasks
    assert '"batches": []' in adm.write("p", done, Report("adm"))


@pytest.mark.parametrize(("width", "batches"), [(256, 2), (257, 3)])
def test_a_wave_is_parted_only_where_the_next_could_not_need_it(width: int, batches: int) -> None:
    wide = [{"key": f"k{number:03}"} for number in range(width)]
    report = Report("adm")
    plan = read({"headwater": 1, "tasks": [*wide, {"key": "z", "needs": ["k000"]}]})
    again = tasks(adm.write("p", plan.tasks, report))
    assert len({task.group for task in again.values()}) == batches
    assert len(again) == width + 1
    assert report.mapped == (
        {"more than 256 tasks side by side become batches in sequence": ["k000"]}
        if width > 256
        else {}
    )
