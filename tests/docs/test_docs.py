"""The documents say what the code does."""

from __future__ import annotations

import importlib
import re
import tomllib
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from headwater import __version__, errors
from headwater.graph import events, notices, profiles, states
from headwater.graph.policy import Policy
from headwater.store.postgres.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("host-configs/*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def test_the_page_of_states_is_generated_from_the_table() -> None:
    assert (ROOT / "docs/states.md").read_text() == states.page()


def test_the_page_of_notices_is_generated_from_the_table() -> None:
    assert (ROOT / "docs/notices.md").read_text() == notices.page()


def test_the_page_of_events_is_generated_from_the_table() -> None:
    assert (ROOT / "docs/events.md").read_text() == events.page()


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = page.read_text()
    places = [(page.parent / path if path else page, part) for path, part in LINK.findall(text)]
    assert not [place for place, _ in places if not place.exists()]
    assert not [(place, part) for place, part in places if part and part not in parts(place)]


def parts(page: Path) -> set[str]:
    """What a link can lead to within a page: its headings, as GitHub makes anchors of them."""
    headings = HEADING.findall(re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL))
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


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


SETTINGS = (ROOT / "docs/settings.md").read_text()


def test_the_table_of_policies_is_the_policies() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (\S+) \| ([^|]+) \|", SETTINGS, re.MULTILINE)
    shown = {name.strip("` "): (said, values) for names, said, values in rows
             for name in names.split(",") if "HEADWATER" not in name}  # fmt: skip
    defaults = {name: said.strip("`") for name, (said, _) in shown.items()}
    assert defaults == {
        name: f"{value:g}" if isinstance(value, float) else "(none)" if value == "" else str(value)
        for name, value in asdict(Policy()).items()
    }
    for name, (_, values) in shown.items():
        for word in re.findall(r"`(\w+)`", values):
            assert asdict(Policy().changed({name: word}))[name] == word


def test_every_variable_of_the_environment_is_documented() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "src/headwater").rglob("*.py"))
    named = set(re.findall(r"\bHEADWATER_[A-Z_]*[A-Z]\b", sources)) | {
        f"HEADWATER_PG_{one.name.upper()}" for one in fields(Settings) if one.type == "int"
    }
    pages = SETTINGS + (ROOT / "docs/runner.md").read_text()
    assert "HEADWATER_PG_POOL_SIZE" in named
    assert not [name for name in sorted(named) if f"`{name}`" not in pages]


def test_every_decision_is_listed_in_the_architecture() -> None:
    text = (ROOT / "docs/architecture.md").read_text().partition("## Decisions")[2]
    named = re.findall(r"\]\(decisions/([\w-]+\.md)\)", text)
    assert named == sorted(page.name for page in (ROOT / "docs/decisions").glob("*.md"))
