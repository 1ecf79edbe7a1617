"""Changing one entry leaves every other byte of a JSON file alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from json_values import JSON

from headwater.hosts.json_edit import (
    ConfigShape,
    append_item,
    checked,
    remove_item,
    remove_member,
    same,
    set_member,
)
from headwater.hosts.jsonc import parse

ENTRY = {"command": "headwater", "args": ["serve"]}
PATH = ("mcpServers", "headwater")

COMMENTED = """\
// my servers
{
    "theme": "dark", // like the night
    "mcpServers": {
        /* the old one */
        "other": {"command": "x", "args": [1, 2,]}, // keep me
    },
}
"""


def value_of(text: str):
    root = parse(text)
    assert root is not None
    return root.value


def test_comments_trailing_commas_and_indentation_survive():
    assert set_member(COMMENTED, PATH, ENTRY) == COMMENTED.replace(
        "// keep me\n",
        """// keep me
        "headwater": {
            "command": "headwater",
            "args": ["serve"]
        },
""",
    )


def test_without_a_trailing_comma_the_comma_goes_before_the_comment():
    before = '{\n  "a": 1 // one\n}\n'
    assert set_member(before, ("b",), 2) == '{\n  "a": 1, // one\n  "b": 2\n}\n'


def test_a_minified_file_stays_on_one_line():
    assert set_member('{"a":{"b":1}}', ("a", "c"), ENTRY) == (
        '{"a":{"b":1, "c": {"command": "headwater", "args": ["serve"]}}}'
    )


def test_a_comment_in_an_empty_object_survives():
    before = '{\n  "mcpServers": {\n    // none yet\n  }\n}\n'
    after = set_member(before, PATH, 1)
    assert after == '{\n  "mcpServers": {\n    // none yet\n    "headwater": 1\n  }\n}\n'


def test_windows_line_ends_are_kept_throughout():
    after = set_member(COMMENTED.replace("\n", "\r\n"), PATH, ENTRY)
    assert after.count("\n") == after.count("\r\n")
    assert value_of(after)["mcpServers"]["headwater"] == ENTRY


@pytest.mark.parametrize("before", ["", " \n", "{}", "{\n}\n", "// nothing here yet", "/* a */\n"])
def test_an_empty_file_gets_a_document(before):
    after = set_member(before, PATH, ENTRY)
    assert value_of(after) == {"mcpServers": {"headwater": ENTRY}}
    assert after.startswith(before.strip(" \n{}"))


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ("[]", "the document is an array, not an object"),
        ('{"mcpServers": null}', '"mcpServers" is null, not an object'),
        ('{"mcpServers": "x"}', '"mcpServers" is a string, not an object'),
        ("true", "the document is a boolean, not an object"),
    ],
)
def test_something_else_in_the_entrys_place_is_named_and_kept(before, says):
    with pytest.raises(ConfigShape, match=says):
        set_member(before, PATH, ENTRY)


def test_an_item_is_appended_to_the_list_that_is_there():
    before = '{\n  "inputs": [\n    {"id": "a"}, // first\n  ]\n}\n'
    after = append_item(before, ("inputs",), {"id": "b"})
    assert "// first" in after
    assert value_of(after) == {"inputs": [{"id": "a"}, {"id": "b"}]}


def test_an_item_is_appended_deep_inside_and_lists_on_the_way_are_made():
    made = append_item("{}", ("hooks", "Stop"), {"a": 1})
    assert value_of(made) == {"hooks": {"Stop": [{"a": 1}]}}
    assert value_of(append_item(made, ("hooks", "Stop"), 2)) == {"hooks": {"Stop": [{"a": 1}, 2]}}
    with pytest.raises(ConfigShape, match=r'"hooks\.Stop" is an object, not an array'):
        append_item('{"hooks": {"Stop": {}}}', ("hooks", "Stop"), 2)


@pytest.mark.parametrize("item", [1, {"a": [1]}])
@pytest.mark.parametrize(
    "before",
    [
        '{\n  "x": [\n    0\n  ]\n}\n',
        '{\n  "x": [\n    0 // zero\n  ] // the list\n}\n',
        '{\n  "x": [\n    // none\n  ]\n}\n',
        '{"x":[0]}',
        '{\r\n    "x": []\r\n}\r\n',
    ],
)
def test_what_was_appended_is_removed_without_a_trace(before, item):
    after = append_item(before, ("x",), item)
    last = len(value_of(after)["x"]) - 1
    assert remove_item(after, ("x",), last) == before


def test_a_removed_member_leaves_the_comments_of_the_others():
    before = '{\n  "a": 1, // one\n  "b": {"c": 2},\n  // three\n  "d": 3\n}\n'
    assert remove_member(before, ("b",)) == '{\n  "a": 1, // one\n  // three\n  "d": 3\n}\n'
    assert remove_member(before, ("d",)) == (
        '{\n  "a": 1, // one\n  "b": {"c": 2}\n  // three\n}\n'
    )
    assert remove_member(before, ("b", "c")) == before.replace('{"c": 2}', "{}")


@st.composite
def jsonc_documents(draw):
    """Any JSON object, printed in some style, with comments and trailing commas put in."""
    value = draw(st.dictionaries(st.text(), JSON, max_size=5))
    if draw(st.booleans()):
        value["mcpServers"] = draw(st.dictionaries(st.text(), JSON, max_size=4))
    indent = draw(st.sampled_from([None, 0, 1, 2, 4, "\t"]))
    plain = json.dumps(value, indent=indent, ensure_ascii=draw(st.booleans()))
    if indent is None:
        return plain, value
    comment = st.sampled_from(["", "", " // note", " /* a\n b */", " // \u20ac } ] ,"])
    lines = [line + draw(comment) for line in plain.split("\n")]
    if draw(st.booleans()):
        lines = [draw(st.sampled_from(["", "// before"])), *lines, "// after"]
    text = "\n".join(lines)
    return (text.replace("\n", "\r\n") if draw(st.booleans()) else text), value


@given(jsonc_documents(), JSON)
def test_whatever_the_document_all_but_the_entry_stays_equal(document, entry):
    text, value = document
    after = set_member(text, PATH, entry)
    expected = {**value, "mcpServers": {**value.get("mcpServers", {}), "headwater": entry}}
    assert same(value_of(after), expected)


@given(jsonc_documents(), JSON)
def test_every_line_of_the_user_is_still_there_unless_it_held_the_entry(document, entry):
    text, value = document
    if "headwater" in value.get("mcpServers", {}) or "\n" not in text:
        return
    after = set_member(text, PATH, entry)
    rest = iter(after.replace("\r\n", "\n"))
    kept = [char for char in text.replace("\r\n", "\n") if not char.isspace()]
    assert all(any(char == other for other in rest) for char in kept)


@given(jsonc_documents(), st.data())
def test_without_a_member_or_an_item_all_else_stays_equal(document, data):
    text, value = document
    lists = [key for key, inner in value.items() if isinstance(inner, list) and inner]
    if lists:
        key = data.draw(st.sampled_from(lists))
        at = data.draw(st.integers(0, len(value[key]) - 1))
        rest = [item for number, item in enumerate(value[key]) if number != at]
        assert same(value_of(remove_item(text, (key,), at)), {**value, key: rest})
    if value:
        gone = data.draw(st.sampled_from(sorted(value)))
        kept = {key: inner for key, inner in value.items() if key != gone}
        assert same(value_of(remove_member(text, (gone,))), kept)


@pytest.mark.parametrize(
    "wrong",
    ['{"a": 1.0, "b": 2}', '{"a": true, "b": 2}', '{"b": 2}', '{"a": 1, "b": 3}', "", '{"a": 1}'],
)
def test_an_edit_that_would_change_anything_else_is_never_returned(wrong):
    assert checked('{"a": 1}', '{"a": 1, "b": 2}', ("b",), 2) == '{"a": 1, "b": 2}'
    with pytest.raises(ConfigShape, match="nothing was written"):
        checked('{"a": 1}', wrong, ("b",), 2)
