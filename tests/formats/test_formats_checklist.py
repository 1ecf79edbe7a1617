"""Markdown checklists."""

from __future__ import annotations

import pytest
from reading import lines, needs, problems, read, tasks

PLAN = """\
# Ship it

Some words.

## Build

- [x] Design the API {#api}
- [ ] The parser (needs: api) (estimate: 2h)
  It reads lines.

  - It never blocks.
- [ ] `fast` path (needs: #api, the parser)
  needs: Docs
  paths: src/**, `docs/*.md`, ../up
  capabilities: python, sql
  priority: 5

## Tell

- [ ] Docs
  - [ ] Guide
  - [-] Film
  - [/] Reference (soft: guide)

```
- [ ] an example
```
"""


def test_items_nest_need_each_other_and_carry_fields() -> None:
    found = tasks(PLAN)
    assert needs(PLAN) == {
        "api": [],
        "the-parser": ["api"],
        "guide": [],
        "film": [],
        "reference": [],
        "docs": ["guide", "reference"],
        "fast-path": ["api", "docs", "the-parser"],
    }
    fast = found["fast-path"]
    assert fast.title == "`fast` path"
    assert (fast.paths, fast.capabilities) == (["src/**", "docs/*.md"], ["python", "sql"])
    assert (fast.priority, fast.group, fast.spec) == (5, "Build", "paths: ../up")
    assert found["the-parser"].estimate == 120
    assert found["the-parser"].spec == "It reads lines.\n\n- It never blocks."
    assert found["reference"].soft == ["guide"]
    assert {key: task.state for key, task in found.items() if task.state != "open"} == {
        "api": "done",
        "film": "cancelled",
    }


def test_what_belongs_to_no_item_is_reported_with_its_line() -> None:
    assert lines(read(PLAN), "dropped") == [
        "dropped, 1: a fenced block that belongs to no item (line 25)",
        "dropped, 1: text that belongs to no item (line 3: Some words.)",
    ]


def test_a_fenced_block_is_text_of_the_item_that_it_stands_in() -> None:
    content = "- [ ] a\n  Before.\n\n  ~~~py\n  if x:\n      - [ ] y\n  ~~~\n\n  After.\n- [ ] b\n"
    assert tasks(content)["a"].spec == "Before.\n\n~~~py\nif x:\n    - [ ] y\n~~~\n\nAfter."
    assert (
        tasks("- [ ] a\n\n\t```\n\tall:\n\t\tmake\n\t```\n")["a"].spec == "```\nall:\n\tmake\n```"
    )


def test_numbered_items_come_one_after_another_and_bullets_side_by_side() -> None:
    assert needs("1. [ ] a\n2. [x] b\n   - [ ] c\n   - [ ] d\n3. [-] e\n4. [ ] f\n") == {
        "a": [],
        "b": ["a", "c", "d"],
        "c": ["a"],
        "d": ["a"],
        "e": ["b"],
        "f": ["b"],
    }


def test_parts_wait_for_what_their_whole_waits_for() -> None:
    assert needs("- [ ] a\n- [ ] b (needs: a)\n\t- [ ] c\n")["c"] == ["a"]


def test_equal_titles_are_told_apart_by_what_they_are_part_of() -> None:
    assert sorted(needs("- [ ] Api\n  - [ ] Test\n- [ ] Web\n  - [ ] Test\n")) == [
        "api",
        "api-test",
        "web",
        "web-test",
    ]
    assert problems("- [ ] Test\n- [ ] Test\n") == [
        "plan, line 2: the item is there twice, first at line 1; give one a key of its own, as "
        "{#key}"
    ]


def test_an_item_may_be_needed_by_what_its_title_begins_with() -> None:
    text = """\
- [ ] T001 Create the folders
- [ ] T002 [P] Add the dependencies (depends on T001)
- [ ] parser: Read a file (needs: t001, T002)
- [ ] **Page one**: Show it (needs: Parser) (estimate: 1h)
- [ ] 1.2 Tell others (soft: page one)
- [ ] `cli`: Begin it (needs: 1.2)
"""
    assert needs(text) == {
        "t001": [],
        "t002": ["t001"],
        "parser": ["t001", "t002"],
        "page-one": ["parser"],
        "1.2": [],
        "cli": ["1.2"],
    }
    found = tasks(text)
    assert found["1.2"].soft == ["page-one"]
    assert found["t002"].title == "T002 [P] Add the dependencies (depends on T001)"


def test_labels_that_nothing_needs_leave_the_keys_as_they_are() -> None:
    assert set(needs("- [ ] fix: the door\n- [ ] T2 paint it (needs: fix: the door)\n")) == {
        "fix-the-door",
        "t2-paint-it",
    }
    assert needs("- [ ] fix: a\n- [ ] fix: b (depends on the weather)\n") == {
        "fix-a": [],
        "fix-b-depends-on-the-weather": [],
    }


def test_what_a_title_says_it_depends_on_may_be_a_key_or_a_whole_title() -> None:
    text = """\
- [ ] Decide {#design}
- [ ] Serve (depends on design) {#serve}
- [ ] Write down
- [ ] Try it (depends on: write DOWN, `serve`) {#try}
"""
    assert needs(text) == {
        "design": [],
        "serve": ["design"],
        "write-down": [],
        "try": ["serve", "write-down"],
    }
    assert tasks(text)["serve"].title == "Serve (depends on design)"
    assert needs("- [ ] Try\n- [ ] Try (depends on a miracle) {#again}\n")["again"] == []


def test_a_label_that_two_items_have_stands_for_neither() -> None:
    assert problems("- [ ] T1 a\n- [ ] T1 b\n- [ ] T2 c (needs: T1)\n") == [
        "plan, line 3, field needs: there is no item 'T1': write its whole title here, or "
        "{#T1} at its end"
    ]
    assert problems("- [ ] T1 a\n- [ ] T2 c (depends on T1, T3)\n")[0].startswith(
        "plan, line 2, field needs: there is no item 'T3'"
    )


def test_everything_wrong_is_said_at_once_with_its_line() -> None:
    assert problems("- [ ] a (needs: nobody)\n- [ ] b (soft: a, nothing)\n") == [
        "plan, line 1, field needs: there is no item 'nobody': write its whole title here, or "
        "{#nobody} at its end",
        "plan, line 2, field soft: there is no item 'nothing': write its whole title here, or "
        "{#nothing} at its end",
    ]
    assert problems("- [ ] a (estimate: long)\n- [ ] b (priority: high)\n") == [
        "plan, line 1, field estimate: minutes are expected, or 90m, 2h, 1d (8 hours)",
        "plan, line 2, field priority: a whole number is expected",
    ]
    assert problems("- [ ] a (needs: b)\n- [ ] b (needs: a)\n") == [
        "plan, line 1: a circle: a needs b needs a"
    ]
    assert problems("- [ ] a {#Not}\n")[0].startswith("plan, line 1: 'Not' is no key")


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Grüße an alle", "gr-e-an-alle"),
        ("word " * 20, "word-word-word-word-word-word-word-word-word"),
        ("Same", "same"),
    ],
)
def test_a_title_gives_always_the_same_short_key(title: str, key: str) -> None:
    assert list(tasks(f"- [ ] {title}\n")) == [key]
    assert list(tasks(f"# Other\n\n- [x] before\n* [ ] {title}\r\n"))[1] == key


def test_rows_of_spaces_are_read_in_no_time() -> None:
    gap = " " * 20_000
    plan = read(f"# One{gap}two #\n\n- [ ] Do{gap}it (needs:{gap}(x\n- [ ] Be{gap}{{#b}}{gap}\n")
    assert [task.group.partition(" ")[0] for task in plan.tasks] == ["One", "One"]
    assert plan.tasks[1].key == "b"
