"""Read JSON with comments and trailing commas, remembering where every value stands in the text.

What hosts call JSON is JSON, JSON with `//` and `/* */`, or that with trailing commas. All three
are read; nothing looser is (no single quotes, no bare keys). The spans let `json_edit` change one
entry and leave every other byte of the file as it was.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias, cast

from headwater.errors import BadRequest

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

DEPTH_LIMIT: Final = 200
_DIGITS_OF_INT: Final = 400  # far below the 4,300 at which int() refuses

_SPACE: Final = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING: Final = re.compile(r'"(?:[^"\\\x00-\x1f]+|\\.)*"')
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


class ConfigSyntaxError(BadRequest):
    """A host's config file cannot be parsed; it was left as it is."""

    code = "config_syntax"

    def __init__(self, reason: str, *, line: int, column: int) -> None:
        self.line = line
        self.column = column
        super().__init__(f"line {line}, column {column}: {reason}")


@dataclass(slots=True)
class Node:
    """One value and where it stands: `text[start:end]`.

    Of an object `members` holds the nodes by key (of a repeated key the last, as readers take it),
    of an array `items`; `last_end` is where the last of them ends and `trailing_comma` the place
    just after a comma that follows it.
    """

    start: int
    end: int = 0
    value: Json = None
    members: dict[str, Node] = field(default_factory=dict["str", "Node"])
    items: list[Node] = field(default_factory=list["Node"])
    last_end: int | None = None
    trailing_comma: int | None = None
    begin: int = 0
    """Where it begins with its key, if it has one."""


def parse(text: str) -> Node | None:
    """The document's one value, or None for a file without any (empty, or comments only).

    Raises `ConfigSyntaxError` naming the line and column.
    """
    reader = _Reader(text)
    start = reader.skip(0)
    if start == len(text):
        return None
    root = reader.value(start, depth=0)
    rest = reader.skip(root.end)
    if rest != len(text):
        raise reader.wrong("something follows the end of the document", rest)
    return root


def skip_space(text: str, at: int) -> int:
    """The first position from `at` on that is neither white space nor part of a comment."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text

    def wrong(self, reason: str, at: int) -> ConfigSyntaxError:
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        return ConfigSyntaxError(reason, line=line, column=column)

    def skip(self, at: int) -> int:
        at = skip_space(self.text, at)
        if self.text.startswith("/*", at):
            raise self.wrong("a comment is never closed", at)
        return at

    def value(self, at: int, depth: int) -> Node:
        if depth > DEPTH_LIMIT:
            raise self.wrong(f"nested deeper than {DEPTH_LIMIT} levels", at)
        first = self.text[at : at + 1]
        if first == "{":
            return self.object(at, depth)
        if first == "[":
            return self.array(at, depth)
        if first == '"':
            return self.string(at)
        return self.number_or_word(at)

    def object(self, at: int, depth: int) -> Node:
        node = Node(at)
        values: dict[str, Json] = {}
        here = self.skip(at + 1)
        while self.text[here : here + 1] != "}":
            if self.text[here : here + 1] != '"':
                raise self.wrong('expected a key in double quotes or "}"', here)
            key = self.string(here)
            here = self.skip(key.end)
            if self.text[here : here + 1] != ":":
                raise self.wrong('expected ":" after the key', here)
            member = self.value(self.skip(here + 1), depth + 1)
            member.begin = key.start
            name = cast("str", key.value)
            node.members[name] = member
            values[name] = member.value
            here = self.after(node, member, "}")
        node.end = here + 1
        node.value = values
        return node

    def array(self, at: int, depth: int) -> Node:
        node = Node(at)
        here = self.skip(at + 1)
        while self.text[here : here + 1] != "]":
            item = self.value(here, depth + 1)
            item.begin = item.start
            node.items.append(item)
            here = self.after(node, item, "]")
        node.end = here + 1
        node.value = [item.value for item in node.items]
        return node

    def after(self, node: Node, child: Node, closing: str) -> int:
        """Step over the comma after `child`, or stay at the closing bracket."""
        node.last_end = child.end
        node.trailing_comma = None
        here = self.skip(child.end)
        if self.text[here : here + 1] == ",":
            node.trailing_comma = here + 1
            return self.skip(here + 1)
        if self.text[here : here + 1] != closing:
            raise self.wrong(f'expected "," or "{closing}"', here)
        return here

    def string(self, at: int) -> Node:
        found = _STRING.match(self.text, at)
        if not found:
            raise self.wrong("a string is not closed, or holds a raw control character", at)
        try:
            return Node(at, found.end(), cast("str", json.loads(found[0])))
        except json.JSONDecodeError as error:
            raise self.wrong("a string holds an unknown escape", at + error.pos) from error

    def number_or_word(self, at: int) -> Node:
        for word, value in _WORDS.items():
            if self.text.startswith(word, at):
                return Node(at, at + len(word), value)
        found = _NUMBER.match(self.text, at)
        if not found:
            what = "a value" if at < len(self.text) else "a value, but the file ends here"
            raise self.wrong(f"expected {what}", at)
        whole = found[1] is None and found[2] is None and len(found[0]) <= _DIGITS_OF_INT
        return Node(at, found.end(), int(found[0]) if whole else float(found[0]))
