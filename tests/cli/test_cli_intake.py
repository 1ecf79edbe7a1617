"""Proposals from a real git repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_runs import Cli

from file_modes import obeying


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "src").mkdir(parents=True)
    (root / ".gitignore").write_text("built.py\n")
    (root / "built.py").write_text("# TODO: not mine\n")
    (root / "src" / "a.py").write_text("# TODO: one\n")
    (root / "PLAN.md").write_text("- [ ] Build {#build}\n- [ ] Ship (needs: build)\n")
    (root / "blob.py").write_bytes(b"# TODO: binary\0")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def test_proposals_are_a_plan_on_standard_output(cli: Cli, repository: Path) -> None:
    ran = cli("intake", cwd=repository)
    tasks = json.loads(ran.out)["tasks"]
    assert [task["key"].partition("-")[0] for task in tasks] == ["plan", "plan", "todo"]
    assert "kept, 1: a TODO comment (src/a.py:1)" in ran.err
    (repository / "plan.json").write_text(ran.out)
    assert "added 3 tasks and 1 edge" in cli("import", "plan.json", cwd=repository).out


def test_proposals_are_added_after_a_question_and_only_once(cli: Cli, repository: Path) -> None:
    refused = cli("intake", str(repository), "--apply", stdin="n\n", code=1)
    assert "Add 3 tasks to board default?" in refused.err
    unasked = cli("intake", str(repository), "--apply", "--json", code=1)
    assert "nothing was added" in unasked.json["error"]
    failed = '{"jobs": []}'
    unasked = cli("intake", str(repository), "--apply", "--results", "-", stdin=failed, code=1)
    assert "with the results on standard input nothing is asked" in unasked.err
    assert "added 3 tasks" in cli("intake", str(repository), "--apply", stdin="y\n").out
    again = cli("intake", str(repository), "--apply", "--yes", "--json").json
    assert (again["added"], again["skipped"]) == (0, 3)


def test_files_that_are_too_many_to_look_at_are_told_of(cli: Cli, repository: Path) -> None:
    entries = "".join(f"100644 {'0' * 39}1\tz/{number}\n" for number in range(50_000))
    add = ["git", "-C", str(repository), "update-index", "--index-info"]
    subprocess.run(add, input=entries, text=True, check=True)
    assert "only the first 50000 of 50004 files are looked at" in cli("intake", cwd=repository).err


def test_a_place_without_anything_says_so(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no git repository" in cli("intake", "empty", code=1).err
    subprocess.run(["git", "init", "-q", str(tmp_path / "empty")], check=True)
    assert "nothing to propose" in cli("intake", "empty", code=1).err


def test_a_folder_of_a_repository_is_proposed_by_the_paths_of_the_repository(
    cli: Cli, repository: Path
) -> None:
    (task,) = json.loads(cli("intake", cwd=repository / "src").out)["tasks"]
    whole = json.loads(cli("intake", cwd=repository).out)["tasks"]
    assert task["paths"] == ["src/a.py"]
    assert task in whole


def test_files_that_cannot_be_read_or_named_are_left_out(cli: Cli, repository: Path) -> None:
    closed = repository / "src" / "closed.py"
    closed.write_text("# TODO: two\n")
    closed.chmod(0)
    with Path(os.fsdecode(bytes(repository / "src") + b"/caf\xe9.py")).open("w") as odd:
        odd.write("# TODO: three\n")
    command = [*obeying(), sys.executable, "-m", "headwater", "intake"]
    ran = subprocess.run(command, cwd=repository, capture_output=True, check=True, text=True)
    assert [task["paths"] for task in json.loads(ran.stdout)["tasks"] if "paths" in task] == [
        ["src/a.py"]
    ]
    assert "left out: src/closed.py: Permission denied" in ran.stderr


def test_a_byte_order_mark_hides_nothing(cli: Cli, repository: Path) -> None:
    plan = repository / "PLAN.md"
    plan.write_text(plan.read_text(), encoding="utf-8-sig")
    failed = '<testsuite><testcase name="t"><failure message="no"/></testcase></testsuite>'
    (repository / "tests.xml").write_text(failed, encoding="utf-8-sig")
    tasks = json.loads(cli("intake", "--results", "tests.xml", cwd=repository).out)["tasks"]
    found = [task["key"].partition("-")[0] for task in tasks]
    assert sorted(found) == ["plan", "plan", "tests", "todo"]


def test_failing_jobs_are_named_or_read_from_a_file(cli: Cli, repository: Path) -> None:
    workflows = repository / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "ci.yml").write_text("jobs:\n  lint:\n  test:\n  ship:\n    needs: test\n")

    def jobs(*arguments: str) -> dict[str, list[str]]:
        tasks = json.loads(cli("intake", *arguments, cwd=repository).out)["tasks"]
        return {t["key"]: t.get("candidates", []) for t in tasks if t["group"] == "ci"}

    assert jobs().keys() == {"ci-ci-lint", "ci-ci-test", "ci-ci-ship"}
    failed = {"ci-ci-test": [], "ci-ci-ship": ["ci-ci-test"]}
    assert jobs("--failing", "test") == failed
    run = {"jobs": [{"name": "test", "conclusion": "failure"}]}
    (repository / "run.json").write_text(json.dumps(run))
    assert jobs("--results", "run.json") == failed
    refused = cli("intake", "--failing", "tset", cwd=repository, code=1).err
    assert "there is no CI job tset" in refused
    assert "jobs: lint, test, ship" in refused
    unreadable = cli("intake", "--failing", "te\udcff", cwd=repository, code=1).err
    assert "--failing: the name is no text" in unreadable
    assert (
        "neither JSON nor XML" in cli("intake", "--results", "PLAN.md", cwd=repository, code=1).err
    )
