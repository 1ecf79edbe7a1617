"""The simulation of makespans: it runs, on a real board, against schedules that are schedules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any

from patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]


def python(*arguments: str) -> str:
    """Run Python beside the package `benchmarks`, which is no part of the tests' path."""
    ran = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_a_quick_run_follows_the_ranks_on_every_likeness_and_draws_the_chart(
    tmp_path: Path,
) -> None:
    report, chart = tmp_path / "found.json", tmp_path / "chart.svg"
    to = ("--json", str(report), "--chart", str(chart), "--folder", str(tmp_path))
    python("-m", "benchmarks", "makespan", "--quick", *to)
    results = json.loads(report.read_text())["results"]
    assert [one["bar"] for one in results] == [1.05, 0, None, 1.05, 0, None, 0]
    assert results[-1]["value"] == 0
    plans: dict[str, Any] = results[0]["raw"]
    assert list(plans) == [
        f"likeness-{name}, recorded order" for name in ("fan", "lanes", "mosaic")
    ]
    for figures in plans.values():
        assert 1 <= figures["best / bound"] < 2
        assert 0.9 < figures["board / best"] < 1.5
    picture = ET.fromstring(chart.read_text())
    words = {element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert {"likeness-fan", "likeness-lanes", "likeness-mosaic", "1.00"} <= words


def test_heft_gives_each_worker_one_task_at_a_time_after_what_it_needs() -> None:
    for plan in json.loads(python("-c", _HEFT)):
        placed: list[list[int]] = plan["placed"]
        for task, needs in enumerate(plan["needs"]):
            begin, end = placed[task][1:]
            assert end - begin == plan["runtimes"][task]
            for upstream in needs:
                assert placed[upstream][2] <= begin
        for worker in range(3):
            mine = sorted((begin, end) for on, begin, end in placed if on == worker)
            for (_, end), (begin, _) in pairwise(mine):
                assert end <= begin
        assert plan["bound"] <= min(plan["exact"])
        assert plan["exact"][1] == max(end for _, _, end in placed)


_HEFT = """
import json
from benchmarks import schedules, workflows
print(json.dumps([
    {
        "needs": plan.needs,
        "runtimes": plan.runtimes_ms,
        "placed": schedules.heft_schedule(plan, 3),
        "bound": plan.shortest_ms(3),
        "exact": [schedule(plan, 3) for schedule in schedules.EXACT],
    }
    for plan in workflows.likenesses()
]))
"""


def test_the_rules_differ_where_they_should() -> None:
    # Two workers; the last two tasks are the short head of a long chain.
    assert json.loads(python("-c", _RULES)) == {
        "by_upward_rank": 8,
        "heft": 8,
        "longest_first": 11,
        "by_both_directions": 8,
        "by_chain_and_length": 11,
        "backward": 8,
        "first_in": 11,
    }


_RULES = """
import json
from benchmarks import schedules
from benchmarks.workflows import Workflow
plan = Workflow("w", (4, 4, 6, 1), ((), (), (3,), ()))
rules = (*schedules.EXACT, schedules.first_in)
print(json.dumps({rule.__name__: rule(plan, 2) for rule in rules}))
"""


def test_a_recorded_workflow_is_read_with_its_runtimes_and_parents(tmp_path: Path) -> None:
    path = tmp_path / "some-run-001.json"
    tasks = [
        {"id": "late", "name": "late", "parents": ["Early"], "children": []},
        {"id": "Early", "name": "early", "parents": [], "children": ["late"]},
    ]
    runs = [
        {"id": "Early", "runtimeInSeconds": 1.5},
        {"id": "late", "runtimeInSeconds": 0.0},
    ]
    document = {
        "name": "some-run",
        "schemaVersion": "1.5",
        "workflow": {"specification": {"tasks": tasks}, "execution": {"tasks": runs}},
    }
    path.write_text(json.dumps(document))
    assert json.loads(python("-c", _READ, str(path))) == ["some", [0, 1500], [[1], []], [1, 0]]


_READ = """
import json, sys
from pathlib import Path
from benchmarks import workflows
plan = workflows.read(Path(sys.argv[1]))
print(json.dumps([plan.name, plan.runtimes_ms, plan.needs, plan.topological]))
"""
