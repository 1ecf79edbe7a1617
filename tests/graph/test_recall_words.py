"""Which words are searched for and which tell something, without a store."""

from __future__ import annotations

import pytest

from headwater.graph.recall import (
    BODY_CHARS,
    WORDS,
    doc,
    in_json,
    likest,
    part,
    strings,
    telling_of,
    telling_words,
    whole,
    words_of,
)


def test_short_common_and_plain_numbers_tell_nothing() -> None:
    assert telling_words("Add the API and a DB2, v2 of 2030: to be used. Où Ö 設計 計") == [
        "api",
        "db2",
        "où",
        "設計",
    ]
    assert telling_words("One parser", "the Parser lexes") == ["parser", "lexes"]


def test_only_so_many_words_and_so_much_of_a_text_are_looked_at() -> None:
    many = [f"word{number}" for number in range(WORDS + 1)]
    assert telling_words(" ".join(many)) == many[:WORDS]
    assert telling_words(*many[:WORDS]) == many[:WORDS]
    assert telling_words("x" * BODY_CHARS + " later") == ["x" * BODY_CHARS]
    assert doc("h", ["a", "", "b" * BODY_CHARS], kind="note", source_id=1).body == (
        "a\n" + "b" * (BODY_CHARS - 2)
    )


def test_of_a_query_numbers_of_three_digits_tell_something_too() -> None:
    assert telling_of(["the", "404", "42", "parser", "1e9"]) == ["404", "parser", "1e9"]


def test_the_words_of_a_query_are_whatever_could_match_each_once() -> None:
    assert words_of("a - b\x00c a \ud800 '' 設\u200b計 !x") == ["a", "b", "c", "設計", "!x"]
    assert len(words_of(" ".join(map(str, range(WORDS + 1))))) == WORDS


@pytest.mark.parametrize("text", ["plain", "設計 of 画面x", "a\u200bb"])
def test_a_text_that_was_parted_is_whole_again(text: str) -> None:
    assert whole(part(text)) == text.replace("\u200b", "")
    assert part("設計a b") == "設\u200b計\u200ba b"
    assert part("a\x00b") == "a b"


def test_the_likest_text_shares_the_rarest_words() -> None:
    texts = ["Parser and lexer", "lexer", "a PARSER", "nothing", "lexer alone"]
    assert likest(["parser", "lexer"], texts, 1) == [0, 2, 1, 4]
    assert likest(["parser", "lexer"], texts, 2) == [0]
    assert likest([], texts, 0) == []


def test_every_name_and_text_in_json_is_a_string_outermost_first() -> None:
    value = {"a": [1, "x", {"b": None}], "c": True, "d": {"e": 2.5}}
    assert list(strings(value)) == ["a", "1", "x", "b", "c", "d", "e", "2.5"]
    assert in_json('{"a": ["x", 7]}') == "a x 7"
    assert (in_json("{}"), in_json("[]"), in_json("")) == ("", "", "")
