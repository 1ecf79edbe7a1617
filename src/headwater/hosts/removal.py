"""Take out of the hosts' config files what `bootstrap` put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from headwater.errors import HeadwaterError
from headwater.hosts import claude_hooks, files, merge
from headwater.hosts.found import chosen, configured, place_of
from headwater.hosts.host import Host, Scope
from headwater.hosts.outcome import Outcome, guarded, no_project_file

_BY_HAND: Final = "take it out yourself"
_GONE: Final = "the file held nothing else and is gone"
_WOULD_GO: Final = "deletes the file: it holds nothing else"


@dataclass(frozen=True, slots=True)
class Holding:
    """What of Headwater's a config file may hold."""

    what: str
    removed: Callable[[str], str]
    """A text without it; the text itself if it holds none."""
    put_again: Callable[[str, str], str]
    """A text, and what the second one holds of ours put into it as `bootstrap` would have."""


def remove(
    hosts: Sequence[str] | Literal["all", "detected"],
    *,
    scope: Scope,
    project_dir: Path,
    home: Path,
    print_only: bool = False,
    env: Mapping[str, str] | None = None,
) -> list[Outcome]:
    """Take Headwater's entry out of the config of each host, and its hooks out of Claude Code's;
    one outcome per host, and one for the hooks where there are any.

    A file that is as `bootstrap` left it gets the bytes back that it had before; one that
    `bootstrap` made and that holds nothing else is deleted. An entry of the same name that
    `bootstrap` did not write stays. Raises `BadRequest` for an unknown host.
    """
    place = place_of(project_dir, home, env)
    elsewhere = {
        each.host: each.path
        for each in configured(project_dir, home, env)
        if each.scope != scope and not each.error
    }
    outcomes: list[Outcome] = []
    for host in chosen(hosts, place):
        path = host.file(scope, place)
        if path is None:
            outcomes.append(no_project_file(host.name, host.title))
            continue
        one = _remove_entry(host, path, print_only)
        if one.action == "unchanged" and host.name in elsewhere:
            other = "user" if scope == "project" else "project"
            one = replace(one, note=f"{elsewhere[host.name]} has it: --scope {other}")
        outcomes.append(one)
        if host.name == "claude-code":
            hooks = remove_hooks(claude_hooks.file(scope, place), print_only)
            outcomes += [hooks] if hooks.action != "unchanged" else []
    return outcomes


def remove_hooks(path: Path, print_only: bool) -> Outcome:
    """Take Headwater's hooks out of that settings file of Claude Code."""
    plan = Outcome("claude-code", claude_hooks.TITLE, path, "printed")
    hooks = Holding("Headwater's hooks", claude_hooks.removed, claude_hooks.put_again)
    return guarded(plan, _BY_HAND, lambda: _taken_out(plan, hooks, print_only))


def _remove_entry(host: Host, path: Path, print_only: bool) -> Outcome:
    plan = Outcome(host.name, host.title, path, "printed", note=f"restart {host.title}")
    entry = Holding(
        "Headwater's entry",
        lambda text: merge.removed(text, host),
        lambda text, since: merge.put_again(text, host, since),
    )

    def act() -> Outcome:
        if merge.is_foreign(files.read(path).text, host):
            named = ".".join(host.path)
            note = f'"{named}" is not as bootstrap writes it, and was left; {_BY_HAND}'
            return replace(plan, action="skipped", note=note)
        return _taken_out(plan, entry, print_only)

    return guarded(plan, _BY_HAND, act)


def _taken_out(plan: Outcome, holding: Holding, print_only: bool) -> Outcome:
    assert plan.path is not None
    file = files.read(plan.path)
    rest = _rest(plan.path, file, holding)
    if rest == file.text:
        return replace(plan, action="unchanged", note="")
    if print_only:
        would = f"takes {holding.what} out" if rest is not None else _WOULD_GO
        return replace(plan, note=would)
    backup = files.replace(file, rest) if rest is not None else files.delete(file)
    notes = [plan.note, _GONE if rest is None else ""]
    return replace(plan, action="removed", backup=backup, note="; ".join(filter(None, notes)))


def _rest(path: Path, file: files.ConfigFile, holding: Holding) -> str | None:
    """What stays of the file; None where that is nothing, and `bootstrap` made the file."""
    rest = holding.removed(file.text)
    if rest == file.text:
        return rest
    earlier = list(_earlier(file, holding))
    for text in earlier:
        if _same_text(holding, text, file.text):
            return text
    made_by_us = not earlier and not path.is_symlink()
    return None if made_by_us and "".join(rest.split()) in ("", "{}") else rest


def _earlier(file: files.ConfigFile, holding: Holding) -> list[str]:
    """The texts in the file's backups that hold nothing of ours."""
    texts: list[str] = []
    for backup in files.backups(file.path):
        try:
            text = files.read(backup).text
            if holding.removed(text) == text:
                texts.append(text)
        except (HeadwaterError, OSError):  # somebody else's, or damaged: it tells nothing
            continue
    return texts


def _same_text(holding: Holding, earlier: str, text: str) -> bool:
    """Whether `bootstrap` made `text` of `earlier`, and nobody changed anything since."""
    try:
        return holding.put_again(earlier, text) == text
    except HeadwaterError:
        return False
