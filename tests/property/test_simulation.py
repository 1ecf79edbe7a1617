"""Whatever a network, a crash or a kill does to a crew of agents, the board stays true and the plan
comes to its end. HEADWATER_SEEDS sets how many stories `pytest -m slow` tells (500 steps each)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from simulation import Simulation

from headwater.operations import finish, leases
from headwater.operations.work import Work
from headwater.store.rows import TaskRow

SEEDS_TOLD = range(100, 106)
SEEDS = int(os.environ.get("HEADWATER_SEEDS", "100"))


def simulate(seed: int, steps: int) -> Simulation:
    """In memory where that can be."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        simulation = Simulation(Path(folder), seed, steps)
        simulation.run()
    return simulation


def several(seeds: int, steps: int) -> None:
    for seed in range(seeds):
        simulate(seed, steps)


@pytest.mark.parametrize("seed", range(8))
def test_lost_doubled_and_late_calls_crashes_and_kills_leave_the_board_true(seed: int) -> None:
    simulate(seed, 120)


@pytest.mark.slow
@pytest.mark.timeout(7200)  # for as many seeds as HEADWATER_SEEDS says
def test_a_hundred_long_stories_leave_the_board_true() -> None:
    several(SEEDS, 500)


def test_the_same_seed_tells_the_same_story_and_some_tell_of_every_kind_of_trouble() -> None:
    first = simulate(SEEDS_TOLD[0], 400)
    assert simulate(SEEDS_TOLD[0], 400).story == first.story
    others = [simulate(seed, 400) for seed in SEEDS_TOLD[1:]]
    assert any(one.kills for one in others)
    story = "\n".join(line for one in (first, *others) for line in one.story)
    for part in (
        "finish: stale_lease",
        "session_elsewhere",
        "expired",
        "revived",
        "reworked",
        "merged",
        "parts_done",
        "amended",
    ):
        assert part in story


def accept_a_lease_that_is_over(patch: pytest.MonkeyPatch) -> None:
    def live(*_: object) -> str:
        return "live"

    patch.setattr(leases, "_standing", live)


def forget_the_reply_to_a_finish(patch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> None:
        return None

    patch.setattr(finish, "opened", nothing)


def never_let_a_lease_run_out(patch: pytest.MonkeyPatch) -> None:
    def ignore(work: Work, task: TaskRow) -> None:
        pass

    patch.setattr("headwater.operations.expiry.expire", ignore)


def acknowledge_what_is_not_on_disk(patch: pytest.MonkeyPatch) -> None:
    """A kill loses the write-ahead log."""
    copy = shutil.copy

    def all_but_the_log(source: Path, target: Path) -> None:
        if not source.name.endswith("-wal"):
            copy(source, target)

    patch.setattr("simulation.shutil.copy", all_but_the_log)


@pytest.mark.parametrize(
    "bug",
    [
        accept_a_lease_that_is_over,
        forget_the_reply_to_a_finish,
        never_let_a_lease_run_out,
        acknowledge_what_is_not_on_disk,
    ],
)
def test_the_simulation_finds_a_planted_bug(
    bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)
    with pytest.raises(AssertionError):
        several(8, 200)
