"""Paths: the forms of globs, and overlap against brute force over every short path."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.graph.paths import FORMS, normal, overlap, parse, readable

NAMES = ("a", "b", "A", "a.x", "b.x", "B.X", ".x", "a.y")
ENDINGS = ("**", "*", "*.x", "*x", "**/*.x", "**/*.X", "*.y", "**/*")
EVERY_PATH = ["/".join(parts) for depth in (1, 2, 3, 4) for parts in product(NAMES, repeat=depth)]


@st.composite
def _globs(draw: st.DrawFn) -> str:
    names = st.sampled_from(NAMES)
    endings = st.sampled_from(ENDINGS)
    return "/".join([*draw(st.lists(names, max_size=2)), draw(names | endings)])


def matches(glob: str, path: str, *, fold: bool = False) -> bool:
    parts = (path.casefold() if fold else path).split("/")
    return parse(glob, fold=fold).holds(tuple(part for part in parts if part not in ("", ".")))


def _brute_force(one: str, other: str, *, fold: bool) -> bool:
    """Paths of four parts suffice: a glob of the strategy names three at most."""
    return any(
        matches(one, path, fold=fold) and matches(other, path, fold=fold) for path in EVERY_PATH
    )


@given(_globs(), _globs(), st.booleans())
def test_two_globs_overlap_exactly_if_some_path_belongs_to_both(
    one: str, other: str, fold: bool
) -> None:
    found = overlap(one, other, fold=fold)
    assert found == overlap(other, one, fold=fold)
    assert found == _brute_force(one, other, fold=fold)


def test_every_two_short_globs_overlap_exactly_if_some_path_belongs_to_both() -> None:
    above = ((), ("a",), ("a", "b"))
    globs = ["/".join([*names, last]) for names in above for last in (*ENDINGS, "a.x", "b")]
    held = {glob: {path for path in EVERY_PATH if matches(glob, path)} for glob in globs}
    for one, other in product(globs, repeat=2):
        assert overlap(one, other) == bool(held[one] & held[other]), (one, other)


@given(_globs())
def test_a_glob_in_its_usual_spelling_is_the_same_glob(glob: str) -> None:
    assert parse(normal(glob)) == parse(glob)
    assert overlap(glob, glob)


@pytest.mark.parametrize(
    ("glob", "inside", "outside"),
    [
        ("src/app.py", ["src/app.py", "src/app.py/x"], ["src/app.pyi", "app.py", "src"]),
        ("src", ["src", "src/a", "src/a/b.py"], ["srcs/a", "lib/src"]),
        ("src/", ["src/a", "src/a/b"], ["src", "srcs/a"]),
        ("src/**", ["src/a", "src/a/b"], ["src", "lib/a"]),
        ("src/*", ["src/a", "src/.env"], ["src/a/b", "src", "a"]),
        ("src/*.py", ["src/a.py", "src/.py"], ["src/a.pyi", "src/a/b.py", "a.py"]),
        ("src/**/*.py", ["src/a.py", "src/a/b.py"], ["src/a.js", "lib/a.py"]),
        ("*.md", ["README.md"], ["docs/a.md"]),
        ("**", ["a", "a/b/c"], []),
        (".", ["a", "a/b/c"], []),
        ("./src//./a", ["src/a", "./src/a"], ["src/b"]),
        ("app/[id]/page.tsx", ["app/[id]/page.tsx"], ["app/i/page.tsx"]),
    ],
)
def test_each_form_holds_its_paths_and_no_others(
    glob: str, inside: list[str], outside: list[str]
) -> None:
    assert [path for path in [*inside, *outside] if matches(glob, path)] == inside


@pytest.mark.parametrize(
    ("given_as", "usual"),
    [
        ("./src/a.py", "src/a.py"),
        ("src//a.py", "src/a.py"),
        ("src/", "src/**"),
        ("src/**/", "src/**"),
        ("src/**/*", "src/**"),
        ("./", "**"),
        (".", "**"),
        ("src/.", "src/**"),
        ("**/*.py", "**/*.py"),
        ("*", "*"),
    ],
)
def test_a_glob_is_kept_in_its_usual_spelling(given_as: str, usual: str) -> None:
    assert normal(given_as) == usual


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "  ",
        "/etc/passwd",
        "~/notes",
        "C:/Users",
        "a/../b",
        "..",
        "a\\b",
        "a\0b",
        "!src/a.py",
        "src/?.py",
        "src/{a,b}.py",
        "src/*/a.py",
        "src/*/",
        "src/*.py/",
        "**/a.py",
        "src/a*.py",
        "src/**/x/*.py",
        "src/**/**/a",
        "src/***",
        "src/*a*",
    ],
)
def test_any_other_form_is_refused_with_the_forms_that_there_are(wrong: str) -> None:
    with pytest.raises(ValueError, match="forms") as refusal:
        parse(wrong)
    assert FORMS in str(refusal.value)


def test_case_counts_unless_the_checkout_folds_it() -> None:
    assert not overlap("Src/App.py", "src/*.PY")
    assert overlap("Src/App.py", "src/*.PY", fold=True)
    assert matches("STRASSE/*", "straße/a", fold=True)


def test_what_an_older_board_holds_is_passed_over_where_it_is_no_glob() -> None:
    assert [str(glob) for glob in readable(["src/*", "src/*/x", "/abs"])] == ["src/*"]
