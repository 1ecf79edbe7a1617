"""Connect hosts to Headwater: write their configs, and find the entries that are there."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from headwater.errors import BadRequest, HeadwaterError
from headwater.hosts import claude_hooks, files, merge
from headwater.hosts.command import default_command
from headwater.hosts.host import (
    DEFAULT_URL,
    Connection,
    Host,
    NotSupported,
    Place,
    Scope,
    Transport,
    no_items,
)
from headwater.hosts.known import HOSTS

Action: TypeAlias = Literal["created", "updated", "unchanged", "printed", "failed", "skipped"]

_SCOPES: Final[tuple[Scope, ...]] = ("project", "user")
_ENV_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_URL: Final = re.compile(r"https?://[^\s/@?#\"'\\<>{}$]+(?:/[^\s@\"'\\<>{}$]*)?")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one host."""

    host: str
    title: str
    path: Path | None
    """The config file; None where the host has none in that scope."""
    action: Action
    content: str = ""
    """Headwater's entry as a small file of its own: never the user's other settings."""
    backup: Path | None = None
    note: str = ""
    """What the user does next, or why the host was skipped."""
    remark: str = ""
    """What should be known of the file, before it is shared."""
    error: str = ""
    """Why it failed and what to do about it."""


@dataclass(frozen=True, slots=True)
class Configured:
    """A headwater entry that a host's config file holds, or a file that cannot be read."""

    host: str
    title: str
    scope: Scope
    path: Path
    transport: Transport | None
    """None where `error` says that the file cannot be read."""
    error: str = ""


def names() -> list[str]:
    """The names of the hosts, in the order of the documentation."""
    return [host.name for host in HOSTS]


def detected(project_dir: Path, home: Path, env: Mapping[str, str] | None = None) -> list[str]:
    """The hosts that are used here: a config directory, a project file or a program shows it."""
    place = _place(project_dir, home, env)
    return [host.name for host in HOSTS if _is_used(host, place)]


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
    hooks: bool | None = None,
    print_only: bool = False,
    env: Mapping[str, str] | None = None,
) -> list[Outcome]:
    """Write or merge Headwater's entry into the config of each host; one outcome per host, and
    one for the hooks, which Claude Code has: True adds them, False takes them out.

    A host that fails never stops the others. `command` is the stdio server's program with its
    arguments. `env` is the process's environment if `home` is the user's own, else empty.
    Raises `BadRequest` for an unknown host, a malformed URL or variable name, an empty command, a
    database's URL with a password.
    """
    connection = _connection(transport, url, token_env, command, db)
    place = _place(project_dir, home, env)
    chosen = _chosen(hosts, place)
    outcomes = [_bootstrap_one(host, connection, scope, place, print_only) for host in chosen]
    if hooks is not None:
        chosen_names = {host.name for host in chosen}
        outcomes.append(_hooks(hooks, chosen_names, connection, scope, place, print_only))
    return outcomes


def configured(
    project_dir: Path, home: Path, env: Mapping[str, str] | None = None
) -> list[Configured]:
    """Every headwater entry in the hosts' config files, and the files that cannot be read."""
    place = _place(project_dir, home, env)
    found: list[Configured] = []
    for host in HOSTS:
        for scope in _SCOPES:
            path = host.file(scope, place)
            seen = _look(host, scope, path) if path is not None else None
            if seen is not None and seen.path not in {other.path for other in found}:
                found.append(seen)
    return found


def hooked(project_dir: Path, home: Path, env: Mapping[str, str] | None = None) -> list[Path]:
    """The settings files of Claude Code in which Headwater's hooks are."""
    place = _place(project_dir, home, env)
    paths = dict.fromkeys(claude_hooks.file(scope, place) for scope in _SCOPES)
    return [path for path in paths if _is_hooked(path)]


def _is_hooked(path: Path) -> bool:
    try:
        return claude_hooks.present(files.read(path).text)
    except (HeadwaterError, OSError):  # not ours to judge: Claude Code says what is wrong
        return False


def _bootstrap_one(
    host: Host, connection: Connection, scope: Scope, place: Place, print_only: bool
) -> Outcome:
    path = host.file(scope, place)
    if path is None:
        note = f"{host.title} has no project file; use --scope user"
        return Outcome(host.name, host.title, None, "skipped", note=note)
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
    return _carried_out(plan, path, lambda text: merge.merged(text, host, connection))


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
        plan = Outcome(name, title, path, "printed", note="takes Headwater's hooks out")
        return plan if print_only else _carried_out(plan, path, claude_hooks.removed)
    if connection.transport == "http":
        note = "hooks read the store's file on this machine; use --transport stdio"
        return Outcome(name, title, None, "skipped", note=note)
    plan = Outcome(
        name, title, path, "printed", claude_hooks.snippet(connection),
        note=claude_hooks.NEXT_STEP, remark=_remark(connection, scope),
    )  # fmt: skip
    if print_only:
        return plan
    return _carried_out(plan, path, lambda text: claude_hooks.added(text, connection))


def _carried_out(plan: Outcome, path: Path, change: Callable[[str], str]) -> Outcome:
    """What became of the file."""
    try:
        action, backup = _write(path, change)
    except HeadwaterError as error:
        step = error.next or f"correct {path}, or add what --print shows yourself"
        told = f"{path}: {error.message}. The file was left as it is. Next: {step}."
        return Outcome(plan.host, plan.title, path, "failed", error=told)
    except OSError as error:
        told = f"{path}: {error.strerror or error}. Nothing was changed. Next: {_OS_STEP}."
        return Outcome(plan.host, plan.title, path, "failed", error=told)
    note = "" if action == "unchanged" else plan.note
    return replace(plan, action=action, backup=backup, note=note)


_OS_STEP: Final = "make the file and its directory writable, or use --print and add it yourself"


def _write(path: Path, change: Callable[[str], str]) -> tuple[Action, Path | None]:
    file = files.read(path)
    text = change(file.text)
    if text == file.text:
        return "unchanged", None
    backup = files.replace(file, text)
    return ("created" if file.original is None else "updated"), backup


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
    if host.items is not no_items:
        return f"{host.title} asks for the token once and keeps it"
    return f"set {token_env} in the environment {host.title} starts in"


def _look(host: Host, scope: Scope, path: Path) -> Configured | None:
    try:
        file = files.read(path)
        document = merge.parse(file.text, host)
    except HeadwaterError as error:
        return Configured(host.name, host.title, scope, path, None, error.message)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Configured(host.name, host.title, scope, path, None, error.strerror or str(error))
    entry = merge.lookup(document, merge.entry_path(document, host))
    if not isinstance(entry, dict):
        return None
    transport: Transport = "stdio" if "command" in entry else "http"
    return Configured(host.name, host.title, scope, path, transport)


def _connection(
    transport: Transport,
    url: str,
    token_env: str | None,
    command: Sequence[str] | None,
    db: str | None,
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
    argv = tuple(command) if command is not None else default_command()
    return Connection(transport, argv, url, token_env, db)


def _holds_password(db: str) -> bool:
    try:
        parts = urlsplit(db)
    except ValueError:  # it is no URL
        return False
    named = {name for name, _ in parse_qsl(parts.query)}  # libpq takes it there, too
    return bool(parts.scheme) and (parts.password is not None or "password" in named)


def _place(project_dir: Path, home: Path, env: Mapping[str, str] | None) -> Place:
    if env is None:
        env = os.environ if home == Path.home() else {}
    return Place(project_dir, home, sys.platform, env)


_ALSO: Final = {"claude": "claude-code", "gemini": "gemini-cli", "vs-code": "vscode"}
"""What people also call hosts, as `headwater run --agent` does."""


def _chosen(hosts: Sequence[str] | str, place: Place) -> list[Host]:
    wanted = [_ALSO.get(name, name) for name in ([hosts] if isinstance(hosts, str) else hosts)]
    if "all" in wanted:
        return list(HOSTS)
    unknown = sorted(set(wanted) - {"detected", *names()})
    if unknown:
        raise BadRequest(
            f"no host is called {' or '.join(map(repr, unknown))}",
            next=f"name one of: {', '.join(names())}, all, detected",
        )
    return [
        host
        for host in HOSTS
        if host.name in wanted or ("detected" in wanted and _is_used(host, place))
    ]


def _is_used(host: Host, place: Place) -> bool:
    search = place.env.get("PATH", "")
    if any(files.is_there(mark(place)) for mark in host.marks):
        return True
    if host.project is not None and files.is_there(host.project(place)):
        return True
    return any(shutil.which(program, path=search) for program in host.programs)
