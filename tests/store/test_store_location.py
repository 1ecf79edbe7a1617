"""Where the store lies by default."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from headwater.board import Board
from headwater.errors import StoreError
from headwater.store.location import default_path
from headwater.store.restoring import restore


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEADWATER_DB", "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR"):
        monkeypatch.delenv(name, raising=False)


def git(*arguments: str, cwd: Path) -> None:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a folder `deep/er` and a worktree beside it. Its path is no UTF-8."""
    main = tmp_path / os.fsdecode(b"l\xe4n") / "main"
    (main / "deep" / "er").mkdir(parents=True)
    git("init", "-q", cwd=main)
    git("commit", "-q", "--allow-empty", "-m", "first", cwd=main)
    git("worktree", "add", "-q", "../side", cwd=main)
    return main


OLD_GIT = """#!/bin/sh
# Before 2.31 `git rev-parse` repeats an option that it does not know.
case "$1 $2" in "rev-parse --path-format="*) echo "$2"; shift 2; set -- rev-parse "$@";; esac
exec {git} "$@"
"""


@pytest.mark.parametrize("which_git", ["this", "old", "none"])
def test_all_worktrees_share_the_store_in_the_git_directory(
    repository: Path, which_git: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if which_git == "none":
        monkeypatch.setenv("PATH", "/nowhere")
    elif which_git == "old":
        old = repository.parent / "bin" / "git"
        old.parent.mkdir()
        old.write_text(OLD_GIT.format(git=shutil.which("git")))
        old.chmod(0o755)
        monkeypatch.setenv("PATH", str(old.parent), prepend=os.pathsep)
    expected = (repository / ".git" / "headwater" / "board.db").resolve()
    for cwd in (repository, repository / "deep" / "er", repository.parent / "side"):
        assert default_path(cwd).resolve() == expected


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("theirs", [".git", ".", "side/.git"])
@pytest.mark.parametrize("with_git", [True, False])
def test_no_store_is_put_into_a_repository_of_another_user(
    repository: Path, theirs: str, with_git: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may write to a folder above can make one there: the tasks would be that user's."""
    side = theirs.startswith("side")
    cwd = repository.parent / "side" if side else repository / "deep"
    os.chown(repository.parent / theirs if side else repository / theirs, 4711, 4711)
    if not with_git:
        monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StoreError, match="another user") as refused:
        default_path(cwd)
    assert "safe.directory" in refused.value.next
    monkeypatch.setenv("SUDO_UID", "4711")
    assert default_path(cwd) == (repository / ".git" / "headwater" / "board.db").resolve()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_store_outside_git_is_not_another_users(tmp_path: Path) -> None:
    """As in /tmp, where everybody may make folders."""
    path = default_path(tmp_path)
    Board.open(path).close()
    assert default_path(tmp_path) == path
    os.chown(path.parent, 4711, 4711)
    with pytest.raises(StoreError, match="another user's"):
        default_path(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_repository_of_another_user_that_git_is_told_to_trust_has_the_store(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.chown(repository / ".git", 4711, 4711)
    monkeypatch.setenv("HOME", str(tmp_path))
    git("config", "--global", "safe.directory", "*", cwd=tmp_path)
    expected = (repository / ".git" / "headwater" / "board.db").resolve()
    assert default_path(repository / "deep") == expected


def test_outside_git_the_folder_ignores_itself(tmp_path: Path) -> None:
    path = default_path(tmp_path)
    assert path == tmp_path / ".headwater" / "board.db"
    assert list(tmp_path.iterdir()) == []
    Board.open(path).close()
    assert (tmp_path / ".headwater" / ".gitignore").read_text() == "*\n"


def test_the_variable_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_DB", "~/elsewhere.db")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_path(tmp_path / "x") == tmp_path / "elsewhere.db"


@pytest.mark.parametrize(
    "chosen",
    [
        "mysql://me:hunter2@db/plans",
        "postgresql+psycopg://me:hunter2@db/plans",
        "host=db dbname=plans password=hunter2",
        "password=hunter2 host=db",
    ],
)
def test_what_the_variable_says_of_another_database_is_not_taken_for_a_file(
    chosen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWATER_DB", chosen)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="no kind of store") as refused:
        Board.open()
    assert "postgresql://" in refused.value.next
    assert "hunter2" not in f"{refused.value.as_dict()}"
    assert list(tmp_path.iterdir()) == []


def test_a_store_behind_a_link_is_the_same_store_by_both_names(tmp_path: Path) -> None:
    """Its log and its ticket lie beside the file, not beside the link."""
    (tmp_path / "real").mkdir()
    (tmp_path / "linked").mkdir()
    real, link = tmp_path / "real" / "board.db", tmp_path / "linked" / "board.db"
    link.symlink_to(Path("..", "real", "board.db"))
    with Board.open(link) as board, Board.open(real) as other:  # the link leads nowhere yet
        board.add([{"key": "a"}])
        other.add([{"key": "b"}])
        board.add([{"key": "c"}])
        assert [task["key"] for task in other.graph().tasks] == ["a", "b", "c"]
    assert [file.name for file in link.parent.iterdir()] == ["board.db"]
    restore(backup_of(real), link)
    assert link.is_symlink()
    assert real.with_name("board.db.before-restore-1").exists()


def backup_of(path: Path) -> Path:
    backup = path.with_name("backup.db")
    with Board.open(path) as board:
        board.store.backup(backup)
    return backup


def test_a_circle_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "board.db").symlink_to(tmp_path / "board.db")
    (tmp_path / "folder").symlink_to(tmp_path / "folder")
    for path in (tmp_path / "board.db", tmp_path / "folder" / "board.db"):
        with pytest.raises(StoreError, match=r"links|cannot be"):
            Board.open(path)
