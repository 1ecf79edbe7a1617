"""Fingerprints: what makes two tasks the same work, apart from any store."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from headwater.graph.fingerprint import Asked, Input, Promise, exactly, fingerprint, normalised

ASKED = Asked("Parser", "Write the parser.", ["it parses", "it is fast"], ["a.py", "b.py"])
READ = Input(Promise("json", "a file", ("x", "y")), {"x": "1"}, "here", "a.json")
OPEN = Input(Promise(), {}, undelivered="7 in round 1")
PRINT = fingerprint(ASKED, [READ, OPEN], exactly)


def test_in_which_order_paths_keys_and_inputs_are_named_does_not_count() -> None:
    asked = replace(ASKED, paths=["b.py", "a.py"])
    turned = replace(READ, contract=replace(READ.contract, keys=("y", "x")))
    assert fingerprint(asked, [OPEN, turned], exactly) == PRINT


@pytest.mark.parametrize(
    "other",
    [{"spec": "Write the lexer."}, {"acceptance": ["it parses"]}, {"paths": ["a.py", "c.py"]}],
)
def test_whatever_is_asked_counts(other: dict[str, Any]) -> None:
    assert fingerprint(replace(ASKED, **other), [READ, OPEN], exactly) != PRINT


@pytest.mark.parametrize(
    "other",
    [
        {"contract": replace(READ.contract, expect="xml")},
        {"contract": replace(READ.contract, promise="a link")},
        {"contract": replace(READ.contract, keys=("x",))},
        {"digests": {"x": "2"}},
        {"summary": "there"},
        {"delivered": "b.json"},
        {"undelivered": "8 in round 1"},
    ],
)
def test_whatever_is_read_of_an_input_counts(other: dict[str, Any]) -> None:
    assert fingerprint(ASKED, [replace(READ, **other), OPEN], exactly) != PRINT
    assert fingerprint(ASKED, [READ], exactly) != PRINT


def test_the_title_stands_for_a_spec_that_is_missing_and_without_either_there_is_none() -> None:
    assert fingerprint(replace(ASKED, title="Lexer"), [READ, OPEN], exactly) == PRINT
    said = Asked("Write the parser.", "", ASKED.acceptance, ASKED.paths)
    assert fingerprint(said, [READ, OPEN], exactly) == PRINT
    assert fingerprint(replace(said, title=" \n"), [READ, OPEN], exactly) == ""


def test_white_space_counts_only_to_the_letter() -> None:
    loose = replace(ASKED, spec=" Write  the\nparser.", acceptance=["it  parses", "it is fast "])
    assert fingerprint(loose, [READ, OPEN], exactly) != PRINT
    tidy = fingerprint(ASKED, [READ, OPEN], normalised)
    assert fingerprint(loose, [replace(READ, summary=" here"), OPEN], normalised) == tidy
