"""What `headwater run` and `headwater worktrees` make of their options."""

from __future__ import annotations

import json
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from repository import WRITE, Repo
from typer.testing import CliRunner

from headwater.cli.app import app
from headwater.errors import BadRequest
from headwater.graph.shared_files import shared_files
from headwater.runner.presets import NAMES, Server, preset

PLAN = [
    {"key": "a", "estimate": 5, "group": "batch-1"},
    {"key": "b", "estimate": 10, "group": "batch-1", "needs": ["a"], "budget": {"usd": 2}},
    {"key": "c", "estimate": 20, "group": "batch-2"},
]


import_module("headwater.cli.commands.run")  # registers the commands


def call(repo: Repo, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*arguments, "--db", str(repo.store)], catch_exceptions=False)
    return done.exit_code, " ".join(done.output.split())


@pytest.fixture(autouse=True)
def inside(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.root)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name a plan"),
        (["nowhere.json", "--", "true"], "nowhere.json cannot be read"),
        (["PLAN", "--agents", "2", "--split", "1", "--", "true"], "exclude each other"),
        (["--resume", "--", "true"], "PLAN -- COMMAND goes on with another command"),
        (["--resume"], "there is no store"),
        (["--resume", "--dry-run"], "there is no run of this board"),
        (["PLAN"], "no command"),
        (["PLAN", "--agent", "hal"], "no preset 'hal'"),
        (["PLAN", "--", "no-such-program", "-p"], "no program 'no-such-program'"),
        (["PLAN", "--", "./README"], "README' that can be run"),
        (["PLAN", "--base", "nowhere", "--", "true"], "no such branch or commit"),
    ],
)
def test_what_cannot_start_ends_with_two(repo: Repo, arguments: list[str], words: str) -> None:
    plan = str(repo.write_plan(PLAN))
    at = arguments.index("--") if "--" in arguments else len(arguments)
    given = [plan if one == "PLAN" else one for one in arguments]
    done = CliRunner().invoke(
        app, ["run", *given[:at], "--db", str(repo.store), *given[at:]], catch_exceptions=False
    )
    assert (done.exit_code, words in " ".join(done.output.split())) == (2, True), done.output


def test_where_no_worktree_can_be_made_nothing_starts(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(repo.root / "README"))
    with pytest.raises(BadRequest, match=r"no worktrees in .*README") as refusal:
        repo.run([{"key": "a"}], WRITE)
    assert "XDG_CACHE_HOME" in refusal.value.next
    with repo.board() as board:
        assert not board.graph(view="list").tasks


def test_outside_a_repository_it_says_so(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, outside = repo.write_plan(PLAN), tmp_path / "outside"
    outside.mkdir()
    monkeypatch.chdir(outside)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    done = CliRunner().invoke(
        app, ["run", str(plan), "--db", str(repo.store), "--", "true"], catch_exceptions=False
    )
    assert done.exit_code == 2
    assert "outside is in no git repository" in " ".join(done.output.split())


def test_changed_files_must_be_committed_or_a_base_named(repo: Repo) -> None:
    (repo.root / "README").write_text("changed\n")
    with pytest.raises(BadRequest, match="not committed"):
        repo.run([{"key": "a"}], WRITE)
    assert repo.run([{"key": "a"}], WRITE, base="main").ok
    assert repo.files() == {"README", "a.txt"}
    assert (repo.root / "README").read_text() == "changed\n"


def test_a_merge_over_changed_files_waits_for_them(repo: Repo) -> None:
    (repo.root / "README").write_text("mine\n")
    ended = repo.run([{"key": "a"}], "echo theirs > README", base="main")
    assert not ended.ok
    assert "git merge failed" in ended.unmerged["a"]
    assert (repo.root / "README").read_text() == "mine\n"
    repo.git("checkout", "--quiet", "README")
    assert repo.run([], WRITE).ok
    assert (repo.root / "README").read_text() == "theirs\n"


def test_a_commit_as_base_gets_a_branch_of_its_own(repo: Repo) -> None:
    before = repo.git("rev-parse", "main")
    assert repo.run([{"key": "a"}], WRITE, base=before).ok
    assert repo.git("rev-parse", "main") == before
    assert repo.files("headwater/plan/_base") == {"README", "a.txt"}


def test_the_work_of_a_board_goes_into_one_branch(repo: Repo) -> None:
    repo.git("branch", "other")
    assert not repo.run([{"key": "a", "attempts": 1}], f"{WRITE}; exit 1").ok
    with pytest.raises(BadRequest, match="goes into main"):
        repo.run([{"key": "b"}], WRITE, base="other")


def test_another_commit_as_base_is_not_taken_for_the_one_before(repo: Repo) -> None:
    before = repo.git("rev-parse", "main")
    after = repo.commit({"more.txt": "more"})
    assert repo.run([{"key": "a"}], WRITE, base=before).ok
    with pytest.raises(BadRequest, match="does not contain"):
        repo.run([{"key": "b"}], WRITE, base=after)
    assert repo.run([{"key": "b"}], WRITE, base=before).ok


def test_a_base_branch_that_is_gone_is_named_and_another_can_be_given(repo: Repo) -> None:
    assert not repo.run([{"key": "a", "attempts": 1}], f"{WRITE}; exit 1").ok
    repo.git("branch", "--move", "main", "trunk")
    with pytest.raises(BadRequest, match="branch main"):
        repo.run([], WRITE, plan="")
    with repo.board() as board:
        assert board.graph(task="a").attempt == 1
        board.rework("a", "again")
    assert repo.run([], WRITE, plan="", base="trunk").ok
    assert repo.files("trunk") == {"README", "a.txt"}


def test_more_capabilities_than_a_session_has_are_refused_before_anything_starts(
    repo: Repo,
) -> None:
    tasks = [{"key": f"t{number}", "capabilities": [f"c{number}"]} for number in range(17)]
    with pytest.raises(BadRequest, match="17 different capabilities"):
        repo.run(tasks, WRITE)
    with repo.board() as board:
        assert not board.graph(view="list").tasks


@pytest.mark.timeout(30)
def test_a_split_ends_when_what_is_left_is_for_none_of_its_workers(repo: Repo) -> None:
    with repo.board() as board:
        board.add([{"key": "other", "capabilities": ["gpu"]}])
    ended = repo.run(PLAN, WRITE, split=1)
    assert ended.counts == {"done": 3, "ready": 1}


def test_a_split_that_is_resumed_with_a_number_of_agents_is_no_split_any_more(repo: Repo) -> None:
    assert not repo.run([{**one, "attempts": 1} for one in PLAN], "exit 1", split=1).ok
    with repo.board() as board:
        for key in ("a", "c"):
            board.rework(key, "again")
    assert repo.run([], WRITE, plan="", agents=3).ok
    assert (
        json.loads(next(repo.root.glob(".git/headwater/runs/*/run.json")).read_text())["split"] == 0
    )


def test_a_detached_head_needs_a_base(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--detach")
    with pytest.raises(BadRequest, match="no branch is checked out"):
        repo.run([{"key": "a"}], WRITE)


def test_a_split_works_the_first_batches_beside_the_rest(repo: Repo) -> None:
    assert repo.run(PLAN, WRITE, split=1).ok
    workers = {event.task: event.worker for event in repo.told("claimed")}
    assert workers == {"a": "plan-1", "b": "plan-1", "c": "plan-2"}


def test_a_dry_run_shows_waves_critical_path_makespan_and_cost(repo: Repo) -> None:
    plan = str(repo.write_plan(PLAN))
    code, said = call(repo, "run", plan, "--dry-run", "--agents", "2")
    assert code == 0
    assert "wave 1: a, c wave 2: b" in said
    assert "critical path: 20 min: c" in said
    assert "makespan: about 20 min with 2 agents" in said
    assert "cost: 35 agent minutes, 2 usd of task budgets" in said
    assert not repo.store.exists(), "it changes nothing"
    assert "about 35 min with 1" in call(repo, "run", plan, "--dry-run")[1]


def test_a_dry_run_counts_what_is_left_of_a_plan_in_work(repo: Repo) -> None:
    plan = str(repo.write_plan(PLAN))
    repo.run(PLAN, f"{WRITE}; test $HEADWATER_TASK = a")
    said = call(repo, "run", plan, "--dry-run")[1]
    assert "of 3 tasks 1 done or cancelled already, which" in said
    assert "wave 1: b, c critical path: 20 min: c" in said
    assert "cost: 30 agent minutes" in said
    with repo.board() as board:
        board.cancel(["b", "c"], reason="enough")
    assert call(repo, "run", plan, "--dry-run")[1].endswith("nothing is left to do")


def test_a_dry_run_of_what_would_be_gone_on_with_needs_no_plan(repo: Repo) -> None:
    repo.run(PLAN, f"{WRITE}; test $HEADWATER_TASK = a", agents=3)
    with repo.board() as board:
        board.add([{"key": "d", "estimate": 7, "needs": ["b"]}])
        before = board.revision()
    code, said = call(repo, "run", "--resume", "--dry-run")
    assert code == 0
    assert "on the board: 1 waiting, 1 done, 2 failed wave 1: b, c wave 2: d" in said
    assert "makespan: about 20 min with 3 agents" in said
    with repo.board() as board:
        assert board.revision() == before, "it changes nothing"
    as_json = json.loads(call(repo, "run", "--resume", "--dry-run", "--agents", "1", "--json")[1])
    assert as_json["counts"] == {"failed": 2, "done": 1, "waiting": 1}
    assert (as_json["agents"], as_json["makespan_minutes"]) == (1, 37)


def test_a_dry_run_of_a_split_that_would_be_gone_on_with_shows_its_streams(repo: Repo) -> None:
    repo.run([{**one, "attempts": 1} for one in PLAN], "exit 1", split=1)
    said = call(repo, "run", "--resume", "--dry-run")[1]
    assert "stream 1: a, b stream 2: c" in said


def test_a_dry_run_says_who_is_needed_beside_the_run(repo: Repo) -> None:
    tasks = [{"key": "a", "review": True}, {"key": "b"}]
    plan = str(repo.write_plan(tasks))
    asked = "by somebody beside the run (headwater claim --kind review --wait 600): "
    assert f"reviewed: 1 task {asked}a" in call(repo, "run", plan, "--dry-run")[1]
    with repo.board() as board:
        board.policy(review="always")
    assert f"reviewed: 2 tasks {asked}a, b" in call(repo, "run", plan, "--dry-run")[1]


def test_a_dry_run_names_tasks_in_the_same_files_that_have_no_order(repo: Repo) -> None:
    tasks = [
        {"key": "a", "paths": ["src/**"]},
        {"key": "b", "paths": ["src/b.py"], "needs": ["a"]},
        {"key": "c", "paths": ["docs/**"], "needs": ["b"]},
        {"key": "d", "paths": ["src/d.py", "SRC/B.py"]},
        {"key": "e", "paths": ["docs/e.md"], "state": "done"},
    ]
    plan = str(repo.write_plan(tasks))
    said = call(repo, "run", plan, "--dry-run")[1]
    assert (
        "files in common, without an order: 2 pairs of tasks, which may be worked at once "
        "(headwater policy paths=refuse keeps them apart): "
        "a and d (src/** and src/d.py), b and d (src/b.py) what does not merge" in said
    )
    with repo.board() as board:
        board.policy(paths="refuse", paths_fold=0)
    said = call(repo, "run", plan, "--dry-run")[1]
    assert "1 pair of tasks, which are not worked at once (policy paths=refuse)" in said
    with repo.board() as board:
        board.policy(paths="off")
    assert "files in common" not in call(repo, "run", plan, "--dry-run")[1]


def test_of_a_plan_whose_tasks_are_all_in_the_same_files_a_part_is_compared() -> None:
    paths = {f"t{number}": ["**"] for number in range(400)}
    pairs, are_all = shared_files(paths, dict.fromkeys(paths, ()), fold=False)
    assert (len(pairs), are_all) == (50_000, False)


def test_what_a_plan_says_and_a_run_does_not_take_over_is_said(repo: Repo) -> None:
    plan = repo.root.parent / "plan.md"
    plan.write_text("Some words.\n\n- [ ] One {#a}\n- [ ] Two {#b}\n")
    dropped = "is dropped: 1: text that belongs to no item (line 1: Some words.)"
    agent = ("--", "sh", "-c", WRITE)
    assert dropped in call(repo, "run", str(plan), "--dry-run")[1]
    with_store = ("run", str(plan), "--db", str(repo.store))
    first = CliRunner().invoke(app, [*with_store, *agent])
    assert (first.exit_code, dropped in first.output) == (0, True), first.output
    assert "otherwise" not in CliRunner().invoke(app, [*with_store, *agent]).output
    plan.write_text("- [ ] One {#a}\n- [ ] Two, but otherwise {#b}\n- [ ] Three {#c}\n")
    again = CliRunner().invoke(app, [*with_store, "--json", *agent])
    told = [json.loads(line) for line in again.output.splitlines()]
    assert [one["text"] for one in told if one["kind"] == "differs"] == ["b"]
    assert [one["task"] for one in told if one["kind"] == "merged"] == ["c"]


def test_the_rules_of_a_plan_become_the_boards_unless_it_has_others(repo: Repo) -> None:
    def work(task: str, rules: str) -> list[str]:
        """What is said to differ."""
        plan = repo.write_plan([{"key": task}])
        plan.write_text(json.dumps({**json.loads(plan.read_text()), "rules": rules}))
        where = ("--db", str(repo.store), "--json")
        done = CliRunner().invoke(app, ["run", str(plan), *where, "--", "sh", "-c", WRITE])
        assert done.exit_code == 0, done.output
        told = [json.loads(line) for line in done.output.splitlines()]
        return [one["text"] for one in told if one["kind"] == "differs"]

    assert work("a", "No network in tests.") == []
    assert work("b", "No network in tests.") == []
    assert work("c", "Any network.") == ["its rules"]
    with repo.board() as board:
        assert board.plan().rules == "No network in tests."


def test_a_dry_run_of_a_split_shows_the_streams(repo: Repo) -> None:
    plan = str(repo.write_plan(PLAN))
    said = json.loads(call(repo, "run", plan, "--dry-run", "--split", "1", "--json")[1])
    assert said["streams"] == [["a", "b"], ["c"]]
    assert said["makespan_minutes"] == 20


def test_a_dry_run_warns_of_a_plan_over_its_budget(repo: Repo) -> None:
    with repo.board() as board:
        board.budget(minutes=30)
    said = call(repo, "run", str(repo.write_plan(PLAN)), "--dry-run")[1]
    assert "30 of 30 minutes free" in said
    assert "needs 5 minutes more than its budget has" in said


def test_worktrees_lists_what_is_left_and_prunes_what_is_merged(repo: Repo) -> None:
    script = f"{WRITE}; test $HEADWATER_TASK != b"
    repo.run([{"key": "a"}, {"key": "b", "attempts": 1}], script, keep=True)
    said = json.loads(call(repo, "worktrees", "--json")[1])["worktrees"]
    assert {one["branch"]: (one["merged"], one["commits"] > 0) for one in said} == {
        "headwater/plan/a": (True, False),
        "headwater/plan/b": (False, True),
    }
    assert "removed headwater/plan/a" in call(repo, "worktrees", "--prune")[1]
    assert repo.branches() == ["headwater/plan/b", "main"]
    assert "headwater/plan/b: 1 commit not in main" in call(repo, "worktrees", "--prune")[1]


def test_pruning_leaves_uncommitted_work_and_unknown_branches_alone(repo: Repo) -> None:
    repo.run([{"key": "a"}], WRITE, keep=True)
    folder = next(line.split()[0] for line in repo.git("worktree", "list").splitlines()[1:])
    Path(folder, "new.txt").write_text("not committed")
    repo.git("branch", "headwater/elsewhere/x")
    said = call(repo, "worktrees", "--prune")[1]
    assert "removed" not in said
    assert "1 uncommitted file" in said
    assert "of a run that is not known here" in said
    assert Path(folder, "new.txt").read_text() == "not committed"


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_gives_the_agent_the_same_board(tmp_path: Path, name: str) -> None:
    server = Server(("/opt/headwater", "serve"), "/data/board.db", "plan")
    folder = tmp_path / "presets"
    folder.mkdir()
    made = preset(name, server, folder)
    files = "".join(path.read_text() for path in folder.iterdir())
    told = " ".join(made.command) + files
    assert made.command[0] == name
    assert "/opt/headwater" in told
    assert "HEADWATER_DB" in told
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, "the store's address may hold a password"
        json.loads(path.read_text())
        assert str(path) in told + str(made.variables)


def test_what_codex_is_told_is_toml(tmp_path: Path) -> None:
    command = ("/home/ann \U0001f30a/'x' \"y\"\\z/headwater", "serve", "\U0001f30a")
    made = preset("codex", Server(command, "/data/board.db", "plan"), tmp_path)
    told = [made.command[at + 1] for at, word in enumerate(made.command) if word == "-c"]
    entry = tomllib.loads("\n".join(told))["mcp_servers"]["headwater"]
    assert (entry["command"], *entry["args"]) == command
