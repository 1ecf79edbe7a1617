"""An agent as they should not be: what it does in its first attempts at a task, the seed decides.

    python erratic_agent.py SEED

It adds a line to the file named as its task. From the third attempt on it only mends what it
finds half done, works and ends well, so that a run can end.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

TASK, STORE = os.environ["HEADWATER_TASK"], os.environ["HEADWATER_DB"]
BRANCH = os.environ["HEADWATER_BRANCH"]
ERRATIC = 2
_MERGE = re.compile(r"git merge --ff --no-edit [\w./-]+")


def git(*arguments: str) -> str:
    environment = {**os.environ, "GIT_EDITOR": "true"}
    done = subprocess.run(
        ["git", *arguments], capture_output=True, text=True, check=False, env=environment
    )
    return done.stdout.strip()


def write(text: str) -> None:
    with Path(f"{TASK}.txt").open("a") as file:
        file.write(f"{text}\n")


def commit(text: str = "") -> None:
    if text:
        write(text)
    git("add", "--all")
    git("commit", "--quiet", "--message", f"Work on {TASK}")


def half_done() -> list[str]:
    """The git commands that would end what is half done here."""
    ends = {
        "MERGE_HEAD": "commit --no-edit --quiet",
        "rebase-merge": "rebase --continue",
        "CHERRY_PICK_HEAD": "cherry-pick --continue",
        "BISECT_START": "bisect reset",
    }
    own = Path(git("rev-parse", "--absolute-git-dir"))
    return [command for name, command in ends.items() if (own / name).exists()]


def mend() -> None:
    for name in git("diff", "--name-only", "--diff-filter=U").splitlines():
        lines = Path(name).read_text().splitlines(keepends=True)
        kept = [line for line in lines if line[:7] not in ("<<<<<<<", "=======", ">>>>>>>")]
        Path(name).write_text("".join(kept))
    git("add", "--all")
    for command in half_done()[:1]:
        git(*command.split())


def resolve() -> None:
    """A conflict task: carry out the merges that it names."""
    briefing = Path(os.environ["HEADWATER_BRIEFING"]).read_text()
    for command in _MERGE.findall(briefing):
        git(*command.split()[1:])
        mend()


def diverge(*command: str) -> None:
    """A commit beside the branch that conflicts with it, and a command that meets the conflict."""
    commit("mine")
    git("checkout", "--quiet", "--detach", "HEAD~1")
    commit("theirs")
    other = git("rev-parse", "HEAD")
    git("checkout", "--quiet", BRANCH)
    git(*command, other)


def headwater(*arguments: str) -> None:
    program = Path(sys.executable).with_name("headwater")
    lease = os.environ["HEADWATER_LEASE"]
    subprocess.run([program, "finish", lease, *arguments, "--db", STORE], check=False)


def stay() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.sleep(1)


def lose_git_file() -> None:
    Path(".git").unlink()


def leave_lock() -> None:
    Path(git("rev-parse", "--absolute-git-dir"), "index.lock").touch()


def bisect() -> None:
    commit()
    git("bisect", "start", "HEAD", "HEAD~1")


def go_elsewhere(*how: str) -> None:
    commit()
    git("checkout", "--quiet", *how)
    commit("elsewhere")


ACTS: dict[str, Callable[[], object]] = {
    "commits": commit,
    "dies": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "ends without a newline": lambda: sys.stdout.write("no newline " * 500),
    "says much": lambda: sys.stdout.write(f"{'x' * 200}\n" * 5_000),
    "ignores signals": stay,
    "leaves a process": lambda: subprocess.Popen(["sleep", "600"]),
    "half a merge": lambda: diverge("merge", "--no-edit"),
    "half a rebase": lambda: diverge("rebase"),
    "half a pick": lambda: diverge("cherry-pick"),
    "half a bisection": bisect,
    "loses .git": lose_git_file,
    "leaves a lock": leave_lock,
    "detached": lambda: go_elsewhere("--detach"),
    "other branch": lambda: go_elsewhere("-B", f"mine-{TASK}"),
    "finishes itself": lambda: headwater("--summary", "done"),
    "releases itself": lambda: headwater("--outcome", "release", "--summary", "later"),
    "breaks its result": lambda: Path(os.environ["HEADWATER_RESULT"]).write_text("{"),
}


def main(seed: str) -> None:
    count = Path(f"{STORE}.{TASK}.tries")
    tries = len(count.read_text()) if count.exists() else 0
    with count.open("a") as file:
        file.write("+")
    chance = random.Random(f"{seed} {TASK} {tries}")
    if half_done():
        mend()
    if ".conflict" in TASK:
        return resolve()
    write(f"try {tries}")
    if tries < ERRATIC:
        act = chance.choice(list(ACTS))
        print(act, flush=True)
        ACTS[act]()
        sys.exit(chance.choice([0, 0, 1]))
    return None


if __name__ == "__main__":
    main(sys.argv[1])
