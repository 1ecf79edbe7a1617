"""Paths: the forms of globs, and overlap against brute force over every short path."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.graph.paths import FORMS, condense, normal, overlap, parse, readable

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
        "src/**.py",
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
    assert [str(glob) for glob in readable(["src/*/x", "src/*", "/abs"])] == ["src/*"]


_FILES = st.sets(
    st.lists(st.sampled_from(("a", "b", "c?", "*")), min_size=1, max_size=4).map("/".join),
    max_size=8,
)


@given(_FILES, st.integers(1, 4))
def test_a_list_of_files_is_condensed_to_few_globs_that_hold_them_all(
    files: set[str], most: int
) -> None:
    globs = condense(files, most)
    assert len(globs) <= most
    assert globs == sorted(set(globs))
    for file in files:
        assert any(parse(glob).holds(tuple(file.split("/"))) for glob in globs), file


@pytest.mark.parametrize(
    ("most", "globs"),
    [
        (5, ["a/b/c/1.py", "a/b/c/2.py", "a/b/d/1.py", "a/e.py", "top.py"]),
        (4, ["a/b/c/**", "a/b/d/**", "a/e.py", "top.py"]),
        (3, ["a/b/**", "a/e.py", "top.py"]),
        (2, ["a/**", "top.py"]),
        (1, ["**"]),
    ],
)
def test_only_the_deepest_directories_stand_for_what_is_in_them(
    most: int, globs: list[str]
) -> None:
    files = ["top.py", "a/b/d/1.py", "a/b/c/2.py", "a/b/c/1.py", "a/e.py"]
    assert condense(files, most) == globs


def test_a_name_that_no_glob_spells_is_stood_for_by_its_nearest_directory() -> None:
    files = ["what?.md", "a/b?/c/d.py", "a/st*r/e.py", "b/c/{1,2}.py"]
    assert condense(files, 9) == ["**", "a/**", "b/c/**"]
