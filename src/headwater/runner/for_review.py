"""What a delivery says to whoever reviews it beside the run: where the work is, and how to see it.

It is what was true when the task was delivered. A reviewer has git, and the runner's branches.
"""

from __future__ import annotations

import re
from shlex import quote
from typing import Final

from headwater.errors import counted
from headwater.graph.briefing import few
from headwater.graph.paths import parse
from headwater.runner.commits import MergeConflict
from headwater.runner.git import Repository
from headwater.runner.git_command import GitError
from headwater.runner.workspace import Workspace
from headwater.verbs.look import TaskReply

FOR_REVIEWERS: Final = "To review: "
"""How the note begins."""
_DIGITS: Final = 12
_DELIVERED: Final = re.compile(rf"^{FOR_REVIEWERS}commit ([0-9a-f]{{{_DIGITS}}})\b", re.MULTILINE)


def note(workspace: Workspace, shown: TaskReply) -> str:
    """A few lines on the task's branch. `shown` is the task as it was before this attempt."""
    try:
        return "\n".join(_lines(workspace, shown))
    except GitError:  # what was delivered counts, whatever git can say of it
        return f"{FOR_REVIEWERS}branch {workspace.places.branch(shown.key)}"


def _lines(workspace: Workspace, shown: TaskReply) -> list[str]:
    git, base, branch = workspace.repository, workspace.base, workspace.places.branch(shown.key)
    tips = git.branches(base, branch)
    if not {base, branch} <= tips.keys():
        raise GitError("one of the branches was removed")  # of which the run will say more
    tip = tips[branch]
    files = sorted(git.files_of(base, branch))
    ours, theirs = quote(base), quote(branch)
    said = [
        f"{FOR_REVIEWERS}commit {tip[:_DIGITS]} of branch {branch}, {counted(len(files), 'file')}: "
        f"git diff {ours}...{theirs}"
    ]
    if beyond := [file for file in files if shown.paths and not _is_in(file, shown.paths)]:
        said.append(f"Not in the task's paths: {few(beyond)}")
    said.append(_merges(git, tips[base], tip, base, f"git merge-tree --write-tree {ours} {theirs}"))
    before = _last_delivered(shown)
    if before and git.commit(before) not in ("", tip):
        said.append(
            f"Since it was last delivered: git log -p --remerge-diff {theirs} --not {before} {ours}"
        )
    if folder := workspace.folder(shown.key):
        said.append(
            f"It is checked out in {folder}; beside that: git worktree add --detach FOLDER {theirs}"
        )
    return said


def _is_in(file: str, globs: list[str]) -> bool:
    parts = tuple(file.split("/"))
    return any(parse(glob).holds(parts) for glob in globs)


def _merges(git: Repository, ours: str, theirs: str, base: str, now: str) -> str:
    where = f"into {base} at {ours[:_DIGITS]}"
    try:
        git.merged_tree(ours, theirs, base)
    except MergeConflict as conflict:
        return f"When it was delivered it did not merge {where}: conflicts in {few(conflict.files)}"
    return f"When it was delivered it merged {where} without conflict; does it still: {now}"


def _last_delivered(shown: TaskReply) -> str:
    """The commit that the last delivery named, if it was one of a run."""
    notes = (one.notes for one in shown.tried or [] if one.outcome == "done" and one.notes)
    found = (_DELIVERED.search(text) for text in notes)
    return next((one[1] for one in found if one), "")
