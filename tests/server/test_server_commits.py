"""A stdio server says what git has in the commits that a finish names; an HTTP server does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from server_clients import call, client_with, environment, http_process

FILE = {"name": "code", "path": "a.py"}


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs git in the repository where this process stands, which has one commit."""
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    repo = tmp_path / "repo"
    repo.mkdir()
    monkeypatch.chdir(repo)

    def run(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *who, *arguments], cwd=repo, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    run("init", "-q", "-b", "main")
    (repo / "a.py").write_text("a = 1\n")
    run("add", ".")
    run("commit", "-q", "-m", "first")
    return run


def changed(git: Any) -> str:
    """A commit in which the file is another one."""
    Path("a.py").write_text("a = 2\n")
    git("commit", "-q", "-a", "-m", "changed")
    return git("rev-parse", "HEAD")


async def finish(client: Client, key: str, **artifact: str) -> dict[str, Any]:
    job = await call(client, "claim", task=key)
    return await call(client, "finish", lease=job["lease"], artifacts=[FILE | artifact])


async def held(client: Client, key: str) -> str | None:
    shown = await call(client, "graph", task=key, artifact="code")
    return shown["artifact"].get("git_object")


async def test_the_same_file_in_another_commit_sends_no_reader_back(
    client: Client, git: Any
) -> None:
    await call(client, "add", tasks=[{"key": "a"}, {"key": "b", "needs": ["a"]}])
    await finish(client, "a", commit=f"ann@{git('rev-parse', '--short', 'HEAD')}")
    assert await held(client, "a") == git("rev-parse", "HEAD:a.py")
    await finish(client, "b")
    git("commit", "-q", "--allow-empty", "-m", "second")
    await call(client, "rework", task="a", feedback="again")
    done = await finish(client, "a", commit=f"ann@{git('rev-parse', '--short', 'HEAD')}")
    assert "reopened" not in done
    await call(client, "rework", task="a", feedback="again")
    assert (await finish(client, "a", commit=changed(git)))["reopened"] == ["b"]
    assert await held(client, "a") == git("rev-parse", "HEAD:a.py")


async def test_other_calls_are_answered_while_git_takes_its_time(
    client: Client, git: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = git("rev-parse", "HEAD")
    tools = tmp_path / "tools"
    tools.mkdir()
    go = tmp_path / "go"
    (tools / "git").write_text(f"#!/bin/sh\nuntil test -e {go}; do sleep 0.01; done\n")
    (tools / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    await call(client, "add", tasks=[{"key": "a"}])
    job = await call(client, "claim")
    told: list[str] = []

    async def slow() -> None:
        await call(client, "finish", lease=job["lease"], artifacts=[FILE | {"commit": commit}])
        told.append("finish")

    async with anyio.create_task_group() as group:
        group.start_soon(slow)
        await anyio.sleep(0.1)
        await call(client, "graph")
        told.append("graph")
        go.touch()
    assert told == ["graph", "finish"]
    assert await held(client, "a") is None


def test_a_server_without_commits_never_loads_what_asks_git(db: Path) -> None:
    code = (
        "import sys, headwater.server.identity, headwater.cli.commands.work\n"
        "from headwater import Board\n"
        "with Board.open(sys.argv[1]) as board:\n"
        "    board.add([{'key': 'a'}])\n"
        "    lease = board.claim(board.join('ann').session).lease\n"
        "    board.finish(lease, summary='x', artifacts=[{'name': 'code', 'path': 'a.py'}])\n"
        "print('headwater.committed' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(db)],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    assert done.stdout.strip() == "False"


async def test_over_http_only_what_the_agent_says_counts(db: Path, git: Any) -> None:
    commit = git("rev-parse", "HEAD")
    with http_process(db) as (url, _):
        async with client_with("none", url) as client:
            session = (await call(client, "join", agent="ann"))["session"]
            await call(client, "add", tasks=[{"key": "a"}, {"key": "b"}])
            for key, said in (("a", {}), ("b", {"git_object": "1" * 40})):
                job = await call(client, "claim", session=session, task=key)
                named = FILE | {"commit": commit} | said
                await call(client, "finish", lease=job["lease"], artifacts=[named])
            assert [await held(client, key) for key in "ab"] == [None, "1" * 40]
