"""Settings and variables of git that would send the runner's own commands elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repository import WRITE, Repo
from test_conflicts import BOTH, SAME_LINE

from headwater.errors import BadRequest
from headwater.runner.git import Repository
from headwater.runner.git_command import GitError
from headwater.runner.places import cache

VERSION = tuple(
    int(part)
    for part in subprocess.check_output(["git", "version"], text=True).split()[2].split(".")[:2]
)
MERGE = "sed -n 's/^    \\(git merge .*\\)/\\1/p' | sh; echo both > README; git add README"


@pytest.mark.parametrize(
    "name",
    ["GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_NAMESPACE",
     "GIT_SHALLOW_FILE", "GIT_ATTR_SOURCE", "GIT_ALTERNATE_OBJECT_DIRECTORIES"],
)  # fmt: skip
def test_what_a_hook_has_in_its_environment_does_not_mislead_a_run(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with monkeypatch.context() as inside:
        inside.setenv(name, str(tmp_path / "elsewhere"))
        assert repo.run([{"key": "a"}], f'{WRITE}; env | grep "^{name}=" > seen; :').ok
    assert repo.files() == {"README", "a.txt", "seen"}
    assert repo.git("show", "main:seen") == "", "the agents have it not, either"


def test_options_of_the_base_branch_do_not_make_a_squash_of_its_merges(repo: Repo) -> None:
    repo.git("config", "branch.main.mergeOptions", "--squash --no-commit")
    assert repo.run([{"key": "a"}], WRITE).ok
    assert repo.files() == {"README", "a.txt"}
    assert repo.git("status", "--porcelain") == ""


def test_a_branch_that_was_left_while_it_moves_is_not_taken_for_moved(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = Repository.find(repo.root)
    old = git.branch_commit("main")
    new = git.run("commit-tree", f"{old}^{{tree}}", "-p", old, "-m", "More")
    found = git.worktrees()
    repo.git("switch", "--quiet", "--create", "feature")
    monkeypatch.setattr(git, "worktrees", lambda: found)
    with pytest.raises(GitError, match="main is not checked out in"):
        git.advance("main", old, new)
    assert git.branch_commit("main") == old


def test_nothing_is_maintained_behind_the_back_of_a_run(repo: Repo) -> None:
    """What goes on in the background would keep the lock of the merge that began it."""
    repo.git("config", "maintenance.auto", "true")
    repo.git("config", "maintenance.commit-graph.enabled", "true")
    repo.git("config", "maintenance.commit-graph.auto", "-1")
    assert repo.run([{"key": "a"}], WRITE).ok
    assert not (repo.root / ".git" / "objects" / "info" / "commit-graphs").exists()


def test_agents_can_commit_where_nobody_has_a_name(repo: Repo) -> None:
    for name in ("user.name", "user.email"):
        repo.git("config", "--unset", name)
    repo.git("config", "user.useConfigOnly", "true")
    assert repo.run([{"key": "a", "attempts": 1}], f"{WRITE}; git add .; git commit -m Mine").ok
    assert repo.git("log", "-1", "--format=%s by %an", "main^2") == "Mine by Headwater"


def test_agents_commit_as_who_is_configured(repo: Repo) -> None:
    assert repo.run([{"key": "a", "attempts": 1}], f"{WRITE}; git add .; git commit -m Mine").ok
    assert repo.git("log", "-1", "--format=%s by %an", "main^2") == "Mine by Test"


def test_a_conflict_is_resolved_where_merges_are_to_be_fast_forwards(repo: Repo) -> None:
    repo.git("config", "merge.ff", "only")
    resolve = f"{MERGE}; git commit --quiet --no-edit"
    assert repo.run(BOTH, SAME_LINE % resolve).ok, [(e.kind, e.text) for e in repo.events]
    assert repo.git("show", "main:README") == "both"


@pytest.mark.skipif(VERSION < (2, 41), reason="git reads attributes of no commit")
def test_attributes_are_those_of_the_branch_that_is_merged_into(repo: Repo) -> None:
    """Not those of the branch that happens to be checked out."""
    repo.git("branch", "other")
    repo.commit({".gitattributes": "README merge=union\n"})
    repo.git("switch", "--quiet", "other")
    script = SAME_LINE % "exit 1"
    assert repo.run(BOTH, script, base="main").ok, [(e.kind, e.text) for e in repo.events]
    assert set(repo.git("show", "main:README").split()) == {"a", "b"}


def test_a_working_tree_that_only_a_setting_names_is_not_worked_in(
    repo: Repo, tmp_path: Path
) -> None:
    """Git commands there would be about another repository, or none."""
    tree = tmp_path / "tree"
    tree.mkdir()
    shutil.move(repo.root / "README", tree)
    repo.git("config", "core.worktree", str(tree))
    with pytest.raises(GitError, match=r"no \.git in it says so") as refused:
        repo.run([{"key": "a"}], WRITE)
    assert "git worktree add" in refused.value.next


def test_a_bare_repository_needs_a_worktree_and_has_it_worked_in(
    repo: Repo, tmp_path: Path
) -> None:
    bare = Repo(tmp_path / "bare.git", repo.store)
    repo.git("clone", "--quiet", "--bare", str(repo.root), str(bare.root))
    with pytest.raises(GitError, match="no git repository with a working tree") as refused:
        bare.run([{"key": "a"}], WRITE)
    assert refused.value.next.startswith("go to a working tree of it")
    bare.git("worktree", "add", "--quiet", str(tmp_path / "tree"), "main")
    assert Repo(tmp_path / "tree", repo.store).run([{"key": "a"}], WRITE).ok
    assert (tmp_path / "tree" / "a.txt").exists()


def test_a_base_branch_that_was_renamed_stops_the_run_and_charges_no_attempt(repo: Repo) -> None:
    chain = [{"key": "a"}, {"key": "b"}, {"key": "c", "needs": ["a"]}]
    rename = f"{WRITE}; test $HEADWATER_TASK != a || git branch -m main trunk"
    ended = repo.run(chain, rename, agents=1)
    assert ended.interrupted
    assert ended.counts == {"review": 1, "ready": 1, "waiting": 1}
    assert "main, which the work of this board goes into, is gone" in ended.unmerged["a"]
    with pytest.raises(BadRequest, match="is gone"):
        repo.run([], WRITE, plan="")
    assert repo.run([], WRITE, plan="", base="trunk").ok
    assert repo.files("trunk") == {"README", "a.txt", "b.txt", "c.txt"}


def test_a_branch_that_has_nothing_in_common_with_its_base_fails_the_attempt(repo: Repo) -> None:
    amend = "git commit --quiet --amend -m Mine"
    rebase = "git rebase --quiet --onto main --root"
    script = f"if test -e a.txt; then {rebase}; else {WRITE}; git add .; {amend}; fi"
    assert repo.run([{"key": "a"}], script).ok, [(e.kind, e.text) for e in repo.events]
    assert "has no commit in common with main" in repo.told("failed")[0].text
    assert repo.files() == {"README", "a.txt"}


def test_a_relative_cache_folder_counts_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be another one in each folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    assert cache() == tmp_path / ".cache" / "headwater"


def test_a_folder_that_the_locale_cannot_spell_is_worked_in(repo: Repo, tmp_path: Path) -> None:
    folder = tmp_path / "pr\N{LATIN SMALL LETTER O WITH DIAERESIS}"
    repo.root.rename(folder)
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "headwater", "--db", str(repo.store), "run",
         str(repo.write_plan([{"key": "a"}])), "--", "sh", "-c", WRITE],
        cwd=folder, env={**os.environ, **ascii_only}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (folder / "a.txt").exists()
