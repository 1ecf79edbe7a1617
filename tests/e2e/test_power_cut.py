"""The power goes while processes write: whatever the disk has kept of what was not flushed, all
that a reply had confirmed is there, and the store is whole.

Real processes work on a real store, and what they do to its files is recorded; from that the
states are computed that a file system might leave behind (`power.py`).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import power
import pytest
from acknowledged import assert_kept, rows
from power import Step
from programs import shim

from headwater.board import Board
from patience import PATIENCE_S

HERE = Path(__file__).parent
Note = dict[str, Any]


@dataclass(frozen=True)
class Worked:
    """The folder of stores that were worked on, and all that was done to its files."""

    folder: Path
    steps: list[Step]

    def told_before(self, moment: int) -> list[Note]:
        """What workers had been told by then: whoever begins a note has had the reply."""
        return [
            {"worker": Path(step.path).stem} | json.loads(step.data)
            for step in self.steps
            if step.path.endswith(".jsonl") and step.kind == power.WRITE and step.begin < moment
        ]


Record = Callable[..., Worked]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """Lets processes work (name=(what, replies)) on `board.db` in a folder of its own."""
    recorder = shim("recorded_writes.c", tmp_path_factory.mktemp("shim"))

    def work(**workers: tuple[str, int]) -> Worked:
        folder, told = tmp_path_factory.mktemp("disk"), tmp_path_factory.mktemp("told")
        (folder / "notes").mkdir()
        (told / "clock").write_bytes(bytes(8))
        env = os.environ | {
            "LD_PRELOAD": str(recorder), "RECORD_FOLDER": str(folder), "RECORD_TO": str(told)
        }  # fmt: skip
        command = [sys.executable, str(HERE / "power_workers.py")]
        places = [str(folder / "board.db"), str(folder / "notes")]
        running = [
            subprocess.Popen([*command, what, *places, name, str(replies)], env=env)
            for name, (what, replies) in workers.items()
        ]
        for process in running:
            assert process.wait(PATIENCE_S) == 0
        return Worked(folder, power.read_steps(told))

    return work


@pytest.fixture(scope="module")
def worked(record: Record) -> Worked:
    """Two agents, and somebody who keeps the store, at once."""
    return record(ann=("everything", 60), bob=("everything", 60), kim=("keeping", 9))


@pytest.fixture(scope="module")
def restored(record: Record) -> Worked:
    return record(kim=("restoring", 3))


def cut(
    worked: Worked, look: Callable[[Path, list[Note]], None], *, rounds: int, seed: int = 1
) -> list[str]:
    """Cut the power again and again, mostly just after a reply or when a name was given; where
    `look` found that something is lost."""
    chance = random.Random(seed)
    disk = power.Disk(worked.steps)
    replies = [step.begin + 1 for step in worked.steps if step.path.endswith(".jsonl")]
    names = [step.end + 1 for step in worked.steps if step.kind in power.NAMES]
    lost: list[str] = []
    for number in range(rounds):
        moment = chance.choice((replies, names, range(2, disk.last))[number % 3])
        kept, fate = chance.choice(list(power.fates(chance, moment).items()))
        tearing = chance if chance.random() < 0.5 else None
        put(worked.folder, disk.after(moment, fate, tearing))
        try:
            look(worked.folder, worked.told_before(moment))
        except Exception as error:  # noqa: BLE001  # whatever it is, the next round may tell more
            lost.append(
                f"at {moment} of {disk.last}, {kept} kept, torn: {tearing is not None}: {error!r}"
            )
    return lost


def put(folder: Path, files: dict[str, bytes]) -> None:
    """The folder after the restart; what else was in it is gone."""
    shutil.rmtree(folder)
    folder.mkdir()
    for name, content in files.items():
        file = Path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def all_is_there(folder: Path, notes: list[Note]) -> None:
    """The store is whole, goes on, and has what the notes say; so have backups and archives."""
    told: dict[str, list[Note]] = defaultdict(list)
    for note in notes:
        told[note["kind"]].append(note)
    with Board.open(folder / "board.db", "default") as board:
        assert board.store.integrity_check() == []
        assert_kept(board, [n for kind in ("join", "add", "claim", "finish") for n in told[kind]])
        rounds = {task["key"]: task["round"] for task in rows(board, "SELECT key, round FROM task")}
        for note in told["rework"]:
            assert rounds[note["task"]] >= note["round"]
        if told["archive"]:
            assert board.verify_archive(*(folder / note["file"] for note in told["archive"])) == []
        board.add([{"key": "afterwards"}])
    for note in told["backup"]:
        with Board.open(folder / note["file"], "default") as board:
            assert_kept(board, [note | {"kind": "add"}])


def keys(file: Path) -> set[str]:
    """What is in a store that is there and whole."""
    if not file.exists():
        return set()
    with Board.open(file, "default") as board:
        assert board.verify() == []
        return {task["key"] for task in rows(board, "SELECT key FROM task")}


def the_new_or_the_old_is_there(folder: Path, notes: list[Note]) -> None:
    known = {note["kind"] for note in notes}
    here, aside = keys(folder / "board.db"), keys(folder / "board.db.before-restore-1")
    if "restore" in known:
        assert here == {"new"}
        assert "old" in aside
    elif "add" in known:
        assert "old" in here | aside
        assert "old" in here or here in ({"new"}, set())


def test_nothing_acknowledged_is_lost_with_the_power(worked: Worked) -> None:
    assert cut(worked, all_is_there, rounds=40) == []


def test_a_restore_ends_with_the_new_store_or_with_the_old_one(restored: Worked) -> None:
    assert cut(restored, the_new_or_the_old_is_there, rounds=400) == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_lost_in_any_of_many_cuts(record: Record, seed: int) -> None:
    busy = record(ann=("everything", 100 + seed), bob=("everything", 100), kim=("keeping", 15))
    assert cut(busy, all_is_there, rounds=500, seed=seed) == []
    assert (
        cut(record(kim=("restoring", 3)), the_new_or_the_old_is_there, rounds=500, seed=seed) == []
    )


def test_the_states_end_with_what_was_really_there(record: Record) -> None:
    ended = record(ann=("everything", 30), kim=("keeping", 3))
    disk = power.Disk(ended.steps)
    files = disk.after(disk.last + 1, lambda _: True, None)
    assert Path(ended.folder / "board.db") in map(Path, files)
    for name, content in files.items():
        assert Path(name).read_bytes() == content


@pytest.mark.parametrize("unflushed", ["board.db-wal", "disk"])
def test_a_flush_that_is_left_out_is_noticed(worked: Worked, unflushed: str) -> None:
    """Of the log, or of names in the folder, as the backups' are."""
    steps = [
        step
        for step in worked.steps
        if step.kind not in (power.SYNC, power.SYNC_FOLDER)
        or not Path(step.path).name.startswith(unflushed)
    ]
    assert cut(Worked(worked.folder, steps), all_is_there, rounds=10)
