"""Every requirement is proved by tests that exist, and none of the lists has a gap."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from headwater.server.tools import BY_NAME
from requirements import ROOT, all_requirements

REQUIREMENTS = all_requirements()


@cache
def names_in(file: str) -> frozenset[str]:
    """The names of a file's test functions, read without running it."""
    tree = ast.parse((ROOT / file).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, functions) and node.name.startswith("test_")
    )


@pytest.mark.parametrize("id", REQUIREMENTS)
def test_a_requirement_is_proved_by_tests_that_exist(id: str) -> None:
    requirement = REQUIREMENTS[id]
    assert requirement.tests, f"{id} is proved by nothing"
    assert requirement.sentence.endswith(".")
    missing = [
        name
        for name in requirement.tests
        if not (ROOT / name.split("::", maxsplit=1)[0]).exists()
        or name.split("::", maxsplit=1)[1] not in names_in(name.split("::", maxsplit=1)[0])
    ]
    assert not missing


def test_every_guarantee_and_every_letter_of_the_checklist_is_a_requirement() -> None:
    assert {f"G{number}" for number in range(1, 8)} <= REQUIREMENTS.keys()
    assert set("ABCDEFGHIJKLMN") <= REQUIREMENTS.keys()


def test_every_fault_and_every_letter_of_probes_of_others_is_covered() -> None:
    sources = {requirement.source for requirement in REQUIREMENTS.values()}
    assert not [number for number in range(1, 23) if f"fault {number}" not in sources]
    letters = sum(source.startswith("probe ") for source in sources)
    assert letters == len("ABCDEFGHIJKLMN")


def test_every_part_of_coordination_is_covered() -> None:
    """Briefing, rework, reuse, reviews, handoff, routing, paths, budgets, cancellation, notices,
    history, recall, resuming, preflight, workers in Python, advice."""
    parts = {
        "briefing": 5, "reuse": 6, "review": 5, "handoff": 3, "take-over": 2, "routing": 5,
        "paths": 8, "budget": 6, "cancel": 5, "notice": 4, "history": 2, "archive": 4, "recall": 5,
        "resume": 3, "preflight": 4, "hook": 4, "worker": 4, "profiles": 1, "advice": 1,
        "repair": 1, "rework": 1,
    }  # fmt: skip
    for part, least in parts.items():
        found = [one for one in REQUIREMENTS if one.startswith((f"{part}-", f"tool-{part}"))]
        assert len(found) + (part in REQUIREMENTS) >= least, (part, found)


def test_every_tool_has_a_requirement() -> None:
    sources = {requirement.source for requirement in REQUIREMENTS.values()}
    assert not [name for name in BY_NAME if f"tool {name}" not in sources]


def test_the_rules_of_words_and_of_claiming_are_requirements() -> None:
    for source, least in (("design 1", 15), ("design 4", 6)):
        assert sum(r.source == source for r in REQUIREMENTS.values()) >= least


def test_a_name_that_does_not_exist_would_be_noticed() -> None:
    assert "test_what_nobody_wrote" not in names_in("tests/test_requirements.py")
    assert "test_a_name_that_does_not_exist_would_be_noticed" in names_in(
        "tests/test_requirements.py"
    )
