"""Put Headwater's entry into the text of a host's config file, keeping all the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headwater.hosts import json_edit, jsonc
from headwater.hosts.host import Connection, Host
from headwater.hosts.jsonc import Json

_ONLY_STDIO = frozenset({"command", "args", "env", "environment", "env_vars", "envFile", "cwd"})
_ONLY_HTTP = frozenset(
    {"url", "serverUrl", "httpUrl", "headers", "oauth", "bearer_token_env_var"}
    | {"http_headers", "env_http_headers"}
)


def merged(text: str, host: Host, connection: Connection) -> str:
    """`text` with the entry written or brought up to date; `text` itself if nothing is to change.

    Raises `NotSupported`, `ConfigSyntaxError` and `ConfigShape`.
    """
    wanted = host.entry(connection)
    document = parse(text, host)
    path = entry_path(document, host)
    present = lookup(document, path)
    entry = _updated(present, wanted, connection)
    if not json_edit.same(present, entry):
        text = _set_entry(text, host, path, present, entry)
    return _with_item(text, host, connection)


def snippet(host: Host, connection: Connection) -> str:
    """The entry alone, as a whole small file. Raises `NotSupported`."""
    text = merged("", host, connection)
    return text if text.endswith("\n") else text + "\n"


def parse(text: str, host: Host) -> Json:
    """The plain value of a config file's text. Raises `ConfigSyntaxError`."""
    if host.format == "toml":
        from headwater.hosts import toml_edit

        return toml_edit.parse(text)
    root = jsonc.parse(text)
    return root.value if root else {}


def entry_path(document: Json, host: Host) -> tuple[str, ...]:
    """Where the entry belongs in this document."""
    if host.alternate_path is not None:
        parent = lookup(document, host.alternate_path[:-1])
        # A server that somebody called `servers` has a type; the newer layout's table has none.
        if isinstance(parent, dict) and not isinstance(parent.get("type"), str):
            return host.alternate_path
    return host.path


def lookup(document: Json, path: Sequence[str]) -> Json:
    """The value at `path`, or None."""
    for key in path:
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document


def _updated(present: Json, wanted: Mapping[str, Json], connection: Connection) -> dict[str, Json]:
    """What the user added to our entry stays, unless it belongs to the other transport."""
    if not isinstance(present, dict):
        return dict(wanted)
    foreign = _ONLY_HTTP if connection.transport == "stdio" else _ONLY_STDIO
    switched = not foreign.isdisjoint(present)
    entry = {
        key: value
        for key, value in present.items()
        if key not in foreign and not (switched and key == "type")
    }
    for key, value in wanted.items():
        old = entry.get(key)
        entry[key] = (
            {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        )
    return entry


def _set_entry(
    text: str, host: Host, path: tuple[str, ...], present: Json, entry: dict[str, Json]
) -> str:
    if host.format == "toml":
        from headwater.hosts import toml_edit

        return toml_edit.set_table(text, path, entry)
    if not isinstance(present, dict) or not present.keys() <= entry.keys():
        return json_edit.set_member(text, path, entry)
    for key, value in entry.items():  # key by key, so that comments inside the entry survive
        if key not in present or not json_edit.same(present[key], value):
            text = json_edit.set_member(text, (*path, key), value)
    return text


def _with_item(text: str, host: Host, connection: Connection) -> str:
    wanted = host.items(connection)
    if wanted is None:
        return text
    key, item = wanted
    present = lookup(parse(text, host), (key,))
    ids = (
        [each.get("id") for each in present if isinstance(each, dict)]
        if isinstance(present, list)
        else []
    )
    return text if item["id"] in ids else json_edit.append_item(text, (key,), item)
