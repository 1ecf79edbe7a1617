"""Plans in several formats, and boards out again, by the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cli_runs import Cli

from patience import PATIENCE_S
from real_plans import REAL, needs_real_plans

ALONE = [[path.name] for path in sorted(REAL.glob("*/*.json*")) if "gastown" not in path.name]
TOGETHER = sorted(path.name for path in (REAL / "beads").glob("gastown*"))

CHECKLIST = "# Plan\n\n- [x] Design {#design}\n- [ ] Build (needs: design)\n"


@needs_real_plans
@pytest.mark.parametrize("names", [*ALONE, TOGETHER], ids=lambda names: "".join(names[:1]))
def test_every_real_file_comes_in_and_goes_out_again_equal(
    cli: Cli, tmp_path: Path, names: list[str]
) -> None:
    paths = [str(next(REAL.glob(f"*/{name}"))) for name in names]
    assert cli("import", *paths, "--dry-run", "--json").json["dry_run"]
    added = cli("import", *paths, "--json").json["added"]
    assert added == sum(cli("status", "--json").json["counts"].values())
    first = cli("export").out
    (tmp_path / "plan.json").write_text(first)
    cli("import", "plan.json", "--into", "again", "--quiet")
    assert cli("export", "--board", "again").out == first
    assert cli("verify", "--json").json["ok"]


def test_a_plan_goes_to_the_board_that_is_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "PLAN.md").write_text(CHECKLIST)
    assert cli("import", "PLAN.md", "--into", "other", "--dry-run").out.endswith(
        "would add 2 tasks and 1 edge (1 done, 1 ready)\nnext: the same without --dry-run\n"
    )
    cli("import", "PLAN.md", "--into", "other")
    assert cli("status", "--board", "other", "--json").json["counts"] == {"ready": 1, "done": 1}


def test_a_board_whose_name_has_blanks_is_quoted_in_the_hint(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text("- [ ] a\n")
    ran = cli("import", "plan.md", "--into", "my plan")
    assert ran.out.splitlines()[-1].endswith("status --board 'my plan'")


def test_importing_again_updates_and_says_what_it_left(cli: Cli, tmp_path: Path) -> None:
    plan = tmp_path / "PLAN.md"
    plan.write_text(CHECKLIST)
    cli("import", "PLAN.md")
    cli("claim", "build")
    plan.write_text(CHECKLIST.replace("(needs: design)", "(needs: design, docs)") + "- [ ] Docs\n")
    cli("import", "PLAN.md", code=1)
    ran = cli("import", "PLAN.md", "--update", "--quiet")
    assert ran.out.startswith("added 1 task and 0 edges (1 ready)\n")
    assert "build: needs stays as it is: build is being worked on by tester/" in ran.out
    assert "different things" in cli("import", "PLAN.md", "--update", "--skip", code=1).err


def test_importing_again_clears_what_the_file_has_lost(cli: Cli, tmp_path: Path) -> None:
    plan = tmp_path / "PLAN.md"
    plan.write_text("- [ ] Build {#build} (estimate: 2h)\n  Mind the gap.\n")
    cli("import", "PLAN.md")
    cli("edit", "build", "--acceptance", "it builds")
    plan.write_text("- [ ] Build {#build}\n")
    would = cli("import", "PLAN.md", "--update", "--quiet", "--dry-run").out
    assert "cleared, because the plan says it no more: estimate of build" in would
    assert cli("import", "PLAN.md", "--update", "--json").json["cleared"] == {
        "spec": ["build"],
        "estimate": ["build"],
    }
    task = cli("graph", "build", "--json").json
    assert (task.get("spec"), task.get("estimate")) == (None, None)
    assert task["acceptance"] == ["it builds"], "a checklist has no place for it"


def test_a_tag_of_task_master_is_a_board_of_its_own(cli: Cli, tmp_path: Path) -> None:
    task: dict[str, Any] = {"id": 1, "title": "One", "dependencies": []}
    plan = {"master": {"tasks": [task]}, "v2": {"tasks": [task, task | {"id": 2}]}}
    (tmp_path / "tasks.json").write_text(json.dumps(plan))
    cli("import", "tasks.json", "--tag", "v2", "--into", "v2")
    assert cli("status", "--board", "v2", "--json").json["counts"] == {"ready": 2}


@pytest.mark.parametrize("format", ["json", "adm", "beads", "mermaid", "dot", "svg", "html"])
def test_each_format_goes_to_a_pipe_or_a_file(cli: Cli, tmp_path: Path, format: str) -> None:
    cli("add", "a", "--title", "Design")
    cli("add", "b", "--needs", "a")
    piped = cli("export", "--format", format).out
    cli("export", "--format", format, "--output", "out")
    written = (tmp_path / "out").read_text()
    assert written == piped
    assert "Design" in written
    assert cli("export", "--format", format, "--json").json["content"] == written


def test_a_dash_is_standard_output(cli: Cli, tmp_path: Path) -> None:
    cli("add", "a")
    assert cli("export", "-o", "-").out == cli("export").out
    assert cli("export", "-o", "-", "--json").json["content"] == cli("export").out
    assert not (tmp_path / "-").exists()
    cli("export", "-o", str(tmp_path / "-"))
    assert (tmp_path / "-").exists(), "a path with that name is a file"


def test_what_an_export_loses_is_said_beside_it(cli: Cli) -> None:
    cli("add", "a", "--estimate", "10", "--paths", "src/**")
    ran = cli("export", "--format", "adm")
    assert ran.err == "dropped, 1: estimate: a manifest has no place for it (a)\n"


def test_things_that_do_not_go_together_are_refused(cli: Cli) -> None:
    cli("add", "a")
    assert "there is no format" in cli("export", "--format", "png", code=1).err
    assert "different things" in cli("export", "--format", "svg", "--task", "a", code=1).err
    assert "--to DIR" in cli("export", "--watch", code=1).err
    assert "no task 'x'" in cli("export", "--task", "x", code=1).err
    assert cli("export", "--task", "a").out.startswith("# a\n")


def test_watched_files_follow_other_processes_until_interrupted(
    cli: Cli, tmp_path: Path, environment: dict[str, str]
) -> None:
    cli("add", "a")
    out = tmp_path / "out"
    with subprocess.Popen(
        [sys.executable, "-m", "headwater", "export", "--to", str(out), "--watch", "--json"],
        env=environment | {"PYTHONUNBUFFERED": "1"},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as watcher:
        assert watcher.stdout is not None
        assert "STATUS.md" in json.loads(watcher.stdout.readline())["changed"]
        cli("add", "b", "--needs", "a")
        deadline = time.monotonic() + PATIENCE_S
        while "tasks/b.md" not in json.loads(watcher.stdout.readline())["changed"]:
            assert time.monotonic() < deadline
        os.kill(watcher.pid, signal.SIGINT)
        assert watcher.wait(PATIENCE_S) == 130
    assert [t["key"] for t in json.loads((out / "state.json").read_text())["tasks"]] == ["a", "b"]


def test_a_device_or_a_pipe_takes_the_export_and_stays_what_it_is(cli: Cli, tmp_path: Path) -> None:
    cli("add", "a")
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE) as reader:
        cli("export", "--format", "mermaid", "-o", "pipe")
        assert reader.communicate(timeout=PATIENCE_S)[0].startswith(b"flowchart TD\n")
    assert (tmp_path / "pipe").is_fifo()
    (tmp_path / "newest.json").symlink_to("board.json")
    cli("export", "-o", "newest.json")
    assert (tmp_path / "newest.json").is_symlink()
    assert json.loads((tmp_path / "board.json").read_text())["tasks"] == [{"key": "a"}]
