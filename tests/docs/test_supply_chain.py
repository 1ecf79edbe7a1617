"""What comes with an installation: this package, what it names, and no code that runs by itself."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
DECLARED: list[str] = [
    *PROJECT["project"]["dependencies"],
    *PROJECT["project"]["optional-dependencies"]["postgres"],
]
BUILD = "import sys, hatchling.build as b; getattr(b, 'build_' + sys.argv[1])(sys.argv[2])"


def plain(name: str) -> str:
    """A distribution's name as an index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: Iterable[str]) -> set[str]:
    return {plain(match[0]) for one in requirements if (match := re.match(r"[\w.-]+", one))}


def built(kind: str, into: Path) -> Path:
    """The one file that a build of this kind, `wheel` or `sdist`, makes of this repository."""
    subprocess.run([sys.executable, "-c", BUILD, kind, str(into)], cwd=ROOT, check=True)
    (made,) = into.iterdir()
    return made


def test_a_wheel_holds_the_package_and_nothing_that_runs_at_its_installation(
    tmp_path: Path,
) -> None:
    wheel = built("wheel", tmp_path)
    with zipfile.ZipFile(wheel) as opened:
        files = opened.namelist()
        info = f"{wheel.name.rsplit('-', 3)[0]}.dist-info"
        points = configparser.ConfigParser()
        points.read_string(opened.read(f"{info}/entry_points.txt").decode())
        record = opened.read(f"{info}/RECORD").decode().splitlines()
    assert {name.split("/")[0] for name in files} == {"headwater", info}
    endings = {Path(name).suffix for name in files if name.startswith("headwater/")}
    assert endings <= {".py", ".typed", ".mako"}
    assert {name: dict(points[name]) for name in points.sections()} == {
        "console_scripts": {"headwater": "headwater.cli.main:main"}
    }
    bare = [line for line in record if ",sha256=" not in line]
    assert bare == [f"{info}/RECORD,,"]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no Git that says what is of it")
def test_a_source_distribution_holds_the_repository_but_how_its_ci_runs(tmp_path: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    with tarfile.open(built("sdist", tmp_path)) as opened:
        files = {name.partition("/")[2] for name in opened.getnames()}
    missing = {name for name in tracked if (ROOT / name).exists()} - files
    assert {name for name in missing if not name.startswith(".ci/")} == set()


def test_a_build_runs_no_code_of_this_repository() -> None:
    assert PROJECT["build-system"] == {
        "requires": [PROJECT["build-system"]["requires"][0]],
        "build-backend": "hatchling.build",
    }
    assert names(PROJECT["build-system"]["requires"]) == {"hatchling"}
    hatch = PROJECT["tool"]["hatch"]
    assert list(hatch) == ["build"]
    assert "hooks" not in hatch["build"]
    assert not [t for t in hatch["build"]["targets"].values() if "hooks" in t]
    assert not [name for name in ("setup.py", "hatch_build.py") if (ROOT / name).exists()]


def test_every_dependency_comes_by_its_name_with_a_lowest_version() -> None:
    wrong = [one for one in DECLARED if "@" in one or "/" in one or ">=" not in one]
    assert wrong == []


WITH_WHEEL = {"python_version": "3.14", "sys_platform": "linux", "platform_machine": "x86_64"}


@pytest.mark.parametrize(
    ("elsewhere", "wanted"),
    [
        ({}, True),
        ({"sys_platform": "darwin", "platform_machine": "arm64"}, True),
        ({"platform_machine": "aarch64"}, False),
        ({"python_version": "3.15"}, False),
    ],
    ids=str,
)
def test_pysqlite3_is_wanted_where_it_has_a_wheel(elsewhere: dict[str, str], wanted: bool) -> None:
    (marker,) = [one.marker for one in map(Requirement, DECLARED) if one.name == "pysqlite3"]
    assert marker is not None
    assert marker.evaluate(WITH_WHEEL | elsewhere) is wanted


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("sse-starlette", "3.1.2"),  # the HTTP server does not start
        ("sse-starlette", "3.3.4"),  # a client that does not read is a traceback in the log
        ("uvicorn", "0.38.0"),  # so is a signal while the server starts
    ],
)
def test_what_the_sdk_would_take_but_the_server_fails_with_is_refused(
    name: str, version: str
) -> None:
    (wanted,) = [one for one in map(Requirement, DECLARED) if one.name == name]
    assert version not in wanted.specifier


def test_every_import_is_of_a_dependency_that_is_named_or_brought_by_one() -> None:
    declared = names(DECLARED)
    here = {
        plain(one.name)
        for one in map(Requirement, DECLARED)
        if not one.marker or one.marker.evaluate()
    }
    brought = {name for one in here for name in names(metadata.requires(one) or ())}
    owners = metadata.packages_distributions()
    strange: dict[str, str] = {}
    for file in (ROOT / "src/headwater").rglob("*.py"):
        for module in _imported(ast.parse(file.read_text())):
            top = module.split(".")[0]
            if top in sys.stdlib_module_names or top == "headwater":
                continue
            if not {plain(one) for one in owners.get(top, [top])} & (declared | brought):
                strange[module] = file.name
    assert strange == {}


def _imported(tree: ast.AST) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
