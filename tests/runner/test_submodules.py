"""Submodules of the repository that a run works in."""

from __future__ import annotations

from pathlib import Path

import pytest
from repository import WRITE, Repo, make

from headwater.cli.render.run import lines
from headwater.errors import BadRequest
from headwater.runner.git import Repository
from headwater.runner.pruning import prune

ALLOWED = ("-c", "protocol.file.allow=always", "submodule", "--quiet")
INIT = f"git {' '.join(ALLOWED)} update --init"
IDENTITY = "git config user.name A; git config user.email a@example.org"
OWN = f"(cd lib; {IDENTITY}; echo more > more; git add more; git commit --quiet -m More)"
"""A commit of the submodule that is pushed nowhere."""
NEWEST = "(cd lib; git checkout --quiet --detach origin/next)"


@pytest.fixture
def lib(repo: Repo, tmp_path: Path) -> Repo:
    """What is the submodule `lib` of the repository, whose branch `next` is a commit ahead."""
    (tmp_path / "library").mkdir()
    library = make(tmp_path / "library")
    library.git("switch", "--quiet", "--create", "next")
    library.commit({"new": "new"})
    library.git("switch", "--quiet", "main")
    repo.git(*ALLOWED, "add", str(library.root), "lib")
    repo.git("commit", "--quiet", "-m", "Add a submodule")
    return library


def head(repo: Repo) -> str:
    return repo.git("rev-parse", "HEAD", cwd=repo.root / "lib")


def recorded(repo: Repo) -> str:
    return repo.git("rev-parse", "main:lib")


def test_a_submodule_that_a_merge_moves_follows_in_the_users_tree(repo: Repo, lib: Repo) -> None:
    assert repo.run([{"key": "a"}], f"{INIT}; {NEWEST}").ok
    assert recorded(repo) == head(repo) == lib.git("rev-parse", "next")
    assert repo.git("status", "--porcelain") == ""
    assert repo.run([{"key": "b"}], WRITE).ok, "the next plan is not refused"


@pytest.mark.usefixtures("lib")
def test_a_commit_of_a_submodule_that_is_pushed_nowhere_is_brought_and_kept(repo: Repo) -> None:
    assert repo.run([{"key": "a"}], f"{INIT}; {OWN}").ok
    assert recorded(repo) == head(repo)
    assert (repo.root / "lib" / "more").exists()
    (left,) = repo.told("uncleared")
    assert lines(left)[0].startswith("a: merged; its worktree or branch stays: the submodule lib ")
    assert not repo.told("kept")
    pruned = prune(Repository.find(repo.root))
    assert not pruned.gone
    assert "push them" in pruned.stays["headwater/plan/a"]
    repo.git("push", "--quiet", "origin", "HEAD:refs/heads/more", cwd=Path(tree_of(repo)) / "lib")
    assert prune(Repository.find(repo.root)).gone
    assert repo.branches() == ["main"]


def tree_of(repo: Repo) -> str:
    return repo.git("worktree", "list", "--porcelain").split("\n\n")[1].split()[1]


@pytest.mark.usefixtures("lib")
def test_a_merged_worktree_with_an_initialised_submodule_is_cleared_away(repo: Repo) -> None:
    assert repo.run([{"key": "a"}], f"{INIT}; {WRITE}").ok
    assert not repo.told("uncleared")
    assert repo.branches() == ["main"]
    assert len(repo.git("worktree", "list").splitlines()) == 1


@pytest.mark.usefixtures("lib")
def test_files_that_only_a_submodule_has_keep_its_worktree(repo: Repo) -> None:
    repo.git("config", "--file", ".gitmodules", "submodule.lib.ignore", "all")
    repo.git("commit", "--quiet", "--all", "-m", "Look away")
    assert repo.run([{"key": "a"}], f"{INIT}; {WRITE}; echo draft > lib/draft").ok
    assert (Path(tree_of(repo)) / "lib" / "draft").exists()
    assert "not committed" in prune(Repository.find(repo.root)).stays["headwater/plan/a"]


def test_another_attempt_does_not_take_back_what_moved_a_submodule_meanwhile(
    repo: Repo, lib: Repo
) -> None:
    """The worktree of its first attempt has the submodule as it was then."""
    script = f"""if [ $HEADWATER_TASK = slow ]; then
        if test -e slow.txt; then git -C lib rev-parse HEAD > again; exit; fi
        {INIT}; {WRITE}; exit 1
    else {INIT}; {NEWEST}; fi"""
    assert not repo.run([{"key": "slow", "attempts": 1}], script).ok
    with repo.board() as board:
        board.rework("slow", "go on")
    assert repo.run([{"key": "quick", "priority": 9}], script, agents=1).ok
    assert repo.merges() == ["quick", "slow"]
    assert recorded(repo) == lib.git("rev-parse", "next")
    assert repo.git("show", "main:again") == recorded(repo)


def test_what_was_changed_in_a_submodule_is_not_overwritten(repo: Repo, lib: Repo) -> None:
    (repo.root / "lib" / "new").write_text("mine")
    ended = repo.run([{"key": "a"}], f"{INIT}; {NEWEST}")
    assert ended.ok
    assert (repo.root / "lib" / "new").read_text() == "mine"
    assert head(repo) == lib.git("rev-parse", "main")
    (behind,) = repo.told("behind")
    assert behind.files == ("lib",)
    with pytest.raises(BadRequest) as refused:
        repo.run([{"key": "b"}], WRITE)
    assert refused.value.next.startswith("git submodule update")


def test_submodules_whose_refs_are_no_files_follow_as_well(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DEFAULT_REF_FORMAT", "reftable")
    (tmp_path / "library").mkdir()
    library = make(tmp_path / "library")
    if not (library.root / ".git" / "reftable").exists():
        pytest.skip("this git knows no reftable")
    repo.git(*ALLOWED, "add", str(library.root), "lib")
    repo.git("commit", "--quiet", "-m", "Add a submodule")
    assert repo.run([{"key": "a"}], f"{INIT}; {OWN}").ok
    assert recorded(repo) == head(repo)
    assert repo.git("status", "--porcelain") == ""
