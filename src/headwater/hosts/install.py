"""Connect hosts to Headwater: write its entry into their config files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal
from urllib.parse import parse_qsl, urlsplit

from headwater.errors import BadRequest, HeadwaterError
from headwater.hosts import claude_hooks, files, merge
from headwater.hosts.command import default_command
from headwater.hosts.found import chosen, place_of
from headwater.hosts.host import (
    BOARD,
    DB,
    DEFAULT_URL,
    Connection,
    Host,
    NotSupported,
    Place,
    Scope,
    Transport,
)
from headwater.hosts.outcome import Outcome, guarded, no_project_file
from headwater.hosts.removal import remove_hooks

_ENV_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_URL: Final = re.compile(r"https?://[^\s/@?#\"'\\<>{}$]+(?:/[^\s@\"'\\<>{}$]*)?")


def bootstrap(
    hosts: Sequence[str] | Literal["all", "detected"],
    *,
    transport: Transport,
    scope: Scope,
    project_dir: Path,
    home: Path,
    url: str = DEFAULT_URL,
    token_env: str | None = None,
    command: Sequence[str] | None = None,
    db: str | None = None,
    board: str | None = None,
    hooks: bool | None = None,
    print_only: bool = False,
    env: Mapping[str, str] | None = None,
) -> list[Outcome]:
    """Write or merge Headwater's entry into the config of each host; one outcome per host, and
    one for the hooks, which Claude Code has: True adds them, False takes them out.

    A host that fails never stops the others. `command` is the stdio server's program with its
    arguments. `env` is the process's environment if `home` is the user's own, else empty.
    Raises `BadRequest` for an unknown host, a malformed URL or variable name, an empty command, a
    database's URL with a password, a board beside a server's URL, and what is not UTF-8.
    """
    connection = _connection(transport, url, token_env, command, db, board)
    place = place_of(project_dir, home, env)
    wanted = chosen(hosts, place)
    outcomes = [_bootstrap_one(host, connection, scope, place, print_only) for host in wanted]
    if hooks is not None:
        named = {host.name for host in wanted}
        outcomes.append(_hooks(hooks, named, connection, scope, place, print_only))
    return outcomes


def _bootstrap_one(
    host: Host, connection: Connection, scope: Scope, place: Place, print_only: bool
) -> Outcome:
    path = host.file(scope, place)
    if path is None:
        return no_project_file(host.name, host.title)
    try:
        content = merge.snippet(host, connection)
    except NotSupported as reason:
        return Outcome(host.name, host.title, path, "skipped", note=f"{host.title}: {reason}")
    plan = Outcome(
        host.name, host.title, path, "printed", content,
        note=_note(host, connection), remark=_remark(connection, scope),
    )  # fmt: skip
    if print_only:
        return plan
    return _carried_out(plan, lambda text: merge.merged(text, host, connection))


def _hooks(
    wanted: bool,
    chosen: set[str],
    connection: Connection,
    scope: Scope,
    place: Place,
    print_only: bool,
) -> Outcome:
    name, title = "claude-code", claude_hooks.TITLE
    if name not in chosen:
        note = "only Claude Code runs hooks; name it: headwater bootstrap claude-code --hooks"
        return Outcome(name, title, None, "skipped", note=note)
    path = claude_hooks.file(scope, place)
    if not wanted:
        return remove_hooks(path, print_only)
    if connection.transport == "http":
        note = "hooks read the store's file on this machine; use --transport stdio"
        return Outcome(name, title, None, "skipped", note=note)
    connection = _as_in_entry(connection, scope, place)
    plan = Outcome(
        name, title, path, "printed", claude_hooks.snippet(connection),
        note=claude_hooks.NEXT_STEP, remark=_remark(connection, scope),
    )  # fmt: skip
    if print_only:
        return plan
    return _carried_out(plan, lambda text: claude_hooks.added(text, connection))


def _as_in_entry(connection: Connection, scope: Scope, place: Place) -> Connection:
    """With the store and board of the window's server, whose entry keeps what it said before."""
    (host,) = chosen("claude-code", place)
    path = host.file(scope, place)
    assert path is not None
    try:
        document = merge.parse(files.read(path).text, host)
    except (HeadwaterError, OSError):  # said where the entry is written
        return connection
    env = merge.lookup(document, (*host.path, "env"))
    said = env if isinstance(env, dict) else {}
    db, board = (str(said.get(name, "")) for name in (DB, BOARD))
    return replace(
        connection,
        db=connection.db or (None if "$" in db or _holds_password(db) else db or None),
        board=connection.board or (None if "$" in board else board or None),
    )


def _carried_out(plan: Outcome, change: Callable[[str], str]) -> Outcome:
    """What became of the file."""

    def act() -> Outcome:
        assert plan.path is not None
        file = files.read(plan.path)
        text = change(file.text)
        if text == file.text:
            return replace(plan, action="unchanged", note="")
        backup = files.replace(file, text)
        action = "created" if file.original is None else "updated"
        return replace(plan, action=action, backup=backup)

    return guarded(plan, "add what --print shows yourself", act)


def _note(host: Host, connection: Connection) -> str:
    if connection.transport == "http" and connection.token_env:
        return f"{_token_step(host, connection.token_env)}; {host.next_step}"
    return host.next_step


def _remark(connection: Connection, scope: Scope) -> str:
    """What will surprise: a path of this machine in a shared file, a call without a token."""
    if connection.transport == "http" and not connection.token_env:
        return "sends no access token; unless the server runs with --open: --token-env NAME"
    stdio = connection.transport == "stdio"
    if scope == "project" and stdio and Path(connection.command[0]).is_absolute():
        return 'names a path of this machine; before you commit it: --command "headwater serve"'
    return ""


def _token_step(host: Host, token_env: str) -> str:
    if host.prompt is not None:
        return f"{host.title} asks for the token once and keeps it"
    return f"set {token_env} in the environment {host.title} starts in"


def _connection(
    transport: Transport,
    url: str,
    token_env: str | None,
    command: Sequence[str] | None,
    db: str | None,
    board: str | None,
) -> Connection:
    if not _URL.fullmatch(url):
        raise BadRequest(
            "the URL must be http:// or https:// and carry no user name or password",
            next=f"for example --url {DEFAULT_URL}",
        )
    if token_env is not None and not _ENV_NAME.fullmatch(token_env):
        raise BadRequest(
            "--token-env takes the name of an environment variable, not a token",
            next="for example --token-env HEADWATER_TOKEN",
        )
    if command is not None and not (command and command[0]):
        raise BadRequest("the command is empty", next="for example --command 'headwater serve'")
    if _holds_password(db or ""):
        raise BadRequest(
            "the database's URL holds a password, which would stand in the hosts' files",
            next="leave it out: PGPASSWORD or ~/.pgpass has it, or HEADWATER_DB where hosts start",
        )
    if board and transport == "http":
        raise BadRequest(
            "a server's board is in its URL", next=f"--url {url.removesuffix('/mcp')}/{board}/mcp"
        )
    argv = tuple(command) if command is not None else default_command()
    for written in (*argv, url, db or "", board or ""):
        _demand_text(written)
    return Connection(transport, argv, url, token_env, db, board)


def _demand_text(value: str) -> None:
    """The name of a file may be any bytes; hosts' files are UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadRequest(
            f"{value!a} is not UTF-8, and hosts' files are; nothing was written",
            next="give it another name, or a link to it that has one",
        ) from None


def _holds_password(db: str) -> bool:
    try:
        parts = urlsplit(db)
    except ValueError:  # it is no URL
        return False
    named = {name for name, _ in parse_qsl(parts.query)}  # libpq takes it there, too
    return bool(parts.scheme) and (parts.password is not None or "password" in named)
