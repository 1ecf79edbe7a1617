"""The documents say what the code does."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path

import pytest

from headwater import __version__, errors
from headwater.graph import events, notices, profiles, states

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("host-configs/*.md")])
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")


def test_the_page_of_states_is_generated_from_the_table() -> None:
    assert (ROOT / "docs/states.md").read_text() == states.page()


def test_the_page_of_notices_is_generated_from_the_table() -> None:
    assert (ROOT / "docs/notices.md").read_text() == notices.page()


def test_the_page_of_events_is_generated_from_the_table() -> None:
    assert (ROOT / "docs/events.md").read_text() == events.page()


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not broken


def test_every_dependency_has_its_line_in_the_architecture() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "docs/architecture.md").read_text()
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = [match[0] for one in wanted if (match := re.match(r"[A-Za-z0-9_-]+", one))]
    assert not [name for name in names if name not in text]


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text()


ERROR_MODULES = ("hosts.files", "hosts.host", "hosts.json_edit", "hosts.jsonc", "runner.workspace")


def all_errors(base: type[errors.HeadwaterError]) -> list[type[errors.HeadwaterError]]:
    return [base, *(found for sub in base.__subclasses__() for found in all_errors(sub))]


def test_every_error_has_a_code_of_its_own_that_is_documented() -> None:
    for module in ERROR_MODULES:
        importlib.import_module(f"headwater.{module}")
    text = (ROOT / "docs/errors.md").read_text()
    classes = all_errors(errors.HeadwaterError)
    codes = [one.code for one in classes if not one.__name__.startswith("_")]
    assert len(set(codes)) == len(codes)
    assert not [code for code in codes if f"`{code}`" not in text]


def test_the_guarantees_name_tests_that_exist() -> None:
    text = (ROOT / "docs/guarantees.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert named
    for path, function in named:
        source = ROOT / path
        assert source.exists(), path
        assert not function or f"def {function}(" in source.read_text(), function


def test_the_table_of_profiles_is_the_profiles() -> None:
    text = (ROOT / "docs/budgets.md").read_text()
    rows = re.findall(r"^\| `(\w+)`[^|]*\| (\S+) \| (\S+) \| (\S+) \|$", text, re.MULTILINE)
    shown = {name: tuple(values) for name, *values in rows}
    ways = ("safe", "balanced", "throughput")
    real = {
        name: tuple(f"{value:g}" if isinstance(value, float) else str(value) for value in values)
        for name in profiles.PROFILES["safe"]
        if (values := [profiles.PROFILES[way][name] for way in ways])
    }
    assert shown == real
