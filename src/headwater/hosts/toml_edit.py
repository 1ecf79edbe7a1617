"""Change one table of a TOML document with tomlkit, which keeps comments and layout.

Every edit is checked with the standard library's parser: anything but the wanted change is an
error.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, MutableMapping, Sequence
from typing import cast

from headwater.hosts.json_edit import ConfigShape, kind, replaced, same, where
from headwater.hosts.jsonc import ConfigSyntaxError, Json


def parse(text: str) -> dict[str, Json]:
    """The document's plain value. Raises `ConfigSyntaxError` naming the line and column."""
    try:
        return cast("dict[str, Json]", tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        raise _located(text) from None


def set_table(text: str, path: Sequence[str], table: Mapping[str, Json]) -> str:
    """`text` with the table at `path` set key by key; keys that `table` lacks are removed.

    Raises `ConfigSyntaxError` for text that does not parse and `ConfigShape` where something other
    than a table stands on the way, or where tomlkit cannot make just this change.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    before = parse(text)
    _check_way(before, path)
    document = tomlkit.parse(text)
    try:
        _edit(document, path, table)
    except (TOMLKitError, ValueError) as error:
        raise ConfigShape(f"{where(path[:-1])} cannot be extended: {error}") from error
    after = _like_newlines(text, tomlkit.dumps(document))
    if not same(replaced(before, path, dict(table)), parse(after)):
        raise ConfigShape("the edit would have changed more than the entry; nothing was written")
    return after


def remove_table(text: str, path: Sequence[str]) -> str:
    """`text` without the table at `path`. Comments around it stay.

    Raises as `set_table` does.
    """
    before = parse(text)
    wanted = [_without(before, path, prune=prune) for prune in (False, True)]
    for removed in (_without_lines, _without_key):
        after = removed(text, path)
        if any(same(_parsed(after), document) for document in wanted):
            return after
    raise ConfigShape("the edit would have changed more than the entry; nothing was written")


def _without(document: Json, path: Sequence[str], *, prune: bool) -> dict[str, Json]:
    """A parsed document without what is at `path`; with `prune` without what that leaves empty."""
    table = dict(document) if isinstance(document, dict) else {}
    inner = table.pop(path[0], None)
    if len(path) > 1:
        rest = _without(inner, path[1:], prune=prune)
        if rest or not prune:
            table[path[0]] = rest
    return table


def _without_lines(text: str, path: Sequence[str]) -> str:
    """Line by line: tomlkit takes what stands behind a table for a part of it."""
    kept: list[str] = []
    behind: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        header = _header(line)
        if header is not None:
            was_inside, inside = inside, header[: len(path)] == list(path)
            if was_inside and not inside:
                kept, behind = _closed_up(kept, behind), []
        if not inside:
            kept.append(line)
        elif line.strip() and not line.lstrip().startswith("#"):
            behind = []
        else:
            behind.append(line)
    return "".join(_closed_up(kept, behind or [""]) if inside else kept)


def _closed_up(above: list[str], below: list[str]) -> list[str]:
    """Both, with one blank line less where there would be two, or one at the end."""
    gap = above and not above[-1].strip() and below and not below[0].strip()
    return [*(above[:-1] if gap else above), *below]


def _header(line: str) -> list[str] | None:
    """The keys in a line that opens a table."""
    if not line.lstrip().startswith("["):
        return None
    value = _parsed(line)
    keys: list[str] = []
    while value:
        value = value[0] if isinstance(value, list) else value
        if not isinstance(value, dict) or not value:
            break
        ((key, value),) = value.items()
        keys.append(key)
    return keys or None


def _without_key(text: str, path: Sequence[str]) -> str:
    """With tomlkit: an entry inside braces, or of dotted keys."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    document = tomlkit.parse(text)
    node: MutableMapping[str, object] = document
    for key in path[:-1]:
        node = cast("MutableMapping[str, object]", node[key])
    try:
        del node[path[-1]]
    except (TOMLKitError, ValueError) as error:
        raise ConfigShape(f"{where(path)} cannot be taken out: {error}") from error
    return _like_newlines(text, tomlkit.dumps(document))


def _parsed(text: str) -> Json:
    try:
        return parse(text)
    except ConfigSyntaxError:
        return None


def _edit(
    node: MutableMapping[str, object], path: Sequence[str], table: Mapping[str, Json]
) -> None:
    import tomlkit
    from tomlkit.items import InlineTable

    for depth, key in enumerate(path):
        if key not in node and isinstance(node, InlineTable):
            node[key] = tomlkit.inline_table()  # a header cannot reach into braces
        elif key not in node:
            node[key] = tomlkit.table(is_super_table=depth < len(path) - 1)
        node = cast("MutableMapping[str, object]", node[key])
    for key in [key for key in node if key not in table]:
        del node[key]
    for key, value in table.items():
        if key not in node or not same(_plain(node[key]), value):
            node[key] = _item(value)


def _check_way(document: Json, path: Sequence[str]) -> None:
    for depth, key in enumerate(path):
        if not isinstance(document, dict) or key not in document:
            return
        document = document[key]
        if not isinstance(document, dict):
            raise ConfigShape(f"{where(path[: depth + 1])} is {kind(document)}, not a table")


def _item(value: Json) -> object:
    """A TOML item; objects become inline tables, so that one entry stays one block."""
    import tomlkit

    if isinstance(value, dict):
        inline = tomlkit.inline_table()
        for key, member in value.items():
            inline.append(key, tomlkit.item(member))
        return inline
    return tomlkit.item(value)


def _plain(value: object) -> object:
    unwrap = getattr(value, "unwrap", None)
    return unwrap() if callable(unwrap) else value


def _like_newlines(before: str, after: str) -> str:
    """New lines end as the old ones do, where all of those end with CR LF."""
    if "\r\n" in before and before.count("\n") == before.count("\r\n"):
        return after.replace("\r\n", "\n").replace("\n", "\r\n")
    return after


def _located(text: str) -> ConfigSyntaxError:
    """What tomlkit says about text that the standard parser refuses: it knows line and column."""
    import tomlkit
    from tomlkit.exceptions import ParseError, TOMLKitError

    try:
        tomlkit.parse(text)
    except ParseError as error:
        reason = str(error).rsplit(" at line ", 1)[0]
        return ConfigSyntaxError(reason, line=error.line, column=error.col + 1)
    except TOMLKitError as error:
        return ConfigSyntaxError(str(error), line=1, column=1)
    return ConfigSyntaxError("not valid TOML", line=1, column=1)
