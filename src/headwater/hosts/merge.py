"""Put Headwater's entry into the text of a host's config file, keeping all the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headwater.hosts import json_edit, jsonc
from headwater.hosts.host import AGENT, Connection, Host
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


def removed(text: str, host: Host) -> str:
    """`text` without what `merged` writes, and without what is empty now; an entry that it did not
    write stays.

    Raises `ConfigSyntaxError` and `ConfigShape`.
    """
    if is_foreign(text, host):
        return text
    document = parse(text, host)
    path = entry_path(document, host)
    if lookup(document, path) is not None:
        text = _without_entry(text, host, path)
    for key, at in _item_places(document, host):
        text = json_edit.remove_empty(json_edit.remove_item(text, (key,), at), (key,))
    return text


def put_again(text: str, host: Host, since: str) -> str:
    """`text` with the entry that `since` holds, as `merged` writes it. Raises as `merged` does."""
    later = parse(since, host)
    entry = lookup(later, entry_path(later, host))
    if isinstance(entry, dict):
        document = parse(text, host)
        path = entry_path(document, host)
        text = _set_entry(text, host, path, lookup(document, path), entry)
    for key, at in _item_places(later, host):
        text = json_edit.append_item(text, (key,), _list(later, key)[at])
    return text


def is_foreign(text: str, host: Host) -> bool:
    """Whether somebody else's entry has our name. Raises `ConfigSyntaxError`."""
    document = parse(text, host)
    entry = lookup(document, entry_path(document, host))
    return entry is not None and not _is_ours(entry)


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


def _without_entry(text: str, host: Host, path: tuple[str, ...]) -> str:
    if host.format == "toml":
        from headwater.hosts import toml_edit

        return toml_edit.remove_table(text, path)
    text = json_edit.remove_member(text, path)
    # The newer layout is only used where its parent stood already.
    return json_edit.remove_empty(text, path[:-1]) if path == host.path else text


def _is_ours(entry: Json) -> bool:
    """Whether `merged` may have written it: it names the agent, or our server's address."""
    if not isinstance(entry, dict):
        return False
    if any(isinstance(value, dict) and AGENT in value for value in entry.values()):
        return True
    urls = (entry[key] for key in ("url", "serverUrl", "httpUrl") if key in entry)
    return any(str(url).partition("?")[0].rstrip("/").endswith("/mcp") for url in urls)


def _with_item(text: str, host: Host, connection: Connection) -> str:
    if host.prompt is None or connection.transport == "stdio" or connection.token_env is None:
        return text
    key, item = host.prompt(connection.token_env)
    there = _item_places(parse(text, host), host)
    return text if there else json_edit.append_item(text, (key,), item)


def _item_places(document: Json, host: Host) -> list[tuple[str, int]]:
    """Where in which list of the document our item stands, if it does."""
    if host.prompt is None:
        return []
    key, item = host.prompt("")
    return [
        (key, at)
        for at, each in enumerate(_list(document, key))
        if isinstance(each, dict) and each.get("id") == item["id"]
    ]


def _list(document: Json, key: str) -> list[Json]:
    present = lookup(document, (key,))
    return present if isinstance(present, list) else []
