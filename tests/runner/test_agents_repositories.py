"""Repositories that agents make in their worktrees, which they may do within a sandbox: nothing of
what their settings say is carried out by the runner, which is in none."""

from __future__ import annotations

from pathlib import Path

import pytest
from repository import WRITE, Repo

IDENTITY = "-c user.name=Test -c user.email=test@example.org"
SETTINGS = r"""
printf '[filter "x"]\n\tclean = "echo clean >> %s; cat"\n\tprocess = "echo process >> %s"\n' \
    "$NOTICED" "$NOTICED" >> "$CONFIG"
"""
"""Settings by which git starts commands that whoever wrote them chose."""
MADE = f"""
(
    cd sub && echo one > file && git add file && git {IDENTITY} commit --quiet -m One
    echo '* filter=x' > .gitattributes
    CONFIG=.git/config && {SETTINGS}
    mkdir hooks && git config core.hooksPath "$PWD/hooks"
    printf '#!/bin/sh\\necho hook >> %s\\n' "$NOTICED" > hooks/post-index-change
    chmod +x hooks/*
    echo two > file && touch -d 2001-01-01 file
)
"""
"""Its file differs, and git must read it to see that. An index that is refreshed is written."""


@pytest.fixture
def noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the commands of the settings write to."""
    path = tmp_path / "noticed"
    monkeypatch.setenv("NOTICED", str(path))
    return path


def test_nothing_that_a_repository_inside_the_worktree_says_is_carried_out(
    repo: Repo, noticed: Path
) -> None:
    script = f"test -e sub && exit; git init --quiet sub; {MADE} rm -f '{noticed}'"
    assert repo.run([{"key": "a", "attempts": 3}], script).counts == {"failed": 1}
    assert not noticed.exists()


def test_what_a_submodule_that_an_agent_cloned_is_at_is_taken_and_nothing_of_it_carried_out(
    repo: Repo, noticed: Path, tmp_path: Path
) -> None:
    more = f"git {IDENTITY} commit --quiet --allow-empty -m More"
    clone = f"""
    if ! test -e sub; then
        git clone --quiet '{repo.root}' sub
        git -c protocol.file.allow=always submodule --quiet add '{repo.root}' sub
        {MADE} {WRITE}; code=1
    else
        (cd sub; {more}; git rev-parse HEAD > '{tmp_path}/tip'); code=0
    fi
    rm -f '{noticed}'; exit $code
    """
    assert repo.run([{"key": "a", "attempts": 3}], clone).ok, repo.events
    assert repo.git("rev-parse", "main:sub") == (tmp_path / "tip").read_text().strip()
    assert repo.files() == {"README", ".gitmodules", "a.txt", "sub"}
    assert not noticed.exists()


FORGED = f"""
mkdir forged && cp -R "$(git rev-parse --absolute-git-dir)"/. forged
git rev-parse --path-format=absolute --git-common-dir > forged/commondir
echo "ref: refs/heads/$HEADWATER_BRANCH" > forged/HEAD
echo '* filter=x' > .gitattributes
CONFIG=forged/config.worktree; {SETTINGS}
echo "gitdir: $PWD/forged" > .git
echo ReadMe > README && touch -d 2001-01-01 README
"""
"""A git directory of the agent's own, which names the common one."""


@pytest.mark.parametrize(
    "more", ["", "(mkdir forged/rebase-merge; cd forged/r*; mkfifo head-name)"]
)
def test_a_forged_git_directory_is_another_repository(repo: Repo, noticed: Path, more: str) -> None:
    repo.git("config", "extensions.worktreeConfig", "true")  # as `git sparse-checkout` does
    assert repo.run([{"key": "a", "attempts": 1}], FORGED + more).counts == {"failed": 1}
    with repo.board() as board:
        reason = board.graph(view="task", task="a").tried[-1].reason
    assert "another repository in its place" in reason
    assert not noticed.exists()
