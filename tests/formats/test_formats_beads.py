"""Beads exports become plans: what is kept, what is mapped, what is refused."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import networkx as nx
import pytest

from headwater import formats
from headwater.errors import BadPlan
from headwater.formats import Plan
from headwater.verbs.importing import ImportedTask
from real_plans import REAL, needs_real_plans


def issue(id: str, *needs: tuple[str, str] | str, **fields: Any) -> dict[str, Any]:
    """An issue as `bd export` writes it, depending on `needs` (type `blocks` unless said)."""
    links = [(need, "blocks") if isinstance(need, str) else need for need in needs]
    return {
        "id": id,
        "title": fields.pop("title", f"The {id}"),
        "status": fields.pop("status", "open"),
        "priority": fields.pop("priority", 2),
        "issue_type": fields.pop("issue_type", "task"),
        "dependencies": [
            {"issue_id": id, "depends_on_id": target, "type": kind} for target, kind in links
        ],
        **fields,
    }


def read(*rows: dict[str, Any] | str) -> Plan:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    return formats.read({"plan.jsonl": "\n".join(lines).encode()})


def tasks(*rows: dict[str, Any]) -> dict[str, ImportedTask]:
    return {task.key: task for task in read(*rows).tasks}


def problems(*rows: dict[str, Any] | str) -> list[str]:
    with pytest.raises(BadPlan) as caught:
        read(*rows)
    found = caught.value.state["problems"]
    assert isinstance(found, list)
    return [str(problem) for problem in found]


def report(*rows: dict[str, Any]) -> str:
    return "\n".join(read(*rows).report.lines())


def test_the_issue_that_depends_becomes_the_task_that_needs() -> None:
    found = tasks(issue("x-2", "x-1"), issue("x-1"))
    assert found["x-2"].needs == ["x-1"]
    assert found["x-1"].needs == []


def test_tasks_come_in_an_order_in_which_they_can_be_added() -> None:
    rows = [issue("a", "b"), issue("b", "c"), issue("c", ("d", "related")), issue("d")]
    assert [task.key for task in read(*rows).tasks] == ["d", "c", "b", "a"]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("open", "open"),
        ("in_progress", "open"),
        ("hooked", "open"),
        ("closed", "done"),
        ("deferred", "held"),
        ("pinned", "held"),
        ("waiting-for-legal", "held"),
    ],
)
def test_each_status_has_a_state(status: str, state: str) -> None:
    plan = read(issue("a", status=status))
    assert plan.tasks[0].state == state
    assert any(status in line for line in plan.report.lines())


def test_a_blocked_issue_is_open_only_if_something_in_the_file_blocks_it() -> None:
    found = tasks(issue("a", "b", status="blocked"), issue("b"), issue("c", status="blocked"))
    assert (found["a"].state, found["c"].state) == ("open", "held")


def test_a_deferred_date_holds_the_task_and_says_until_when() -> None:
    task = tasks(issue("a", defer_until="2030-01-01"))["a"]
    assert task.state == "held"
    assert "2030-01-01" in task.notes


@pytest.mark.parametrize(("beads", "ours"), [(0, 20), (1, 10), (2, 0), (3, -10), (4, -20)])
def test_the_most_urgent_issue_has_the_highest_priority(beads: int, ours: int) -> None:
    assert tasks(issue("a", priority=beads))["a"].priority == ours


def test_texts_are_kept_where_the_next_worker_looks() -> None:
    task = tasks(
        issue(
            "a",
            description="What to do.",
            design="How to do it.",
            acceptance_criteria="- it works\n- [x] it is fast",
            notes="Half done.",
            labels=["cli", "tests"],
            external_ref="gh-7",
            assignee="someone",
            estimated_minutes=45,
            comments=[{"author": "ann", "text": "Mind the edge.", "created_at": "2030-01-01"}],
        )
    )["a"]
    assert task.spec.startswith("What to do.\n\n## Design\n\nHow to do it.")
    assert "labels: cli, tests" in task.spec
    assert "external_ref: gh-7" in task.spec
    assert task.acceptance == ["it works", "it is fast"]
    assert task.notes == (
        "Half done.\n\nWas assigned to someone.\n\nann, 2030-01-01: Mind the edge."
    )
    assert task.estimate == 45


def test_newlines_written_as_two_letters_separate_acceptance_items() -> None:
    task = tasks(issue("a", acceptance_criteria="- one\\n- two"))["a"]
    assert task.acceptance == ["one", "two"]
    task = tasks(issue("a", acceptance_criteria="- splits at \\n\n- reads C:\\new"))["a"]
    assert task.acceptance == ["splits at \\n", "reads C:\\new"]


def test_the_close_reason_becomes_what_dependents_read() -> None:
    assert tasks(issue("a", status="closed", close_reason="Shipped."))["a"].summary == "Shipped."


def test_a_parent_needs_its_children_and_is_their_group() -> None:
    found = tasks(issue("epic", issue_type="epic"), issue("child", ("epic", "parent-child")))
    assert found["epic"].needs == ["child"]
    assert found["child"].needs == []
    assert found["child"].group == "epic"


def test_what_blocks_a_parent_blocks_its_unfinished_children() -> None:
    found = tasks(
        issue("first"),
        issue("epic", "first"),
        issue("child", ("epic", "parent-child")),
        issue("grandchild", ("child", "parent-child")),
        issue("finished", ("epic", "parent-child"), status="closed"),
    )
    assert found["child"].needs == ["grandchild", "first"]
    assert found["grandchild"].needs == ["first"]
    assert found["finished"].needs == []


def test_a_child_that_waits_for_its_parent_makes_no_circle() -> None:
    rows = [issue("epic"), issue("child", "epic", ("epic", "parent_child"))]
    assert tasks(*rows)["child"].needs == ["epic"]
    assert tasks(*rows)["epic"].needs == []
    assert "does not wait for this child" in report(*rows)


def test_links_that_do_not_block_become_soft() -> None:
    found = tasks(issue("a", ("b", "discovered-from"), ("c", "relates-to")), issue("b"), issue("c"))
    assert found["a"].soft == ["b", "c"]


def test_a_soft_link_that_would_close_a_circle_is_dropped_and_reported() -> None:
    rows = [issue("a", "b"), issue("b", ("a", "related"))]
    assert tasks(*rows)["b"].soft == []
    assert "dropped, 1: a link of type related: it would close a circle (b -> a)" in report(*rows)


def test_every_soft_link_that_fits_is_kept() -> None:
    chain = [issue(f"t{n}", (f"t{n + 1}", "related")) for n in range(50)]
    found = tasks(*chain, issue("t50", ("t0", "related")))
    assert sum(len(task.soft) for task in found.values()) == 50


def test_an_issue_for_when_another_fails_is_held() -> None:
    task = tasks(issue("a", ("b", "conditional-blocks")), issue("b"))["a"]
    assert task.state == "held"
    assert "only if b fails" in task.notes


def test_an_open_issue_blocked_from_another_project_is_held() -> None:
    assert tasks(issue("a", "external:other:thing"))["a"].state == "held"


def test_links_that_order_nothing_are_dropped_and_reported() -> None:
    assert "a link of type authored-by" in report(issue("a", ("b", "authored-by")), issue("b"))


def test_deleted_issues_templates_and_agents_are_left_out_and_reported() -> None:
    rows = [
        issue("gone", status="tombstone"),
        issue("form", is_template=1),
        issue("robot", issue_type="agent"),
        issue("a", "gone"),
    ]
    plan = read(*rows)
    assert [task.key for task in plan.tasks] == ["a"]
    text = "\n".join(plan.report.lines())
    for id in ("gone", "form", "robot", "a -> gone"):
        assert id in text


def test_a_file_in_which_nothing_is_work_is_refused() -> None:
    with pytest.raises(BadPlan, match=r"nothing in it is work: 1: issue left out: deleted.*gone"):
        read(issue("gone", status="tombstone"))


def test_fields_without_a_place_are_reported() -> None:
    assert "field mol_type: no place for it (a)" in report(issue("a", mol_type="patrol"))


def test_ids_that_are_no_keys_are_mapped_the_same_in_any_order() -> None:
    rows = [issue("App-Äx"), issue("app-x"), issue("APP-X"), issue("App X", "APP-X"), issue("***")]
    keys = {task.title: task.key for task in read(*rows).tasks}
    again = {task.title: task.key for task in read(*reversed(rows)).tasks}
    assert keys == again
    assert len(set(keys.values())) == len(rows)
    assert keys["The app-x"] == "app-x"
    assert "App-Äx -> " in report(*rows)


def test_dependencies_may_lie_in_a_second_file() -> None:
    issues = json.dumps(issue("a")) + "\n" + json.dumps(issue("b"))
    link = json.dumps({"issue_id": "a", "depends_on_id": "b", "type": "blocks"})
    plan = formats.read({"issues.jsonl": issues.encode(), "links.jsonl": link.encode()})
    assert {task.key: task.needs for task in plan.tasks} == {"a": ["b"], "b": []}


def test_a_second_file_may_be_empty_and_must_be_of_beads() -> None:
    issues = json.dumps(issue("a")).encode()
    assert len(formats.read({"issues": issues, "dependencies": b"\n"}).tasks) == 1
    for files in ({"issues": issues, "plan": b"- [ ] a"}, {"plan": b"- [ ] a", "b": b"- [ ] b"}):
        with pytest.raises(BadPlan, match="plan: not issues, dependencies or events") as caught:
            formats.read(files)
        assert caught.value.next == "import one file at a time"


def test_every_problem_is_named_with_line_and_field() -> None:
    found = problems(
        issue("a", "nowhere"),
        "{broken",
        issue("b", "b"),
        '{"id": 7, "title": "t", "priority": "high"}',
        issue("c", priority=9),
        "[]",
    )
    assert found == [
        "plan.jsonl, line 2: not JSON at column 2",
        "plan.jsonl, line 4, field id: text is expected",
        "plan.jsonl, line 4, field priority: a whole number, at least 0, is expected",
        "plan.jsonl, line 5, field priority: 9 is more than 4",
        "plan.jsonl, line 6: a JSON object is expected",
    ]
    assert problems(issue("a", "nowhere"), issue("b", "b"), issue("a"), issue("c", "gone")) == [
        "plan.jsonl, line 3: the id 'a' is there twice",
        "plan.jsonl, line 1, field depends_on_id: 'a' is blocked by 'nowhere', which is not in "
        "the file",
        "plan.jsonl, line 2, field depends_on_id: an issue blocks itself",
        "plan.jsonl, line 4, field depends_on_id: 'c' is blocked by 'gone', which is not in the "
        "file",
    ]


def test_a_circle_of_blocks_is_named() -> None:
    found = problems(issue("a", "b"), issue("b", "c"), issue("c", "a"))
    assert found == ["plan.jsonl, line 1: a circle: a needs b needs c needs a"]


def test_a_text_over_its_limit_is_refused_with_both_figures() -> None:
    (found,) = problems(issue("a", description="x" * 70_000))
    assert found == "plan.jsonl, line 1, field description: 70000 bytes; the limit is 65536"


def test_a_blocker_that_is_missing_matters_only_to_unfinished_work() -> None:
    rows = [issue("a", "elsewhere", status="closed")]
    assert tasks(*rows)["a"].needs == []
    assert "not in the file (a -> elsewhere)" in report(*rows)


def test_control_characters_never_reach_title_or_problem() -> None:
    assert tasks(issue("a", title="red\x1b[31m\nalert"))["a"].title == "red [31m alert"
    assert tasks(issue("a", title="two\u2028lines"))["a"].title == "two lines"
    (found,) = problems(issue("a", "\x1b[2Jgone"))
    assert "\x1b" not in found


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"# a plan\n- one", "not in a format that Headwater reads"),
        (b'{"event_type": "created", "issue_id": "a"}', "events of beads"),
        (b'\n\xff{"id"', "line 2: not UTF-8"),
    ],
)
def test_a_file_of_no_known_format_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(BadPlan, match=says):
        formats.read({"plan": content})


@needs_real_plans
@pytest.mark.parametrize(
    ("files", "issues"),
    [
        (["beads_rust-issues.jsonl"], 513),
        (["gastown-issues.jsonl", "gastown-dependencies.jsonl"], 677),
    ],
)
def test_real_exports_lose_nothing_silently(files: list[str], issues: int) -> None:
    texts = {name: (REAL / "beads" / name).read_bytes() for name in files}
    plan = formats.read(texts)
    left_out = sum(len(ids) for what, ids in plan.report.dropped.items() if "left out" in what)
    assert len(plan.tasks) + left_out == issues
    graph = nx.DiGraph((t.key, up) for t in plan.tasks for up in (*t.needs, *t.soft))
    assert nx.is_directed_acyclic_graph(graph)
    rows = [json.loads(line) for text in texts.values() for line in text.splitlines()]
    left = {id for what, ids in plan.report.dropped.items() if "left out:" in what for id in ids}
    kept = {row["id"] for row in rows if "title" in row} - left
    links = [d for row in rows for d in row.get("dependencies", [])]
    links += [row for row in rows if "depends_on_id" in row]
    both = {
        (d["type"].replace("_", "-"), d["issue_id"], d["depends_on_id"])
        for d in links
        if {d["issue_id"], d["depends_on_id"]} <= kept
    }
    count = Counter(type for type, _, _ in both)
    inherited = len(plan.report.mapped.get("a child needs what blocks its parent", []))
    assert sum(len(task.needs) for task in plan.tasks) == (
        count["blocks"] + count["parent-child"] + inherited
    )
    assert sum(len(task.soft) for task in plan.tasks) == sum(
        count[kind] for kind in ("related", "relates-to", "discovered-from")
    )
