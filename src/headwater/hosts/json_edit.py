"""Change one entry of a JSON document and leave every other byte as it was.

Written here because the libraries do not fit: the one that edits in place runs a Node.js process
and installs a package with npm, and the pure Python ones that keep comments also accept JSON5
and need seconds for a file of some hundred kilobytes. Every edit is checked: the new text is
parsed again, and anything but the wanted change is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from headwater.errors import Conflict
from headwater.hosts.jsonc import Json, Node, parse, skip_space

_INDENT: Final = re.compile(r"\{[ \t]*\r?\n([ \t]+)\S")
_LINE_END: Final = re.compile(r"[ \t]*\r?\n")
_LAST_INDENT: Final = re.compile(r"\r?\n[ \t]*\Z")
_REST_OF_LINE: Final = re.compile(r"(?:[ \t]+|/\*.*?\*/)*(?://[^\r\n]*)?", re.DOTALL)


class ConfigShape(Conflict):
    """A host's config file holds something else where the entry belongs; it was left as it is."""

    code = "config_shape"


def set_member(text: str, path: Sequence[str], value: Json) -> str:
    """`text` with the value at `path` set, the objects on the way created where missing.

    Raises `ConfigSyntaxError` for text that does not parse and `ConfigShape` where something other
    than an object stands on the way.
    """
    root = parse(text)
    if root is None:
        comments = text if not text.strip() or text.endswith("\n") else text + _newline(text)
        fresh = _pretty(_nested(path, value), "  ", _newline(text))
        return (comments if comments.strip() else "") + fresh + _newline(text)
    node = root
    for depth, key in enumerate(path):
        if not isinstance(node.value, dict):
            raise ConfigShape(f"{where(path[:depth])} is {kind(node.value)}, not an object")
        if key not in node.members:
            edited = _insert(text, root, node, _nested(path[depth + 1 :], value), key)
            return checked(text, edited, path, value)
        node = node.members[key]
    level = _line_indent(text, node.start)
    edited = text[: node.start] + _render(text, root, value, level) + text[node.end :]
    return checked(text, edited, path, value)


def append_item(text: str, path: Sequence[str], item: Json) -> str:
    """`text` with `item` appended to the array at `path` (created if missing).

    Raises as `set_member` does, and `ConfigShape` where something other than an array stands.
    """
    root = parse(text)
    node = _at(root, path)
    if root is None or node is None:
        return set_member(text, path, [item])
    if not isinstance(node.value, list):
        raise ConfigShape(f"{where(path)} is {kind(node.value)}, not an array")
    return checked(text, _insert(text, root, node, item, None), path, [*node.value, item])


def remove_item(text: str, path: Sequence[str], index: int) -> str:
    """`text` without that item of the array at `path`. Comments around it stay."""
    node = _at(parse(text), path)
    assert node is not None
    rest = [item.value for at, item in enumerate(node.items) if at != index]
    before = node.items[index - 1].end if index else None
    return checked(text, _cut(text, node, node.items[index], before), path, rest)


def remove_member(text: str, path: Sequence[str]) -> str:
    """`text` without the member at `path`. Comments around it stay."""
    node = _at(parse(text), path[:-1])
    assert node is not None
    assert isinstance(node.value, dict)
    gone = node.members[path[-1]]
    before = max((one.end for one in node.members.values() if one.end < gone.begin), default=None)
    rest = {key: value for key, value in node.value.items() if key != path[-1]}
    return checked(text, _cut(text, node, gone, before), path[:-1], rest)


def remove_empty(text: str, path: Sequence[str]) -> str:
    """`text` without the object or array at `path`, if nothing is in it, not even a comment."""
    node = _at(parse(text), path)
    if node is None or not isinstance(node.value, (dict, list)):
        return text
    inside = text[node.start + 1 : node.end - 1]
    return text if inside.strip() else remove_member(text, path)


def _at(root: Node | None, path: Sequence[str]) -> Node | None:
    """The node at `path`, if there is one."""
    node = root
    for key in path:
        node = node.members.get(key) if node else None
    return node


def _cut(text: str, node: Node, child: Node, before: int | None) -> str:
    """Take a child of an object or array out, with one of the commas beside it."""
    head, end = text[: child.begin], child.end
    comma = skip_space(text, end)
    if text[comma] == ",":
        end = comma + 1
    elif before is not None:
        comma = skip_space(text, before)
        head = head[:comma] + head[comma + 1 :].rstrip(" \t")
    tail = text[end:]
    if not head[node.start + 1 :].strip() and not text[end : node.end - 1].strip():
        return text[: node.start + 1] + text[node.end - 1 :]  # nothing else is in there
    if _LINE_END.match(tail):  # the child had lines of its own: they go as a whole
        head = _LAST_INDENT.sub("", head)
    return head + tail


def where(path: Sequence[str]) -> str:
    """A place in a config file, for messages."""
    return f'"{".".join(path)}"' if path else "the document"


def kind(value: object) -> str:
    """What a config value is, for messages."""
    names: dict[type[object], str] = {
        dict: "an object",
        list: "an array",
        str: "a string",
        bool: "a boolean",
    }
    return "null" if value is None else names.get(type(value), "a number")


def same(one: object, other: object) -> bool:
    """Whether two parsed documents are equal, telling 1 from 1.0 and from true."""
    return _canonical(one) == _canonical(other)


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=repr)


def checked(before: str, after: str, path: Sequence[str], value: Json) -> str:
    """`after`, if it differs from `before` by that value alone. Raises `ConfigShape` otherwise."""
    old, new = parse(before), parse(after)
    if old is None or new is None or not same(replaced(old.value, path, value), new.value):
        raise ConfigShape("the edit would have changed more than the entry; nothing was written")
    return after


def replaced(document: Json, path: Sequence[str], value: Json) -> Json:
    """A parsed document with that value at `path`."""
    if not path:
        return value
    table = dict(document) if isinstance(document, dict) else {}
    table[path[0]] = replaced(table.get(path[0]), path[1:], value)
    return table


def _nested(path: Sequence[str], value: Json) -> Json:
    for key in reversed(path):
        value = {key: value}
    return value


def _insert(text: str, root: Node, node: Node, value: Json, key: str | None) -> str:
    """Put a member (or, without a key, an item) at the end of an object or array."""
    label = "" if key is None else f"{json.dumps(key, ensure_ascii=False)}: "
    if _on_one_line(text, root):
        return _insert_inline(text, node, label + json.dumps(value, ensure_ascii=False))
    outer = _line_indent(text, node.start)
    inner = outer + _indent_unit(text)
    shown = _newline(text) + inner + label + _render(text, root, value, inner)
    closing = _newline(text) + outer
    if node.last_end is None:
        head = text[: node.end - 1].rstrip(" \t\r\n")
        return head + shown + closing + text[node.end - 1 :]
    return _append(text, node, node.last_end, shown, closing)


def _insert_inline(text: str, node: Node, shown: str) -> str:
    if node.last_end is None:
        return text[: node.end - 1] + shown + text[node.end - 1 :]
    at, before, after = _behind(node, node.last_end)
    return f"{text[:at]}{before} {shown}{after}{text[at:]}"


def _behind(node: Node, last_end: int) -> tuple[int, str, str]:
    """Where a further child goes, and the commas before and after it: a trailing comma stays."""
    if node.trailing_comma is None:
        return last_end, ",", ""
    return node.trailing_comma, "", ","


def _append(text: str, node: Node, last_end: int, shown: str, closing: str) -> str:
    """After the last child: comments on its line stay beside it."""
    at, before, after = _behind(node, last_end)
    rest = _REST_OF_LINE.match(text, at)
    end = rest.end() if rest and rest[0].strip() else at
    bracket_below = "\n" in text[end : node.end]
    tail = text[end:] if bracket_below else closing + text[end:].lstrip(" \t")
    return text[:at] + before + text[at:end] + shown + after + tail


def _render(text: str, root: Node, value: Json, level: str) -> str:
    if _on_one_line(text, root):
        return json.dumps(value, ensure_ascii=False)
    return _pretty(value, _indent_unit(text), _newline(text) + level)


def _pretty(value: Json, indent: str, newline: str) -> str:
    """JSON over several lines, except that lists of strings stay on one."""
    if isinstance(value, dict) and value:
        inner = newline + indent
        lines = [
            f"{json.dumps(key, ensure_ascii=False)}: {_pretty(member, indent, inner)}"
            for key, member in value.items()
        ]
        return "{" + inner + ("," + inner).join(lines) + newline + "}"
    if isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        inner = newline + indent
        return (
            "["
            + inner
            + ("," + inner).join(_pretty(item, indent, inner) for item in value)
            + newline
            + "]"
        )
    return json.dumps(value, ensure_ascii=False)


def _on_one_line(text: str, root: Node) -> bool:
    """Whether the whole document is minified; a bare `{}` is not."""
    return root.last_end is not None and "\n" not in text[root.start : root.end]


def _indent_unit(text: str) -> str:
    found = _INDENT.search(text)
    return found[1] if found else "  "


def _line_indent(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
