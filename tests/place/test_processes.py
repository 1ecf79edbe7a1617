"""Telling host windows apart by the processes above us."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from headwater import processes

ASK = "from headwater import processes as p; print(p.host()); print(*sorted(p.ancestors()))"


def asked_below(*launcher: str) -> tuple[str, set[str]]:
    """What a child process, started by way of `launcher`, says of its host and ancestors."""
    done = subprocess.run(
        [*launcher, sys.executable, "-c", ASK], capture_output=True, text=True, check=True
    )
    host, ancestors = done.stdout.splitlines()
    return host, set(ancestors.split())


def test_the_host_is_the_parent_and_stands_among_the_ancestors() -> None:
    host, ancestors = asked_below()
    assert host.startswith(f"{os.getpid()}.")
    assert host in ancestors
    assert processes.host() in ancestors


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
def test_a_shell_between_is_left_out() -> None:
    host, ancestors = asked_below("sh", "-c", '"$@"; true', "sh")
    assert host.startswith(f"{os.getpid()}.")
    assert host in ancestors


def test_a_process_is_gone_when_it_has_ended_and_not_before() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        name = processes._named(child.pid)  # pyright: ignore[reportPrivateUsage]
        assert not processes.is_gone(name)
        child.kill()
        child.wait()
        assert processes.is_gone(name)


def test_a_number_used_again_is_not_taken_for_the_process_that_had_it() -> None:
    me = processes._named(os.getpid())  # pyright: ignore[reportPrivateUsage]
    earlier = me.replace(".", ".9", 1)
    assert not processes.is_gone(me)
    assert processes.is_gone(earlier)


@pytest.mark.parametrize("name", ["", "x", "1.2@another-machine", "@", "a.b@c"])
def test_of_what_is_not_of_this_machine_nothing_is_claimed(name: str) -> None:
    assert not processes.is_gone(name)


def test_ps_shows_the_same_chain_as_proc() -> None:
    parents = processes._parents_by_ps()  # pyright: ignore[reportPrivateUsage]
    assert parents[os.getpid()] == os.getppid()
