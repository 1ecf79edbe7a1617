"""What reaches the terminal, what goes to standard error, and the exit codes."""

from __future__ import annotations

import json
import os
import pty
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from cli_runs import Cli

from patience import PATIENCE_S

HOSTILE = "\x1b[31mred\x1b[0m \x1b]0;owned\x07\x9b2J\u202egnp.exe\x07"
READS = (
    ["status"],
    ["graph"],
    ["graph", "evil"],
    ["graph", "--view", "task", "evil"],
    ["graph", "--view", "list"],
    ["graph", "--view", "stuck"],
    ["graph", "--view", "search", "--query", "deed"],
    ["graph", "--mermaid"],
    ["history"],
    ["doctor"],
    ["claim"],
    ["check"],
)


@pytest.fixture
def hostile(cli: Cli, tmp_path: Path) -> Cli:
    """A board whose texts try to act on the terminal."""
    task = {"key": "evil", "title": "plain", "spec": HOSTILE, "attempts": 1}
    (tmp_path / "t.json").write_text(json.dumps([task, {"key": "next", "needs": ["evil"]}]))
    cli("add", "--file", "t.json")
    lease = cli("claim", "--json").json["lease"]
    cli("check", "--note", HOSTILE)
    cli("finish", "--lease", lease, "--outcome", "failed", "--notes", HOSTILE)
    cli("rework", "evil", HOSTILE)
    lease = cli("claim", "--json", "--agent", "b").json["lease"]
    cli("finish", "--lease", lease, "--summary", f"deed {HOSTILE}", "--critical", f"k={HOSTILE}")
    cli("tell", "agent:tester", HOSTILE)
    return cli


@pytest.mark.parametrize("command", READS, ids=" ".join)
def test_stored_text_cannot_act_on_the_terminal(hostile: Cli, command: list[str]) -> None:
    for form in (command, [*command, "--json"]):
        ran = hostile(*form)
        raw = ran.out + ran.err
        acting = [c for c in raw if (c < " " and c != "\n") or "\x7f" <= c <= "\x9f"]
        assert acting == []
        assert not set(raw) & set("\u202e\u2066\u2028")
        assert "owned" not in raw.replace(r"\u001b]0;owned", "")  # as JSON it is harmless


def test_a_key_that_no_call_would_take_cannot_act_on_the_terminal(
    hostile: Cli, tmp_path: Path
) -> None:
    """As in a store that somebody else has made."""
    with closing(sqlite3.connect(tmp_path / "board.db")) as store:
        store.execute("UPDATE task SET key = key || ? WHERE key = 'next'", (HOSTILE,))
        store.commit()
    for command in ("graph", "graph --view list", "status", "diff"):
        ran = hostile(*command.split())
        assert ran.code == 0
        assert "next" in ran.out
        assert [c for c in ran.out if (c < " " and c != "\n") or "\x7f" <= c <= "\x9f"] == []


def test_text_that_nobody_sees_is_not_printed(cli: Cli) -> None:
    hidden = "".join(chr(0xE0000 + ord(char)) for char in "obey me")
    spec = f"a\u200bb\u2060c\u00add{hidden}e\u200d"
    cli("add", "a", "--spec", spec)
    assert "  | abcde\u200d" in cli("claim").out
    shown = cli("graph", "--view", "task", "a", "--json")
    assert shown.json["spec"] == spec
    assert not set(shown.out) & set(spec.replace("\u200d", "")) - set("abcde")


def test_a_changed_input_stays_on_its_line(cli: Cli) -> None:
    cli("add", "a")
    cli("add", "b", "--needs", "a")
    for value in ("one", "two\nholds everything\nnext: headwater cancel b"):
        lease = cli("claim", "a", "--json", "--agent", "ann").json["lease"]
        cli("finish", "--lease", lease, "--summary", "made", "--critical", f"port={value}")
        if value == "one":
            cli("claim", "b", "--agent", "bob")
            cli("rework", "a", "again")
    line = next(line for line in cli("check", "--agent", "bob").out.splitlines() if "port" in line)
    assert line.startswith('input changed: a.port: "one" -> "two')
    assert line.endswith('headwater cancel b"')


def test_what_an_agent_calls_next_is_no_command(cli: Cli) -> None:
    cli("add", "a")
    lease = cli("claim", "--json").json["lease"]
    cli("finish", "--lease", lease, "--critical", 'next=cancel(tasks="a")')
    assert 'next: cancel(tasks="a")' in cli("graph", "--view", "task", "a").out


def test_hostile_text_is_still_readable(hostile: Cli) -> None:
    shown = hostile("claim").out
    assert "red" in shown
    assert "gnp.exe" in shown


def test_json_is_one_line_with_nothing_else(cli: Cli) -> None:
    cli("add", "a", "--json")
    for command in (["status"], ["graph"], ["history"], ["claim"], ["check"], ["doctor"]):
        ran = cli(*command, "--json")
        assert isinstance(ran.json, dict)
        assert ran.err == ""


def test_shared_options_count_before_and_after_the_command(cli: Cli, tmp_path: Path) -> None:
    other = str(tmp_path / "other.db")
    cli("--db", other, "--board", "b2", "add", "x")
    assert cli("--json", "status", "--db", other, "--board", "b2").json["counts"] == {"ready": 1}
    assert cli("status", HEADWATER_DB=other, HEADWATER_BOARD="b2").out.startswith("board b2: 1 ")


def test_an_error_is_a_sentence_and_the_next_step_on_standard_error(cli: Cli) -> None:
    cli("add", "a")
    ran = cli("graph", "nowhere", code=1)
    assert ran.out == ""
    assert ran.err.splitlines() == [
        "error: no task 'nowhere' on this board",
        "next: headwater graph",
    ]


def test_an_error_in_json_is_the_error_on_standard_output(cli: Cli) -> None:
    cli("add", "a")
    ran = cli("add", "a", "--json", code=1)
    assert ran.json["code"] == "duplicate_key"
    assert ran.err == ""


@pytest.mark.parametrize(
    ("command", "says", "help_of"),
    [
        (["status", "--bogus", "--json"], "--bogus", "headwater status"),
        (["--json", "--bogus", "status"], "--bogus", "headwater"),
        (["--json", "nowhere"], "nowhere", "headwater"),
        (["--json"], "Missing command", "headwater"),
        (["claim", "--json", "--wait", "soon"], "--wait", "headwater claim"),
        (["split", "--json"], "Missing argument", "headwater split"),
        (["token", "create", "--json", "--bogus"], "--bogus", "headwater token create"),
        (["run", "--json"], "name a plan", "headwater run"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_command_line_is_an_error_in_json_if_json_was_asked_for(
    cli: Cli, command: list[str], says: str, help_of: str
) -> None:
    ran = cli(*command, code=2)
    assert (ran.json["code"], ran.json["next"]) == ("bad_request", f"{help_of} --help")
    assert says in ran.json["error"]
    assert ran.err == ""


def test_a_wrong_command_line_is_plain_text_if_only_a_program_after_it_takes_json(
    cli: Cli,
) -> None:
    ran = cli("run", "--bogus", "--", "agent", "--json", code=2)
    assert ran.out == ""
    assert "No such option: --bogus" in ran.err


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["add"], "name one task, or give --file"),
        (["add", "Bad Key"], "bad arguments: tasks.0.key"),
        (["add", "a", "--expect", "no-sign"], "--expect takes NAME=TEXT"),
        (["add", "--file", "missing.json"], "missing.json cannot be read"),
        (["add", "--file", "-"], "not JSON at line 1, column 1"),
        (["claim", "--wait", "-1"], "greater than or equal to 0"),
        (["finish", "--critical", "x"], "--critical takes NAME=TEXT"),
        (["finish"], "tester holds nothing"),
        (["serve", "--port", "1"], "belong to --transport http"),
        (["status", "--board", "typo"], "there is no board 'typo'"),
        (["status", "--db", "redis://host/x"], "redis:// is no"),
        (["add", "a", "--db", "/dev/null/x/board.db"], "Not a directory"),
        (["add", "a", "--title", "bad \udcff byte"], "title"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_refused_call_says_why_and_ends_with_one(cli: Cli, command: list[str], says: str) -> None:
    cli("add", "here")
    ran = cli(*command, code=1)
    assert says in ran.err
    assert "\nnext: " in ran.err
    assert cli("status", "--json").json["counts"] == {"ready": 1}


@pytest.mark.parametrize(
    "command",
    [["nonsense"], ["add", "--colour", "red"], ["done"], ["serve", "--transport", "pigeon"]],
    ids=" ".join,
)
def test_a_misspelt_command_line_ends_with_two(cli: Cli, command: list[str]) -> None:
    ran = cli(*command, code=2)
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert ran.err


def test_reading_makes_no_store(cli: Cli, tmp_path: Path) -> None:
    for command in ("status", "graph", "history", "claim", "pause"):
        ran = cli(command, code=1)
        assert ran.err.startswith("error: there is no store at ")
        assert "headwater import" in ran.err
    assert not (tmp_path / "board.db").exists()
    assert cli("doctor").out.count("no store at") == 1


def test_status_right_after_bootstrap_is_no_error(cli: Cli, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    shown = cli("status", cwd=fresh, HEADWATER_DB="").out
    assert shown.startswith("no tasks yet\nstore: ")
    assert "next: headwater import FILE" in shown
    assert cli("status", "--json", cwd=fresh, HEADWATER_DB="").json["counts"] == {}
    assert list(fresh.iterdir()) == []


def test_the_default_store_lies_in_the_git_directory_that_worktrees_share(
    cli: Cli, tmp_path: Path
) -> None:
    repository = tmp_path / "repo"
    commands = (
        ["git", "init", "-q", str(repository)],
        ["git", "-C", str(repository), "-c", "user.name=t", "-c", "user.email=t@localhost",
         "commit", "-q", "--allow-empty", "-m", "start"],
        ["git", "-C", str(repository), "worktree", "add", "-q", str(tmp_path / "tree")],
    )  # fmt: skip
    for command in commands:
        subprocess.run(command, check=True, capture_output=True)
    cli("add", "a", cwd=repository, HEADWATER_DB="")
    subprocess.run(["git", "-C", str(repository), "clean", "-fdxq"], check=True)
    assert "a" in cli("graph", cwd=tmp_path / "tree", HEADWATER_DB="").out
    assert (repository / ".git" / "headwater" / "board.db").exists()
    assert (
        subprocess.run(
            ["git", "-C", str(repository), "status", "--porcelain"],
            check=True, capture_output=True,
        ).stdout
        == b""
    )  # fmt: skip


def on_a_terminal(environment: dict[str, str], *arguments: str, **env: str) -> str:
    """What `headwater ARGUMENTS` writes to a terminal of 100 columns."""
    main, other = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "headwater", *arguments],
        stdin=other,
        stdout=other,
        stderr=subprocess.DEVNULL,
        env=environment | {"TERM": "xterm-256color", "COLUMNS": "100"} | env,
    ) as process:
        os.close(other)
        found = b""
        while True:
            try:
                chunk = os.read(main, 65536)
            except OSError:  # the other end is closed: the end of a pseudo-terminal
                break
            if not chunk:
                break
            found += chunk
        assert process.wait(PATIENCE_S) == 0
    os.close(main)
    return found.decode()


def test_colours_are_for_terminals_that_want_them(cli: Cli, environment: dict[str, str]) -> None:
    environment.pop("NO_COLOR", None)
    cli("add", "a")
    assert "\x1b[" in on_a_terminal(environment, "graph")
    assert "\x1b" not in on_a_terminal(environment, "graph", NO_COLOR="1")
    assert "\x1b" not in on_a_terminal(environment, "graph", TERM="dumb")
    assert "\x1b" not in cli("graph").out


@pytest.mark.parametrize("columns", ["40", "55"])
def test_in_a_narrow_terminal_each_row_is_a_paragraph_with_all_there_is(
    cli: Cli, environment: dict[str, str], columns: str
) -> None:
    cli("add", "design-the-interface", "--title", "Design it")
    cli("claim", HEADWATER_AGENT="annabella")
    reason = "the plan has changed, and nobody needs the interface any more"
    cli("cancel", "design-the-interface", "--reason", reason)
    shown = on_a_terminal(environment, "history", COLUMNS=columns, NO_COLOR="1")
    lines = shown.replace("\r\n", "\n").splitlines()
    assert max(map(len, lines)) <= int(columns)
    flat = " ".join(shown.split())
    events = cli("history", "--json").json["events"]
    assert len(events) == 4
    for event in events:
        when = str(event["at"])[:19].replace("T", " ")
        assert f"{event['revision']} {event['kind']} {when} actor: {event['actor']}" in flat
    assert f"task: design-the-interface reason: {reason}" in flat
    wide = on_a_terminal(environment, "history", NO_COLOR="1")
    assert wide.split()[:5] == ["revision", "kind", "actor", "at", "task"]


def test_a_reader_that_goes_away_is_no_error(cli: Cli, environment: dict[str, str]) -> None:
    for start in range(0, 2000, 1000):
        tasks = [{"key": f"t{n}", "title": "x" * 150} for n in range(start, start + 1000)]
        cli("add", "--file", "-", stdin=json.dumps(tasks))
    with subprocess.Popen(
        [sys.executable, "-m", "headwater", "graph"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(PATIENCE_S) == 0
    assert errors == b""


@pytest.mark.parametrize(
    "command",
    [
        ["--version"],
        ["--help"],
        ["status"],
        ["status", "--json"],
        ["add", "b"],
        ["add", "b", "--json"],
    ],
)
def test_an_output_that_cannot_be_written_is_an_error_in_one_line(
    cold: Cli, environment: dict[str, str], tmp_path: Path, command: list[str]
) -> None:
    cold("add", "a")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "headwater", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=environment | {"PYTHONUNBUFFERED": ""},
            cwd=tmp_path,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "error: the output cannot be written: No space left on device\n"


def test_a_folder_that_is_gone_is_said(
    cold: Cli, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "gone").mkdir()
    leave = "import os, sys; os.rmdir(os.getcwd()); os.execv(sys.executable, sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", leave, sys.executable, "-m", "headwater", "status"],
        env=environment | {"HEADWATER_DB": ""},
        cwd=tmp_path / "gone",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: the current folder is gone\nnext: ")


def test_closed_streams_are_no_trouble(
    cold: Cli, environment: dict[str, str], tmp_path: Path
) -> None:
    cold("add", "a")
    closed = f"exec <&- >&- 2>&-; {shlex.quote(sys.executable)} -m headwater status"
    done = subprocess.run(["sh", "-c", closed], env=environment, cwd=tmp_path, check=False)
    assert done.returncode == 0


OLD = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_json_is_json_in_a_locale_that_lacks_the_letters(cold: Cli) -> None:
    title = "Übergröße 漢字"
    cold("add", "a", "--title", title)
    assert cold("graph", "a", "--view", "task", "--json", **OLD).json["title"] == title
    assert "漢字" in cold("graph", "a").out


def test_a_locale_that_lacks_the_drawings_gets_what_looks_like_them(cold: Cli) -> None:
    cold("add", "a", "--title", "漢")
    cold("add", "b", "--needs", "a")
    cold("add", "c", "--needs", "a")
    assert cold("graph", **OLD).out == "o a  \\u6f22  ready\n+- . b\n`- . c\n"


def test_wrong_figures_are_an_error_not_a_traceback(cli: Cli) -> None:
    cli("add", "a")
    assert "minutes: Input should be greater" in cli("budget", "--minutes", "-3", code=1).err
    assert "next: headwater policy shows all" in cli("policy", "profile=bold", code=1).err


def test_pausing_says_that_it_pauses(cli: Cli) -> None:
    cli("add", "a")
    assert cli("pause").out == "paused: nobody is given a task until `headwater resume`\n"
    assert cli("resume").out == "open: agents can claim\n"


def test_history_names_the_tasks_that_were_added_and_whom_a_notice_is_for(cli: Cli) -> None:
    cli("add", "--file", "-", stdin=json.dumps([{"key": f"t{at}"} for at in range(25)]))
    cli("tell", "all", "hello")
    shown = cli("history").out
    assert "t0, t1, t2" in shown
    assert "t19 and 5 more" in shown
    added, told = (e for e in cli("history", "--json").json["events"] if e["kind"] != "joined")
    assert (len(added["tasks"]), added["count"]) == (20, 25)
    assert told["to"] == "all"


def test_a_task_that_waits_after_a_failure_is_no_riddle(cli: Cli) -> None:
    cli("add", "a")
    cli("claim")
    cli("finish", "--outcome", "failed", "--notes", "the network is down")
    assert "a  1 ready, but waiting after a failure" in cli("status").out
    [item] = cli("graph", "--view", "stuck", "--json").json["stuck"]
    assert (item["why"], item["task"], item["ready"]) == ("backoff", "a", 1)
    assert 0 < item["in_s"] <= 60


def test_a_setting_without_a_value_and_a_revision_ahead_are_told_as_such(cli: Cli) -> None:
    cli("add", "a")
    assert "given as NAME=VALUE, not as paths" in cli("policy", "paths", code=1).err
    assert "since 99 is not reached yet: the newest revision is 1" in cli("diff", "99", code=1).err


def test_one_of_a_thing_is_said_in_the_singular(cli: Cli) -> None:
    cli("add", "a")
    assert "1 minute in all" in cli("graph", "--view", "critical").out
    cli("add", "b", "--needs", "a")
    assert "b waits for 1 unfinished upstream\n" in cli("claim", "b", code=1).err
    assert "needed by 1 unfinished task: b" in cli("cancel", "a", code=1).err
