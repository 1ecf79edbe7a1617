"""What exactly is said of each decision about a checklist, and its boundaries."""

from __future__ import annotations

import pytest
from reading import needs, problems, read, tasks


def test_every_decision_is_in_the_report() -> None:
    plan = read(
        "## One\n1. [X] a\n2. [-] b\n3. [/] c (needs: b)\n"
        "- [ ] d (soft: c, e) (needs: c)\n- [ ] e (soft: d)\n"
    )
    assert {task.key: (task.needs, task.soft) for task in plan.tasks} == {
        "a": ([], []),
        "b": (["a"], []),
        "c": (["a"], []),
        "d": (["c"], ["e"]),
        "e": ([], []),
    }
    assert plan.report.kept == {
        "[X] becomes done": ["a"],
        "[-] becomes cancelled": ["b"],
        "[ ] becomes open": ["e", "d"],
    }
    assert plan.report.mapped == {
        "a heading becomes the group of its items": ["One"],
        "a numbered item needs the one before it": ["b", "c"],
        "an item in progress becomes open: nobody holds a lease here": ["c"],
    }
    assert plan.report.dropped == {
        "a need of a cancelled item": ["c -> b"],
        "a soft need that is hard already, or would close a circle": ["d -> c", "e -> d"],
    }


def test_what_is_done_keeps_what_it_needed() -> None:
    assert needs("- [-] a\n- [x] b (needs: a)\n- [ ] c (needs: a)\n") == {
        "a": [],
        "b": ["a"],
        "c": [],
    }


def test_a_need_that_is_named_twice_is_one() -> None:
    assert needs("1. [ ] a\n2. [ ] b (needs: a, A, `a`)\n")["b"] == ["a"]


def test_only_numbers_of_one_list_come_one_after_another() -> None:
    assert needs("1. [ ] a\n- [ ] b\n- [ ] c\n2. [ ] d\n") == {"a": [], "b": [], "c": [], "d": []}
    assert needs("   1. [ ] a\n 1. [ ] b\n")["b"] == []
    assert needs("1. [ ] a\n\n# Next\n1. [ ] b\n")["b"] == []


def test_a_title_that_two_items_have_stands_for_neither() -> None:
    text = "- [ ] Test {#one}\n- [ ] Test {#two}\n- [ ] c (needs: %s)\n"
    assert "there is no item 'test'" in problems(text % "test")[0]
    assert needs(text % "two")["c"] == ["two"]


def test_a_key_goes_before_a_title_and_a_title_before_a_label() -> None:
    assert needs("- [ ] b {#a}\n- [ ] a {#b}\n- [ ] c (needs: b)\n")["c"] == ["b"]
    text = "- [ ] x: one {#one}\n- [ ] X {#two}\n- [ ] c (needs: x)\n"
    assert needs(text)["c"] == ["two"]


@pytest.mark.parametrize(
    ("said", "minutes"),
    [("7", 7), ("1.5h", 90), ("2 Hours", 120), ("1d", 480), ("3 min", 3), ("", 0), ("0m", 0)],
)
def test_an_estimate_is_in_minutes(said: str, minutes: float) -> None:
    assert tasks(f"- [ ] a\n  estimate: {said}\n")["a"].estimate == minutes


@pytest.mark.parametrize("said", ["2 weeks", "h", "-5", "1h30m"])
def test_an_estimate_that_cannot_be_read_is_a_problem(said: str) -> None:
    assert problems(f"- [ ] a (estimate: {said})\n") == [
        "plan, line 1, field estimate: minutes are expected, or 90m, 2h, 1d (8 hours)"
    ]


@pytest.mark.parametrize(("said", "priority"), [("-3", -3), ("", 0), ("50", 50)])
def test_a_priority_is_a_whole_number(said: str, priority: int) -> None:
    assert tasks(f"- [ ] a\n  priority: {said}\n")["a"].priority == priority


def test_a_priority_of_many_digits_is_a_problem() -> None:
    assert problems("- [ ] a (priority: 1234567)\n- [ ] b (priority: 1.5)\n") == [
        "plan, line 1, field priority: a whole number is expected",
        "plan, line 2, field priority: a whole number is expected",
    ]


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("a" * 48, "a" * 48),
        ("a" * 49, "a" * 48),
        ("a" * 47 + " b", "a" * 47),
        ("a" * 46 + " b", "a" * 46 + "-b"),
    ],
)
def test_a_key_has_at_most_48_letters_and_ends_with_a_word(title: str, key: str) -> None:
    assert list(tasks(f"- [ ] {title}\n")) == [key]


def test_titles_without_a_letter_of_a_key_are_told_apart() -> None:
    both = needs("- [ ] 設計\n- [ ] 実装\n")
    assert len(both) == 2
    assert needs("- [ ] 設計\n").keys() < both.keys()


def test_a_label_that_two_items_have_is_none_also_beside_one_that_is() -> None:
    text = "- [ ] T1 a\n- [ ] T1 b\n- [ ] T2 c\n- [ ] d (needs: T2%s)\n"
    assert set(needs(text % "")) == {"t1-a", "t1-b", "t2", "d"}
    assert "there is no item 'T1'" in problems(text % ", T1")[0]


def test_a_group_has_a_hundred_characters() -> None:
    assert tasks(f"# {'x' * 101}\n- [ ] a\n")["a"].group == "x" * 100


def test_a_heading_ends_the_items_before_it() -> None:
    text = "- [ ] a\n  # Next\n  Words.\n  - [ ] b\n"
    plan = read(text)
    assert {task.key: (task.needs, task.group, task.spec) for task in plan.tasks} == {
        "a": ([], "", ""),
        "b": ([], "Next", ""),
    }
    assert plan.report.dropped == {"text that belongs to no item": ["line 3: Words."]}


def test_text_belongs_to_the_item_that_it_is_indented_below() -> None:
    text = "- [ ] a\n  - [ ] b\n    Of b.\n\n\n    Still.\n  Of a.\nOf none.\n"
    plan = read(text)
    assert {task.key: task.spec for task in plan.tasks} == {"b": "Of b.\n\n\nStill.", "a": "Of a."}
    assert plan.report.dropped == {"text that belongs to no item": ["line 8: Of none."]}


def test_blank_lines_before_the_text_of_an_item_do_not_count() -> None:
    assert tasks("- [ ] a\n\n\n  Text.\n\n")["a"].spec == "Text."


def test_a_block_at_the_end_or_below_an_item_further_out_is_kept() -> None:
    text = "- [ ] a\n  - [ ] b\n\n  ```sh\n  make\n  ```\n"
    assert {key: task.spec for key, task in tasks(text).items()} == {
        "b": "",
        "a": "```sh\nmake\n```",
    }
    assert tasks("- [ ] a\n\n  ````\n  ```\n  ````\n")["a"].spec == "````\n```\n````"


@pytest.mark.parametrize("end", ["  ```", "  x", "  ```\n"])
def test_a_block_that_ends_the_file_is_kept(end: str) -> None:
    spec = tasks("- [ ] a\n  ```\n  make\n" + end)["a"].spec
    assert spec == "```\nmake\n" + ("x\n```" if end == "  x" else "```")


def test_only_the_last_key_of_a_title_counts() -> None:
    (task,) = read("- [ ] Say {#no} {#yes}\n").tasks
    assert (task.key, task.title) == ("yes", "Say {#no}")


def test_a_title_may_be_nothing_but_fields() -> None:
    assert needs("- [ ] (needs: a) {#b}\n- [ ] a\n") == {"b": ["a"], "a": []}


def test_a_label_that_something_soft_needs_is_a_key() -> None:
    assert set(needs("- [ ] T1 a\n- [ ] T2 b (soft: T1)\n")) == {"t1", "t2"}
    assert set(needs("- [ ] T1 a\n- [ ] b (depends on T1) (needs: c)\n- [ ] c\n")) == {
        "t1",
        "b-depends-on-t1",
        "c",
    }


def test_what_a_title_depends_on_is_added_to_what_is_needed() -> None:
    assert needs("- [ ] T1 a\n- [ ] T2 b (depends on T1) (needs: c)\n- [ ] c\n")["t2"] == [
        "c",
        "t1",
    ]


def test_a_part_that_waits_for_its_whole_is_said() -> None:
    plan = read("- [ ] a {#a}\n  - [ ] b (needs: a)\n")
    assert {task.key: task.needs for task in plan.tasks} == {"a": [], "b": ["a"]}
    assert plan.report.dropped == {
        "a parent does not wait for this child, which waits for the parent": ["b of a"]
    }


def test_a_part_of_a_part_that_the_whole_names_too_is_one_need() -> None:
    found = {
        task.key: task.needs for task in read("- [ ] a (needs: c)\n  - [ ] b\n    - [ ] c\n").tasks
    }
    assert found == {"c": [], "b": ["c"], "a": ["c", "b"]}


def test_what_a_whole_waits_for_its_unfinished_parts_wait_for_once() -> None:
    plan = read(
        "- [ ] a\n- [x] z\n- [ ] w (needs: a, z, p)\n"
        "  - [ ] p\n  - [x] q\n  - [ ] r (needs: a)\n    - [ ] s\n"
    )
    assert {task.key: sorted(task.needs) for task in plan.tasks} == {
        "a": [],
        "z": [],
        "p": ["a"],
        "q": [],
        "r": ["a", "s"],
        "s": ["a"],
        "w": ["a", "p", "q", "r", "z"],
    }
    assert plan.report.mapped == {
        "a parent needs its children and is worked on last": ["w", "w", "w", "r"],
        "a child needs what blocks its parent": ["p needs a", "s needs a"],
    }
