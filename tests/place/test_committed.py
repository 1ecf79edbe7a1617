"""What git has in the commits that a finish names, asked of real repositories."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater import Board, committed, limits
from headwater.committed import with_objects
from headwater.verbs.work import Finished, FinishRequest

Git = Callable[..., str]
ZERO = "0" * 40


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return tmp_path / "repo"


@pytest.fixture
def git(repo: Path) -> Git:
    """Runs git in a repository with one commit of two files."""
    config = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]

    def run(*arguments: str, cwd: Path = repo) -> str:
        done = subprocess.run(
            ["git", *config, *arguments], cwd=cwd, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    (repo / "src").mkdir(parents=True)
    (repo / "src" / "a.py").write_text("a = 1\n")
    (repo / "src" / "b.py").write_text("b = 1\n")
    run("init", "-q", "-b", "main")
    run("add", ".")
    run("commit", "-q", "-m", "first")
    return run


def finish(*artifacts: dict[str, str]) -> FinishRequest:
    named = [{"name": f"n{number}", **one} for number, one in enumerate(artifacts)]
    return FinishRequest.parse({"lease": "a#1.x", "artifacts": named})


def held(folder: Path, *artifacts: dict[str, str]) -> list[str | None]:
    return [one.git_object for one in with_objects(finish(*artifacts), folder).artifacts]


def test_files_folders_and_whole_commits_are_known_by_what_is_in_them(git: Git, repo: Path) -> None:
    commit = git("rev-parse", "HEAD")
    found = held(
        repo,
        {"path": "src/a.py", "commit": commit},
        {"path": "src", "commit": f"ann@{commit[:7]}"},
        {"path": "./src/../src/b.py", "commit": f"feat/x@y@{commit[:12]}"},
        {"path": ".", "commit": commit},
        {"commit": commit},
    )
    root = git("rev-parse", "HEAD^{tree}")
    names = ["HEAD:src/a.py", "HEAD:src", "HEAD:src/b.py"]
    assert found == [*(git("rev-parse", name) for name in names), root, root]


def test_the_same_file_is_the_same_in_another_commit_and_seen_from_any_worktree(
    git: Git, repo: Path, tmp_path: Path
) -> None:
    first = git("rev-parse", "HEAD")
    git("worktree", "add", "-q", "-b", "ann", str(tmp_path / "ann"))
    (tmp_path / "ann" / "src" / "a.py").write_text("a = 2\n")
    git("commit", "-q", "-a", "-m", "second", cwd=tmp_path / "ann")
    second = git("rev-parse", "ann")
    places = [{"path": f"src/{f}.py", "commit": c} for f in "ab" for c in (first, f"ann@{second}")]
    old_a, new_a, old_b, new_b = held(repo / "src", *places)
    assert old_a != new_a
    assert old_b == new_b != None  # noqa: E711


@pytest.mark.parametrize(
    "place",
    [
        {"path": "src/a.py", "commit": "{0}"},
        {"path": "none.py", "commit": "{1}"},
        {"path": "src/a.py", "commit": "main"},
        {"path": "src/a.py", "commit": "HEAD"},
        {"path": "src/a.py", "commit": "{1}~0"},
        {"path": "src/a.py", "commit": "{1}^{{tree}}"},
        {"path": "src/a.py", "commit": "--batch-all-objects"},
        {"path": "src/a.py", "commit": ":/first"},
        {"path": "/src/a.py", "commit": "{1}"},
        {"path": "../repo/src/a.py", "commit": "{1}"},
        {"path": "src/a.py^{{blob}}", "commit": "{1}"},
        {"path": "src/*.py", "commit": "{1}"},
        {"path": "v1-1-g{1}", "commit": "{1}"},
        {"path": ":src/a.py", "commit": "{1}"},
        {"path": "src/a.py"},
        {"uri": "https://x.example/src/a.py", "commit": "{1}"},
    ],
    ids=lambda place: " ".join(place.values()),
)
def test_what_is_not_surely_known_is_left_out(git: Git, repo: Path, place: dict[str, str]) -> None:
    commit = git("rev-parse", "HEAD")
    hostile = {name: said.format(ZERO, commit) for name, said in place.items()}
    known = {"path": "src/b.py", "commit": commit}
    assert held(repo, hostile, known) == [None, git("rev-parse", "HEAD:src/b.py")]


def test_neither_a_commit_nor_a_link_to_a_repository_elsewhere_is_a_content(
    git: Git, repo: Path
) -> None:
    commit = git("rev-parse", "HEAD")
    git("update-index", "--add", "--cacheinfo", f"160000,{commit},module")
    git("commit", "-q", "-m", "with a submodule")
    assert held(repo, {"path": "module", "commit": git("rev-parse", "HEAD")}) == [None]


def test_names_that_are_odd_but_files_are_found(git: Git, repo: Path) -> None:
    names = ["-x", "a b.txt", "ü.txt", "q?.txt", "a:b", "--batch"]
    for name in names:
        (repo / name).write_text(name)
    git("add", ".")
    git("commit", "-q", "-m", "odd")
    commit = git("rev-parse", "HEAD")
    found = held(repo, *({"path": name, "commit": commit} for name in names))
    assert found == [git("rev-parse", f"HEAD:{name}") for name in names]


def test_what_the_finisher_says_itself_and_kept_texts_stay(git: Git, repo: Path) -> None:
    commit = git("rev-parse", "HEAD")
    said = {"path": "src/a.py", "commit": commit, "git_object": ZERO}
    assert held(repo, said, {"text": "x", "commit": commit}) == [ZERO, None]


def test_all_artifacts_are_one_question(
    git: Git, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[object]()
    run = subprocess.run
    monkeypatch.setattr(
        committed.subprocess, "run", lambda *said, **more: asked.append(said) or run(*said, **more)
    )
    commit = git("rev-parse", "HEAD")
    asked.clear()
    places = [{"path": f"src/{name}.py", "commit": commit} for name in "ab" * 20]
    assert None not in held(repo, *places)
    assert len(asked) == 1
    held(repo, {"path": "src/a.py"}, {"path": "src/a.py", "commit": "main"})
    assert len(asked) == 1, "nothing to ask"


def test_without_git_or_a_repository_nothing_is_known(
    git: Git, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = {"path": "src/a.py", "commit": git("rev-parse", "HEAD")}
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert held(tmp_path, place) == [None]
    assert held(tmp_path / "gone", place) == [None]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert held(repo, place) == [None]


@pytest.mark.parametrize("git_is", ["slow", "broken off", "odd"])
def test_a_git_that_does_not_answer_as_it_should_costs_nothing_but_the_limit(
    git: Git, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, git_is: str
) -> None:
    place = {"path": "src/a.py", "commit": git("rev-parse", "HEAD")}
    script = {"slow": "exec sleep 60", "broken off": f"printf '{ZERO} blob'", "odd": "echo what"}
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "git").write_text(f"#!/bin/sh\n{script[git_is]}\n")
    (tools / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(limits, "GIT_SECONDS", 0.2)
    assert held(repo, place, {**place, "path": "src/b.py"}) == [None, None]


def test_a_variable_of_a_hook_leads_to_no_other_repository(
    git: Git, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = {"path": "src/a.py", "commit": git("rev-parse", "HEAD")}
    wanted = git("rev-parse", "HEAD:src/a.py")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert held(repo, place) == [wanted]


def test_what_a_partial_clone_lacks_is_not_fetched(git: Git, repo: Path, tmp_path: Path) -> None:
    git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    git("clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{repo}", str(clone))
    commit = git("rev-parse", "HEAD")
    assert held(clone, {"path": "src/a.py", "commit": commit}) == [None]
    missing = git("rev-list", "--objects", "--all", "--missing=print", cwd=clone)
    assert missing.count("?") == 2


def absent(folder: Path, *artifacts: dict[str, str]) -> tuple[str, ...]:
    return with_objects(finish(*artifacts), folder).absent


def test_a_path_that_is_not_in_the_commit_it_names_is_known(git: Git, repo: Path) -> None:
    first = git("rev-parse", "HEAD")
    (repo / "late.py").write_text("late = 1\n")
    git("add", ".")
    git("commit", "-q", "-m", "second")
    places = [
        {"path": "late.py", "commit": f"ann@{first[:9]}"},
        {"path": "late.py", "commit": git("rev-parse", "HEAD")},
        {"path": "src/*.py", "commit": first},
        {"path": "late.py", "commit": "0123456789"},
        {"path": "/tmp/late.py", "commit": first},
        {"commit": first},
    ]
    assert absent(repo, *places) == ("n0", "n2")
    assert absent(repo / "src", *places) == ("n0", "n2")


def test_a_path_that_a_partial_clone_lacks_is_not_absent(
    git: Git, repo: Path, tmp_path: Path
) -> None:
    git("config", "uploadpack.allowFilter", "true")
    commit = git("rev-parse", "HEAD")
    for kind in ("blob:none", "tree:0"):
        clone = tmp_path / kind.replace(":", "-")
        git("clone", "-q", f"--filter={kind}", "--no-checkout", f"file://{repo}", str(clone))
        assert absent(clone, {"path": "src/a.py", "commit": commit}) == ()


def test_whoever_names_a_wrong_commit_is_warned_and_can_amend_it(
    git: Git, repo: Path, tmp_path: Path
) -> None:
    first = git("rev-parse", "HEAD")
    with Board.open(tmp_path / "board.db") as board:
        board.add([{"key": "a"}])
        lease = board.claim(board.join("ann").session).lease or ""
        said = {"name": "it", "path": "late.py", "commit": first}
        wrong = FinishRequest.parse({"lease": lease, "summary": "x", "artifacts": [said]})
        reply = board.call(with_objects(wrong, repo))
        assert isinstance(reply, Finished)
        assert reply.warnings == ["it: not in the commit that is named; outcome amend corrects it"]
