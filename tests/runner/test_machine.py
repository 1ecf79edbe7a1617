"""Faults of the machine: no task is to blame: no attempt is charged, and the run goes on later."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from repository import WRITE, Repo
from test_run_command import HEADWATER, no_agent_is_left, plan_of, prepare, rows_of

from file_modes import obeying
from headwater import Board
from headwater.runner.events import Event
from headwater.runner.order import Order
from headwater.runner.run import Run
from headwater.store.store import Store
from headwater.verbs.importing import ImportedTask
from headwater.verbs.look import Tried
from patience import PATIENCE_S

__all__ = ["no_agent_is_left"]
TASKS = 4


def work(
    repo: Repo,
    *arguments: str,
    before: Sequence[str] = (),
    limit: Callable[[], None] | None = None,
    **environment: str,
) -> tuple[int, str]:
    done = subprocess.run(
        [*before, *HEADWATER, "run", "--db", str(repo.store), *arguments],
        cwd=repo.root,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
        preexec_fn=limit,
    )
    return done.returncode, done.stdout + done.stderr


def outcomes(repo: Repo) -> set[str]:
    """How attempts have ended, those that were taken back included."""
    found: list[Tried] = []
    with repo.board() as board:
        for number in range(TASKS):
            found += board.graph(task=f"t{number}").tried or []
    return {str(one.outcome) for one in found}


def demand_halted(repo: Repo, code: int, said: str, why: str) -> None:
    assert code == 1, said
    assert said.count("nothing more is begun, and no attempt is charged") == 1, said
    assert why in said
    assert "the attempt failed" not in said
    assert "Traceback" not in said
    assert outcomes(repo) <= {"undone", "done"}


def demand_all_done(repo: Repo) -> None:
    with repo.board() as board:
        assert board.graph(limit=1).counts == {"done": TASKS}
    assert outcomes(repo) <= {"undone", "done"}


def agent(repo: Repo, first: str, then: str = WRITE) -> Path:
    """An agent that does something else once, of all tasks, before it works."""
    path = repo.store.with_name("agent.sh")
    once = repo.store.with_name("once")
    path.write_text(
        f"#!/bin/sh\ncat > /dev/null\nif mkdir {once} 2> /dev/null; then\n{first}\nfi\n{then}\n"
    )
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("full", ["project", "cache"])
def test_a_full_disk_charges_no_attempt_and_the_run_goes_on_when_there_is_room(
    repo: Repo, full: str
) -> None:
    small = repo.store.with_name("small")
    small.mkdir()
    command = agent(repo, f"head -c 9000000 /dev/zero > {small}/fill; exit 1")
    prepare(repo)
    headwater = " ".join([*HEADWATER, "run", "--db", str(repo.store)])
    script = repo.store.with_name("story.sh")
    script.write_text(f"""
        mount -t tmpfs -o size=2m none {small} || exit 77
        export XDG_CACHE_HOME={small if full == "cache" else repo.store.with_name("cache")}
        if test {full} = project; then cp -a {repo.root} {small}; cd {small}/project; fi
        {headwater} {plan_of(repo, TASKS)} --agents 2 -- {command}; echo "code $?"
        rm {small}/fill
        {headwater} --resume; echo "then $?"
        git status --porcelain; git worktree list; git for-each-ref refs/heads
    """)
    done = subprocess.run(
        ["unshare", "-Urm", "sh", str(script)],
        cwd=repo.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("nothing can be mounted here")
    first, _, rest = done.stdout.partition("code 1\n")
    demand_halted(repo, 1, first, "free some space there")
    assert "then 0\n" in rest
    assert len(rest.partition("then 0\n")[2].splitlines()) == 2, "one worktree, one branch"
    demand_all_done(repo)


@pytest.mark.parametrize(
    "folder", ["objects", "refs/heads", "headwater/runs/*/locks", "headwater/runs/*/logs"]
)
def test_a_folder_of_git_that_may_not_be_written_charges_no_attempt(
    repo: Repo, folder: str
) -> None:
    before = obeying()
    where = f"{repo.root}/.git/{folder}"
    command = agent(repo, f"chmod -R a-w {where}")
    prepare(repo)
    plan = str(plan_of(repo, TASKS))
    code, said = work(repo, plan, "--agents", "2", "--", str(command), before=before)
    subprocess.run(["sh", "-c", f"chmod -R u+w {where}"], check=True)
    demand_halted(repo, code, said, "let this user write there")
    code, said = work(repo, "--resume", before=before)
    assert code == 0, said
    demand_all_done(repo)


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        ('rm "$0"', "it is gone, or may not be executed"),
        ('chmod a-x "$0"', "it is gone, or may not be executed"),
        (
            'echo "#!/no/such/interpreter" > "$0.new"; chmod a+x "$0.new"; mv "$0.new" "$0"',
            "cannot be started: No such file or directory",
        ),
    ],
)
def test_a_command_that_cannot_be_started_any_more_charges_no_attempt(
    repo: Repo, harm: str, why: str
) -> None:
    command = agent(repo, harm)
    prepare(repo)
    plan = str(plan_of(repo, TASKS))
    code, said = work(repo, plan, "--", str(command))
    demand_halted(repo, code, said, f"{command} {why}" if "start" in why else why)
    agent(repo, "true")
    code, said = work(repo, "--resume")
    assert code == 0, said
    demand_all_done(repo)


def test_git_that_is_removed_in_the_middle_charges_no_attempt(repo: Repo) -> None:
    tools = repo.store.with_name("tools")
    tools.mkdir()
    for name in ("sh", "cat", "mkdir", "rm", "git"):
        (tools / name).symlink_to(shutil.which(name) or name)
    command = agent(repo, f"rm {tools}/git")
    prepare(repo)
    plan = str(plan_of(repo, TASKS))
    code, said = work(repo, plan, "--", str(command), PATH=str(tools))
    demand_halted(repo, code, said, "see that git and")
    code, said = work(repo, "--resume")
    assert code == 0, said
    demand_all_done(repo)


def test_too_many_open_files_charge_no_attempt(repo: Repo) -> None:
    prepare(repo)
    plan = str(repo.write_plan([{"key": f"t{number}"} for number in range(TASKS)]))
    command = str(agent(repo, "true"))
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30))  # noqa: E731
    code, said = work(repo, plan, "--agents", "4", "--", command, limit=few)
    demand_halted(repo, code, said, "let more files be open at once (ulimit -n)")
    code, said = work(repo, "--resume")
    assert code == 0, said
    demand_all_done(repo)


def keep_busy(store: Path) -> subprocess.Popen[str]:
    """A process that holds the write lock of a store until its standard input ends."""
    program = (
        "import sqlite3, sys; store = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "store.execute('BEGIN IMMEDIATE'); print('busy', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "busy\n"
    return process


def test_a_run_waits_for_a_store_that_is_busy_and_keeps_what_its_agents_have_done(
    repo: Repo,
) -> None:
    """Longer than one call waits, in the middle of an agent's work."""
    prepare(repo)
    others: list[subprocess.Popen[str]] = []
    one_at_a_time = threading.Lock()

    def hear(event: Event) -> None:
        with one_at_a_time:
            repo.events.append(event)
            if event.kind == "claimed" and not others:
                others.append(keep_busy(repo.store))
            if event.kind == "waiting":
                others[0].communicate(timeout=PATIENCE_S)

    specs = [ImportedTask.model_validate(task) for task in rows_of(TASKS)]
    order = Order(plan="plan", tasks=specs, command=("sh", "-c", WRITE), agents=2)
    with Board(Store.open(repo.store, busy_s=1), "default") as board:
        ended = Run(board, str(repo.store), repo.root, order, hear).run()
    assert ended.ok, [(event.kind, event.task, event.text) for event in repo.events]
    assert len(repo.told("waiting")) == 1
    assert not repo.told("failed")
    assert not repo.told("stuck")
    begun = [event.task for event in repo.told("claimed")]
    assert len(begun) == len(set(begun)), "no agent had to do its work again"
    demand_all_done(repo)
