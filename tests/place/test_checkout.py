"""Reading a working tree's place from the files of real repositories, and comparing with git."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.checkout import find, place_of

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Runs git; the repository `tmp_path/repo` has one commit on `main`."""
    config = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]

    def run(*arguments: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *config, *arguments],
            cwd=cwd or tmp_path / "repo",
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    run("init", "-q", "-b", "main", str(tmp_path / "repo"), cwd=tmp_path)
    run("commit", "-q", "--allow-empty", "-m", "first")
    return run


def test_branch_and_commit_are_those_git_shows_also_from_a_folder_below(
    git: Git, tmp_path: Path
) -> None:
    below = tmp_path / "repo" / "a" / "b"
    below.mkdir(parents=True)
    place = place_of(below)
    assert place.workspace == str(tmp_path / "repo")
    assert (place.branch, place.commit) == ("main", git("rev-parse", "HEAD"))


def test_a_worktree_has_its_own_root_and_branch_and_shares_the_repository(
    git: Git, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    git("worktree", "add", "-q", "-b", "feature/one", str(tree))
    git("commit", "-q", "--allow-empty", "-m", "second", cwd=tree)
    place = place_of(tree)
    assert (place.workspace, place.branch) == (str(tree), "feature/one")
    assert place.commit == git("rev-parse", "HEAD", cwd=tree) != git("rev-parse", "HEAD")
    ours, theirs = find(tmp_path / "repo"), find(tree)
    assert ours is not None
    assert theirs is not None
    assert ours.common == theirs.common


def test_a_detached_head_has_a_commit_and_no_branch(git: Git, tmp_path: Path) -> None:
    git("checkout", "-q", "--detach")
    place = place_of(tmp_path / "repo")
    assert (place.branch, place.commit) == ("", git("rev-parse", "HEAD"))


def test_packed_refs_are_read_and_a_loose_one_counts_more(git: Git, tmp_path: Path) -> None:
    git("branch", "aside")
    git("commit", "-q", "--allow-empty", "-m", "beyond")
    git("pack-refs", "--all")
    assert not (tmp_path / "repo/.git/refs/heads/main").exists()
    assert place_of(tmp_path / "repo").commit == git("rev-parse", "HEAD")
    git("commit", "-q", "--allow-empty", "-m", "second")
    assert place_of(tmp_path / "repo").commit == git("rev-parse", "HEAD")


def test_a_branch_without_a_commit_is_still_a_branch(git: Git, tmp_path: Path) -> None:
    git("checkout", "-q", "--orphan", "fresh")
    place = place_of(tmp_path / "repo")
    assert (place.branch, place.commit) == ("fresh", "")


def test_a_submodule_is_a_working_tree_of_its_own(git: Git, tmp_path: Path) -> None:
    git("init", "-q", "-b", "trunk", str(tmp_path / "part"), cwd=tmp_path)
    git("commit", "-q", "--allow-empty", "-m", "part", cwd=tmp_path / "part")
    git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(tmp_path / "part"), "sub")
    place = place_of(tmp_path / "repo" / "sub")
    assert (place.workspace, place.branch) == (str(tmp_path / "repo" / "sub"), "trunk")
    assert place.commit == git("rev-parse", "HEAD", cwd=tmp_path / "part")


def test_a_symbolic_branch_is_followed_to_its_commit(git: Git, tmp_path: Path) -> None:
    git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    git("symbolic-ref", "HEAD", "refs/heads/alias")
    place = place_of(tmp_path / "repo")
    assert (place.branch, place.commit) == ("alias", git("rev-parse", "HEAD"))


@pytest.mark.parametrize(
    "head", ["", "ref: refs/heads/.invalid", "nonsense", "ref: refs/heads/a\tb"]
)
def test_what_cannot_be_read_is_left_empty(git: Git, tmp_path: Path, head: str) -> None:
    (tmp_path / "repo/.git/HEAD").write_text(head)
    place = place_of(tmp_path / "repo")
    assert (place.workspace, place.branch, place.commit) == (str(tmp_path / "repo"), "", "")


@pytest.mark.parametrize("name", ["HEAD", "refs/heads/main", "packed-refs"])
def test_a_nul_in_the_place_of_a_name_is_nothing(git: Git, tmp_path: Path, name: str) -> None:
    git("pack-refs", "--all")
    for said in ("ref: refs/heads/a\0b", "ref: a\0b"):
        (tmp_path / "repo/.git" / name).write_text(said)
        assert place_of(tmp_path / "repo").workspace == str(tmp_path / "repo")


def test_a_nul_in_the_path_of_a_git_directory_is_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: a\0b\n")
    assert find(tmp_path) is None


@pytest.mark.parametrize("name", ["HEAD", "refs/heads/main", "packed-refs"])
def test_a_pipe_or_device_in_the_place_of_a_file_keeps_nobody_waiting(
    git: Git, tmp_path: Path, name: str
) -> None:
    """Whoever may write to a folder above can make a repository there."""
    git("pack-refs", "--all")
    place = tmp_path / "repo/.git" / name
    for make in (lambda: os.mkfifo(place), lambda: place.symlink_to("/dev/zero")):
        place.unlink(missing_ok=True)
        make()
        assert place_of(tmp_path / "repo").workspace == str(tmp_path / "repo")


def test_outside_of_git_only_the_folder_is_known(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    assert (place.workspace, place.branch, place.commit) == (str(tmp_path), "", "")


@pytest.mark.skipif(sys.platform == "darwin", reason="names of files are text there")
def test_a_worktree_of_a_repository_whose_path_is_no_text_is_found(
    git: Git, tmp_path: Path
) -> None:
    root = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    (tmp_path / "repo").rename(root)
    git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"), cwd=root)
    found = find(tmp_path / "linked")
    assert found
    assert found.common == root / ".git"
