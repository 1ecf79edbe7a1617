"""Reading JSON with comments: what hosts accept, nothing looser, errors that name the place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from json_values import JSON

from headwater.hosts.jsonc import DEPTH_LIMIT, ConfigSyntaxError, parse


@given(JSON, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_it_reads_every_json_document_as_the_standard_library_does(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    root = parse(text)
    assert root is not None
    assert root.value == json.loads(text)
    assert text[root.start : root.end] == text


def test_comments_and_trailing_commas_are_read():
    root = parse('// top\n{ /* a */ "a": [1, 2, /* b */], // c\n "b": "// no comment", }\n// end')
    assert root is not None
    assert root.value == {"a": [1, 2], "b": "// no comment"}


@pytest.mark.parametrize("text", ["", "  \r\n", "// only\n", "/* a */ // b"])
def test_a_file_without_a_value_is_told_from_one_with_null(text):
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ('{\n  "a": 1\n  "b": 2\n}', 3, 3, 'expected "," or "}"'),
        ('{"a" 1}', 1, 6, 'expected ":"'),
        ("{'a': 1}", 1, 2, "double quotes"),
        ("{,}", 1, 2, "double quotes"),
        ('{"a": }', 1, 7, "expected a value"),
        ('{"a": 1', 1, 8, 'expected "," or "}"'),
        ('{"a": [1', 1, 9, 'expected "," or "]"'),
        ("[1,,2]", 1, 4, "expected a value"),
        ('{"a": "x\ny"}', 1, 7, "not closed"),
        ('{"a": "\\x"}', 1, 8, "escape"),
        ("{} {}", 1, 4, "follows the end"),
        ("{ /* never", 1, 3, "never closed"),
        ('{"a": NaN}', 1, 7, "expected a value"),
        ('{"a": 01}', 1, 8, 'expected ","'),
    ],
)
def test_a_mistake_is_named_with_its_line_and_column(text, line, column, says):
    with pytest.raises(ConfigSyntaxError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert says in caught.value.message


def test_endless_nesting_is_refused_without_exhausting_the_stack():
    with pytest.raises(ConfigSyntaxError, match=f"deeper than {DEPTH_LIMIT}"):
        parse("[" * 100_000)


def test_a_number_of_thousands_of_digits_does_not_stop_the_reader():
    assert parse('{"a": ' + "9" * 5000 + "}") is not None


def test_of_a_repeated_key_the_last_counts_as_for_every_reader():
    root = parse('{"a": 1, "a": 2}')
    assert root is not None
    assert root.value == {"a": 2}
