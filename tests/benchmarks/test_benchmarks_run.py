"""The benchmarks run and print their table. Figures are not judged here: machines differ."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]


def run(
    *arguments: str, timeout_s: float = PATIENCE_S, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def found_by(script: str, *arguments: str) -> Any:
    """What a script prints. In another process: `benchmarks` is no part of the tests' path."""
    ran = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_a_quick_run_prints_a_table_and_writes_what_it_measured(tmp_path: Path):
    report = tmp_path / "found.json"
    ran = run("one-thread", "sizes", "--quick", "--json", str(report), "--folder", str(tmp_path))
    assert ran.returncode in (0, 1), ran.stderr  # 1: a bar was missed on this machine
    rows = ran.stdout.rstrip().rpartition("\n\n")[2].splitlines()
    assert rows[0].split() == ["measure", "result", "bar", "pass"]
    found = json.loads(report.read_text())
    assert found["quick"] is True
    assert found["machine"]["sqlite"].startswith("3.")
    assert len(rows) == 1 + len(found["results"])
    for row, one in zip(rows[1:], found["results"], strict=True):
        assert row.startswith(one["measure"])
        assert one["value"] > 0
        assert one["passed"] is None or (one["passed"] is (row.split()[-1] == "yes"))
    judged = {one["measure"] for one in found["results"] if one["bar"] is not None}
    assert "1 thread / raw loop of the same SQL" in judged
    assert "tools/list and instructions" in judged


def judged(
    tmp_path: Path, *arguments: str, timeout_s: float = PATIENCE_S
) -> dict[str, bool | None]:
    """Which bars a run met."""
    report = tmp_path / "found.json"
    ran = run(*arguments, "--json", str(report), "--folder", str(tmp_path), timeout_s=timeout_s)
    assert report.exists(), ran.stderr
    return {one["measure"]: one["passed"] for one in json.loads(report.read_text())["results"]}


def test_one_task_wakes_one_of_those_who_wait_and_many_wake_all(tmp_path: Path):
    """The benchmark itself asserts who was served."""
    found = judged(tmp_path, "http-crowd", "--quick")
    assert found["HTTP: memory of that server"]


@pytest.mark.slow
def test_a_thousand_who_wait_are_served_in_seconds_by_a_small_server(tmp_path: Path):
    found = judged(tmp_path, "http-crowd", timeout_s=280)
    assert all(found.values()), found


def test_under_mixed_load_neither_the_log_nor_the_descriptors_grow(tmp_path: Path):
    found = judged(tmp_path, "soak", "--quick")
    assert found["soak: largest WAL"]
    assert found["soak: descriptors grow by"]


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_half_an_hour_of_mixed_load_makes_nothing_grow(tmp_path: Path):
    found = judged(tmp_path, "soak", timeout_s=2900)
    assert all(found.values()), found


def test_the_raw_loop_leaves_the_same_rows_as_the_board_that_it_copies(tmp_path: Path):
    states, events = found_by(_COMPARE, str(tmp_path))
    assert states == [["done", 9], ["ready", 4], ["waiting", 2]]
    assert events >= 8


_COMPARE = """
import json, sys
from contextlib import closing
from pathlib import Path
from benchmarks import plans, recording
from headwater.store import engine
base = plans.build(Path(sys.argv[1]) / "base.db", plans.layered(15, 5))
copy = plans.copy(base, "recorded.db")
found = recording.record(copy, lambda board: plans.Worker(board, "one").pairs(4))
bare = plans.copy(base, "bare.db")
every = recording.transactions(found)
with recording.replaying(bare, every) as replay:
    replay.run(len(every))
def dump(path):
    with closing(engine.connect(engine.driver(), path, busy_s=1)) as c:
        tables = ("board", "task", "attempt", "delivery", "event", "image", "reading")
        return [c.execute(f"SELECT * FROM {t} ORDER BY 1, 2, 3").fetchall() for t in tables]
assert dump(copy) == dump(bare)
with closing(engine.connect(engine.driver(), bare, busy_s=1)) as c:
    states = c.execute("SELECT state, count(*) FROM task GROUP BY state ORDER BY 1").fetchall()
    print(json.dumps([states, c.execute("SELECT count(*) FROM event").fetchone()[0]]))
"""


def test_an_unknown_benchmark_is_refused_with_the_names_there_are():
    ran = run("nonsense")
    assert ran.returncode == 2
    assert "nonsense" in ran.stdout
    assert "one-thread" in ran.stdout


def test_a_race_counts_what_a_crew_of_processes_does_with_a_copy_of_the_plan(tmp_path: Path):
    first, second, given_up = found_by(_RACE, str(tmp_path))
    for race in (first, second):  # the store that was built is not used up
        assert race["finished"] == race["tasks"] == 10  # after one task for each process
        assert race["twice"] == race["busy"] == race["stuck"] == 0
        assert race["cpu_s"] > 0
        assert 0 < race["seconds"] < 30
    assert given_up["finished"] == 0


_RACE = """
import dataclasses, json, os, sys
from pathlib import Path
from benchmarks import plans
from benchmarks.racing import Crew
worker = [sys.executable, "benchmarks/peer_workers/headwater_worker.py"]
worker[1] = str(Path(worker[1]).resolve())
with Crew(worker, 2, Path(sys.argv[1]) / "stores", os.environ) as crew:
    built = crew.build("plan", plans.layered(12, 4, first_done=False))
    races = [crew.race(built, 10, limit_s) for limit_s in (30, 30, 0)]
print(json.dumps([dataclasses.asdict(race) for race in races]))
"""


def test_peers_run_only_when_named_and_are_left_out_where_they_cannot_be_installed(tmp_path: Path):
    assert "peers" not in found_by(
        "import json; from benchmarks.__main__ import BENCHMARKS as b; print(json.dumps(list(b)))"
    )
    ran = run("peers", "--folder", str(tmp_path), PIP_NO_INDEX="1", PIP_FIND_LINKS="")
    assert ran.returncode == 0, ran.stderr
    assert "cascade-auto==0.4.14 is left out, it cannot be installed" in ran.stdout
    assert "naxe==0.4.5 is left out, it cannot be installed" in ran.stdout
