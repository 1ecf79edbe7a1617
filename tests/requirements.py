"""What Headwater must do, each requirement with the tests that prove it.

A requirement names its source (a guarantee, a rule of the design, a row of the reliability bar, a
letter of the checklist of what other task graphs for agents do) and the tests that would fail if
it were broken. `test_requirements.py` checks that nothing here is without a test, and that every
test named here exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Requirement:
    """One sentence that must be true."""

    sentence: str
    source: str
    """Where it comes from: `guarantee`, `design 1`, `tool claim`, `bar R01`, `checklist A` ..."""
    tests: tuple[str, ...]
    """`tests/FOLDER/FILE.py::test_name`."""


def proved_by(**files: str) -> tuple[str, ...]:
    """Node ids from the blank-separated names of tests (without `test_`) per file.

    `operations_add` is `tests/operations/test_add.py`. Some folders repeat their name in those of
    their files: `server_tools` is `tests/server/test_server_tools.py`.
    """
    found: list[str] = []
    for file, names in files.items():
        folder, _, stem = file.partition("_")
        path = f"tests/{folder}/test_{file}.py"
        if not (ROOT / path).exists():
            path = f"tests/{folder}/test_{stem}.py"
        found += [f"{path}::test_{name}" for name in names.split()]
    return tuple(found)


def need(sentence: str, source: str, **files: str) -> Requirement:
    return Requirement(sentence, source, proved_by(**files))


def all_requirements() -> dict[str, Requirement]:
    """Every requirement by its id."""
    from requirements_acceptance import ACCEPTANCE
    from requirements_bar import BAR
    from requirements_budgets import BUDGETS
    from requirements_checklist import CHECKLIST
    from requirements_context import CONTEXT
    from requirements_design import DESIGN, GUARANTEES
    from requirements_formats import FORMATS
    from requirements_history import HISTORY
    from requirements_paths import PATHS
    from requirements_postgres import POSTGRES
    from requirements_probes import PROBES
    from requirements_routing import ROUTING
    from requirements_runner import RUNNER
    from requirements_sessions import SESSIONS
    from requirements_shared import SHARED
    from requirements_tools import TOOLS

    parts = (
        GUARANTEES,
        DESIGN,
        TOOLS,
        CHECKLIST,
        PROBES,
        BAR,
        ACCEPTANCE,
        SHARED,
        POSTGRES,
        FORMATS,
        HISTORY,
        BUDGETS,
        PATHS,
        ROUTING,
        RUNNER,
        SESSIONS,
        CONTEXT,
    )
    found: dict[str, Requirement] = {}
    for part in parts:
        doubled = found.keys() & part.keys()
        assert not doubled, f"ids that are there twice: {sorted(doubled)}"
        found |= part
    return found
