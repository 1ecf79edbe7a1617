"""Changing one table of a TOML file keeps comments, order and every other value."""

import tomllib

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from headwater.hosts.json_edit import ConfigShape
from headwater.hosts.jsonc import ConfigSyntaxError
from headwater.hosts.toml_edit import set_table

PATH = ("mcp_servers", "headwater")
ENTRY = {"command": "headwater", "args": ["serve"], "env": {"A": "1"}, "tool_timeout_sec": 120}

COMMENTED = """\
# my settings
model = "some-model"  # the good one

[mcp_servers.other]  # keep me
command = "x"

[projects."/home/me/p"]
trust_level = "trusted"
"""


def test_comments_and_order_survive_and_the_entry_stands_with_its_kind():
    after = set_table(COMMENTED, PATH, ENTRY)
    for line in COMMENTED.splitlines():
        assert line in after
    assert after.index("[mcp_servers.headwater]") < after.index("[projects.")
    assert tomllib.loads(after)["mcp_servers"]["headwater"] == ENTRY


def test_a_second_time_nothing_changes():
    once = set_table(COMMENTED, PATH, ENTRY)
    assert set_table(once, PATH, ENTRY) == once


def test_a_changed_key_keeps_the_comments_of_the_others():
    before = '[mcp_servers.headwater]\ncommand = "old"\nargs = ["serve"]  # mine\nurl = "x"\n'
    after = set_table(before, PATH, {"command": "new", "args": ["serve"]})
    assert after == '[mcp_servers.headwater]\ncommand = "new"\nargs = ["serve"]  # mine\n'


@pytest.mark.parametrize(
    "before",
    [
        'mcp_servers = { other = { command = "x" } }\n',
        '[mcp_servers]\nother = { command = "x" }\n',
        'mcp_servers.other.command = "x"\n',
        '[mcp_servers.other]\ncommand = "x"\n[a]\nb = nan\n[mcp_servers.other.env]\nA = "1"\n',
        '[mcp_servers.other]\ncommand = "x"\n[a]\n[mcp_servers.third]\ncommand = "y"',
    ],
)
def test_every_way_of_writing_the_other_servers_is_kept(before):
    after = tomllib.loads(set_table(before, PATH, ENTRY))
    assert after["mcp_servers"].pop("headwater") == ENTRY
    assert repr(after) == repr(tomllib.loads(before))


def test_windows_line_ends_are_kept_throughout():
    after = set_table(COMMENTED.replace("\n", "\r\n"), PATH, ENTRY)
    assert after.count("\n") == after.count("\r\n")


@pytest.mark.parametrize("before", ["", "\n", "# nothing yet\n"])
def test_an_empty_file_gets_the_table(before):
    after = set_table(before, PATH, ENTRY)
    assert after.startswith(before.strip())
    assert tomllib.loads(after) == {"mcp_servers": {"headwater": ENTRY}}


def test_something_else_in_the_tables_place_is_named():
    with pytest.raises(ConfigShape, match='"mcp_servers" is an array, not a table'):
        set_table("mcp_servers = []\n", PATH, ENTRY)


@pytest.mark.parametrize(
    ("before", "line"),
    [("a = 1\nb = \n", 2), ("a = 1\na = 2\n", 2), ("[x\n", 1), ("a = 'x\n", 1), ("[a]\n[a]\n", 2)],
)
def test_a_mistake_is_named_with_its_line(before, line):
    with pytest.raises(ConfigSyntaxError) as caught:
        set_table(before, PATH, ENTRY)
    assert caught.value.line == line


VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["a", "b c", "mcp", "profiles", "é"]), VALUES, max_size=4))
def test_whatever_the_document_all_but_the_table_stays_equal(document):
    before = tomlkit.dumps(document)
    after = tomllib.loads(set_table(before, PATH, ENTRY))
    assert after.pop("mcp_servers") == {"headwater": ENTRY}
    assert after == tomllib.loads(before)


def test_an_equal_value_keeps_the_way_it_is_written():
    before = '[mcp_servers.headwater]\ncommand = "old"\nargs = [\n  "serve", # the verb\n]\n'
    after = set_table(before, PATH, {"command": "new", "args": ["serve"]})
    assert after == before.replace("old", "new")
