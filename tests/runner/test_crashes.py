"""Runners that are killed at a chosen step of git's, alone or with git: the next one ends the plan
with everything merged once, nothing lost and nothing in the way."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest
from repository import Repo
from test_run_command import no_agent_is_left, prepare, run

from headwater.verbs.look import Tried

__all__ = ["no_agent_is_left"]
TASKS = [{"key": "a"}, {"key": "b", "needs": ["a"]}]
TASK = "$HEADWATER_TASK"
WORK = f"for f in {TASK}.txt z{TASK}; do echo {TASK} > $f; done; {{ echo start; cat z?; }} > README"
GIT = """#!/bin/sh
case "$*" in *"{step}"*) if rm "{armed}" 2> /dev/null; then export RUNNER=$PPID; {act}; fi;; esac
exec {git} "$@"
"""
KILL = "kill -9 $RUNNER"
BEFORE, AFTER = f"{KILL}; exit 1", f'{{git}} "$@"; {KILL}; exit 1'
WITH_GIT = f"{KILL}; kill -9 0"
"""Each git command of a runner is a process group of its own."""
HALF_REMOVED = f'for folder; do :; done; rm -f "$folder/README"; {BEFORE}'
SLOWLY = f"{KILL}; sleep 7"
"""Longer than the next runner waits for a lock that is nobody's."""


@dataclass
class Crash:
    """A runner that is killed once, at a step of git's."""

    repo: Repo
    folder: Path

    def at(self, step: str, act: str) -> None:
        """Carry out `act` in place of the first git command that has `step` in it."""
        git = str(shutil.which("git"))
        text = GIT.format(step=step, armed=self.folder / "armed", act=act, git=git)
        self._write(self.folder / "git", text.replace("{git}", git))
        (self.folder / "armed").touch()

    def within(self, step: str, place: str, act: str) -> None:
        """Carry out `act` in the first git command that has `step` in it: where it takes files out
        of the working tree (`clean`), puts them there (`smudge`), or where it has locked a branch
        (`prepared`)."""
        self.at(step, "export MIDWAY=1")
        once = f'test -n "$MIDWAY" && mkdir "{self.folder}/killed" 2> /dev/null && {{ {act}; }}'
        if place == "prepared":
            hook = self.repo.root / ".git/hooks/reference-transaction"
            self._write(hook, f'#!/bin/sh\ntest "$1" = prepared || exit 0\n{once}\nexit 0\n')
        else:
            self._write(self.folder / "filter", f"#!/bin/sh\n{once}\ncat\n")
            self.repo.git("config", f"filter.midway.{place}", str(self.folder / "filter"))

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def demand_harmless(self, code: int = -9) -> str:
        """The runner ends so, and the next one ends the plan as if nothing had been. Returns what
        the first one said."""
        repo = self.repo
        plan = str(repo.write_plan(TASKS))
        ended, first = run(repo, plan, "--", "sh", "-c", WORK)
        assert ended == code, first
        assert not (self.folder / "armed").exists()
        ended, said = run(repo, "--resume")
        assert ended == 0, said
        assert "stays" not in said
        assert repo.merges() == ["a", "b"]
        assert repo.git("show", "main:README").split() == ["start", "a", "b"]
        assert repo.files() == {".gitattributes", "README", "z", "a.txt", "za", "b.txt", "zb"}
        assert repo.branches() == ["main"]
        assert repo.git("status", "--porcelain") == ""
        assert repo.git("worktree", "list").count("\n") == 0
        own = repo.root / ".git"
        assert not [*own.glob("*.lock"), *(own / "refs").rglob("*.lock")]
        repo.git("fsck", "--strict")
        with repo.board() as board:
            assert board.verify() == []
            for task in ("a", "b"):
                tried: list[Tried] = board.graph(task=task).tried
                assert "failed" not in {one.outcome for one in tried}
        return first


@pytest.fixture
def crash(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Crash:
    folder = tmp_path / "bin"
    folder.mkdir()
    repo.commit({".gitattributes": "z* filter=midway\n", "z": "z\n"})
    prepare(repo)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return Crash(repo, folder)


def slow(step: str, act: str) -> object:
    return pytest.param(step, act, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("step", "act"),
    [
        slow("branch --no-track", AFTER),
        slow("worktree add", BEFORE),
        ("worktree add", AFTER),
        slow("add --all", AFTER),
        ("commit --quiet", AFTER),
        slow("merge-tree", AFTER),
        ("merge --ff-only", BEFORE),
        ("merge --ff-only", AFTER),  # it is not reported
        ("worktree remove", BEFORE),  # it is reported
        ("worktree remove", HALF_REMOVED),
        slow("worktree remove", AFTER),
        slow("update-ref -d", AFTER),
    ],
)
def test_a_runner_that_is_killed_between_two_steps_is_gone_on_from(
    crash: Crash, step: str, act: str
) -> None:
    crash.at(step, act)
    crash.demand_harmless()


@pytest.mark.parametrize(
    ("step", "place"),
    [
        ("branch --no-track", "prepared"),
        ("worktree add", "prepared"),
        ("worktree add", "smudge"),
        ("add --all", "clean"),
    ],
)
def test_a_runner_that_is_killed_with_its_git_leaves_no_half_work(
    crash: Crash, step: str, place: str
) -> None:
    crash.within(step, place, WITH_GIT)
    crash.demand_harmless()


@pytest.mark.parametrize(
    ("step", "place"), [("worktree add", "smudge"), ("add --all", "clean"), ("--ff-only", "smudge")]
)
def test_a_git_command_that_outlives_its_runner_is_waited_for(
    crash: Crash, step: str, place: str
) -> None:
    crash.within(step, place, SLOWLY)
    crash.demand_harmless()
