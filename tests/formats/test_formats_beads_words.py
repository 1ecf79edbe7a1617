"""What exactly is said of each decision about issues of beads, and its boundaries."""

from __future__ import annotations

import json
from typing import Any

import pytest
from reading import problems, read, tasks

from headwater import formats, limits
from headwater.errors import BadPlan


def issue(id: str, *links: tuple[str, str], **fields: Any) -> dict[str, Any]:
    found = [{"depends_on_id": target, "type": kind} for target, kind in links]
    return {"id": id, "title": id, "dependencies": found} | fields


def text(*rows: dict[str, Any]) -> str:
    return "\n".join(map(json.dumps, rows))


def test_every_decision_is_in_the_report() -> None:
    plan = read(
        text(
            issue("a", status="in_progress", priority=1, assignee="me", labels=["x"]),
            issue("b", ("a", "blocks"), ("a", "blocks"), ("a", "related"), status="closed"),
            issue("c", ("b", "related"), ("b", "caused-by"), assignee="me", status="done"),
            issue("d", ("p", "parent-child"), ("q", "parent-child"), comments=[{"text": "Hm."}]),
            issue("p", ("a", "blocks"), external_ref="gh-1", status="blocked"),
            issue("q", issue_type="gate"),
            issue("r", ("x", "related"), ("gone", "blocks"), ("a", "likes"), status="blocked"),
            issue("gone", ("a", "related"), status="tombstone"),
        )
    )
    assert plan.report.kept == {
        "status in_progress becomes open": ["a"],
        "status closed becomes done": ["b"],
        "status done becomes done": ["c"],
        "status open becomes open": ["d"],
        "status blocked becomes open": ["p"],
        "status open becomes held": ["q"],
        "status blocked becomes held": ["r"],
    }
    assert plan.report.mapped == {
        "status in_progress becomes open: nobody holds a lease here": ["a"],
        "priority 1 becomes 10": ["a"],
        "the assignee is kept in the notes": ["a"],
        "labels is kept as a line of the spec": ["a"],
        "related becomes a soft upstream": ["c -> b"],
        "comments are kept in the notes": ["d"],
        "a parent needs its children and is worked on last": ["p", "q"],
        "a child needs what blocks its parent": ["d needs a"],
        "external_ref is kept as a line of the spec": ["p"],
        "issue_type is kept as a line of the spec": ["q"],
        "held, because a person has to decide": [
            "q: it is a gate, which something outside opens",
            "r: blocked, but by nothing unfinished in the file",
        ],
    }
    assert plan.report.dropped == {
        "a dependency that is there twice": ["b -> a"],
        "a link of type related: there is an edge already": ["b -> a"],
        "a link of type caused-by: there is an edge already": ["c -> b"],
        "the assignee of finished work": ["c"],
        "a second parent as the group": ["q of d"],
        "a dependency on an issue that is not in the file": ["r -> x"],
        "a dependency of or on an issue that was left out": ["r -> gone", "gone -> a"],
        "a link of type likes: it orders nothing": ["r -> a"],
        "issue left out: deleted (status tombstone)": ["gone"],
    }
    found = {task.key: task for task in plan.tasks}
    assert (found["d"].group, found["d"].notes) == ("p", "someone, : Hm.")
    assert (found["a"].spec, found["a"].notes) == ("labels: x", "Was assigned to me.")
    assert (found["b"].summary, found["p"].spec) == ("", "external_ref: gh-1")


def test_what_holds_an_issue_first_is_what_its_notes_say() -> None:
    rows = [
        issue("a", ("b", "conditional-blocks"), defer_until="2030-01-01"),
        issue("b", ("b2", "conditional-blocks"), status="blocked"),
        issue("b2", ("b3", "conditional-blocks"), issue_type="gate"),
        issue("b3", defer_until="2030-01-01", issue_type="gate"),
        issue("b4", status="odd", notes="Held at import: its status was odd.", close_reason="no"),
    ]
    assert {key: task.notes for key, task in tasks(text(*rows)).items()} == {
        "a": "Held at import: is to be done only if b fails.",
        "b": "Held at import: is to be done only if b2 fails.",
        "b2": "Held at import: is to be done only if b3 fails.",
        "b3": "Held at import: deferred until 2030-01-01.",
        "b4": "Held at import: its status was odd.",
    }
    assert tasks(text(rows[-1]))["b4"].summary == "", "what is not done delivered nothing"


def test_criteria_that_are_no_list_stand_in_the_spec() -> None:
    criteria = "\n".join(["x"] * 51)
    (task,) = read(text(issue("a", description="D", acceptance_criteria=criteria))).tasks
    assert (task.acceptance, task.spec) == ([], f"D\n\n## Acceptance criteria\n\n{criteria}")


def test_a_line_of_the_description_that_is_half_quoted_or_has_commas_is_taken_as_it_is() -> None:
    said = 'D\n\npaths: a,b.py\nexpected of b: "x" y\npromised by b: 7\nkeys of b: [x'
    (_, task) = read(text(issue("b"), issue("a", ("b", "blocks"), description=said))).tasks
    assert (task.spec, task.paths) == ("D", ["a,b.py"])
    (agreed,) = task.contracts
    assert (agreed.expect, agreed.promise, agreed.keys) == ('"x" y', "7", ["[x"])


def test_the_same_blocker_under_two_names_is_one_need() -> None:
    rows = [issue("a", ("b", "blocks"), ("b", "waits_for"), ("b", "parent-child")), issue("b")]
    assert tasks(text(*rows))["a"].needs == ["b"]
    twice = [issue("a", ("b", "parent-child"), ("b", "parent_child")), issue("b")]
    assert read(text(*twice)).report.dropped == {"a dependency that is there twice": ["a -> b"]}


def test_two_issues_that_are_each_others_parents_are_read() -> None:
    rows = [
        issue("a", ("b", "parent-child")),
        issue("b", ("a", "parent-child"), ("x", "blocks")),
        issue("x"),
    ]
    plan = read(text(*rows))
    assert {task.key: sorted(task.needs) for task in plan.tasks} == {
        "x": [],
        "a": ["x"],
        "b": ["a", "x"],
    }
    assert plan.report.dropped == {
        "a parent does not wait for this child, which waits for the parent": ["b of a"]
    }


def test_fields_that_must_be_there_and_ends_of_links_are_problems() -> None:
    link = {"issue_id": "nobody", "depends_on_id": "a"}
    assert problems("\n".join([text(issue("a")), json.dumps(link)])) == [
        "plan, line 2, field issue_id: there is no issue 'nobody' in the file"
    ]
    rows = [{"id": "", "title": "t"}, {"title": "t", "id": "b", "labels": ["x", 3]}]
    assert problems(text(*rows, {"id": "c", "title": ""}, {"id": "d", "x": 1})) == [
        "plan, line 1, field id: text is expected",
        "plan, line 2, field labels: a list of texts is expected",
        "plan, line 3, field title: text is expected",
        "plan, line 4: neither an issue (field title) nor a dependency (field depends_on_id)",
    ]
    assert problems(text(issue("a", dependencies=[{"type": "blocks"}]))) == [
        "plan, line 1, field dependencies[0].depends_on_id: missing"
    ]
    assert problems(text(issue("a", status="tombstone"), issue("a"), issue("a"))) == [
        "plan, line 2: the id 'a' is there twice",
        "plan, line 3: the id 'a' is there twice",
    ]
    deep = '{"id": "b", "title": "B", "x": ' + "[" * 100_000
    assert problems(text(issue("a")) + "\n" + deep) == ["plan, line 2: not JSON"]


def test_links_without_issues_are_refused() -> None:
    assert problems('{"issue_id": "a", "depends_on_id": "b"}') == [
        "plan: dependencies, but no issues; import both files together"
    ]
    assert problems('{"issue_id": "a", "depends_on_id": "b"}\n{') == [
        "plan, line 2: not JSON at column 2"
    ]


@pytest.mark.parametrize("first", ['{"id": "a"}', '{"title": "a"}', '{"depends_on_id": "a"}', "[]"])
def test_lines_of_something_else_are_no_issues(first: str) -> None:
    assert problems(f"{first}\n{first}\n") == ["plan: not in a format that Headwater reads"]


def test_events_may_come_first() -> None:
    event = {"event_type": "closed", "issue_id": "a"}
    plan = formats.read(
        {
            "empty": b"\n",
            "events": text(event, event).encode(),
            "issues": text(issue("a"), issue("b")).encode(),
        }
    )
    assert [task.key for task in plan.tasks] == ["a", "b"]
    assert plan.report.dropped == {
        "an event (closed): what came of it stands in the issue": ["a", "a"]
    }
    with pytest.raises(BadPlan, match="events of beads, without the issues"):
        formats.read({"events": text(event).encode()})
    with pytest.raises(BadPlan, match="the file is empty"):
        formats.read({"one": b"", "two": b" \n"})


@pytest.mark.parametrize(
    ("oldest", "kept"),
    [(limits.TEXT_BYTES - 20, 2), (limits.TEXT_BYTES - 19, 1), (limits.TEXT_BYTES, 1)],
)
def test_the_oldest_comments_give_way_where_notes_are_full(oldest: int, kept: int) -> None:
    first, second = "s" * (oldest - len("me, : ")), "t" * 4
    comments = [{"author": "me", "text": first}, {"author": "me", "text": second}]
    plan = read(text(issue("a", notes="n" * 4, comments=comments)))
    notes = plan.tasks[0].notes
    assert notes.endswith("me, : tttt")
    assert notes.startswith("nnnn\n\n")
    assert notes.count("me, : ") == kept
    gone = {"the oldest comments: no room in the notes": ["a"]} if kept == 1 else {}
    assert plan.report.dropped == gone
    assert len(notes) <= limits.TEXT_BYTES
