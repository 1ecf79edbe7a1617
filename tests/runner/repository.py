"""Real git repositories, and scripts as agents."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from headwater import Board
from headwater.formats import headwater_json
from headwater.runner.events import Event
from headwater.runner.order import Order
from headwater.runner.run import Ended, Run
from headwater.verbs.importing import ImportedTask

WRITE = 'echo "$HEADWATER_TASK" > "$HEADWATER_TASK.txt"'
"""An agent that adds a file named as its task and leaves it uncommitted."""


@dataclass
class Repo:
    """A repository with one commit on `main`."""

    root: Path
    store: Path
    events: list[Event] = field(default_factory=list[Event])

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=cwd or self.root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"git {arguments}: {done.stderr}"
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str], message: str = "More") -> str:
        for name, text in files.items():
            (self.root / name).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")

    def files(self, ref: str = "main") -> set[str]:
        return set(self.git("ls-tree", "-r", "--name-only", ref).splitlines())

    def merges(self, ref: str = "main") -> list[str]:
        """The tasks merged into a branch, oldest first."""
        shown = self.git(
            "log",
            "--first-parent",
            "--reverse",
            "--format=%(trailers:key=Headwater-Task,valueonly)",
            ref,
        )
        return [line for line in shown.splitlines() if line]

    def branches(self) -> list[str]:
        return self.git("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()

    def board(self) -> Board:
        return Board.open(self.store)

    def run(self, tasks: Sequence[Mapping[str, Any]], script: str, **order: Any) -> Ended:
        """Work a plan with a shell script as the agent, in this process."""
        with self.board() as board:
            board.policy(backoff_first_ms=0, avoid_minutes=0)
            specs = [ImportedTask.model_validate(task) for task in tasks]
            order = {"plan": "plan", "agents": 2, "grace_s": 0.3, **order}
            wanted = Order(tasks=specs, command=("sh", "-c", script), **order)
            ended = Run(board, str(self.store), self.root, wanted, self.events.append).run()
            assert board.verify() == []
            return ended

    def told(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]

    def write_plan(self, tasks: Sequence[Mapping[str, Any]]) -> Path:
        specs = [ImportedTask.model_validate(task) for task in tasks]
        path = self.store.with_name("plan.json")
        path.write_text(headwater_json.write(specs))
        return path


def make(folder: Path) -> Repo:
    """An empty repository but for a README."""
    repo = Repo(folder / "project", folder / "board.db")
    repo.root.mkdir()
    repo.git("init", "--quiet", "--initial-branch", "main")
    repo.git("config", "user.name", "Test")
    repo.git("config", "user.email", "test@example.org")
    repo.commit({"README": "start\n"}, "Start")
    return repo


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
