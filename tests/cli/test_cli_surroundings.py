"""serve, bootstrap, doctor and demo: the command among other programs."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import anyio
import psutil
import pytest
from cli_runs import Cli
from mcp import Client, StdioServerParameters

from headwater import Board
from headwater.cli import doctor
from headwater.clock import ManualClock, SystemClock
from headwater.operations.caller import Caller
from patience import PATIENCE_S


def processes_on(store: str) -> list[psutil.Process]:
    """The processes that have the store on their command line."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if store in (process.info["cmdline"] or [])
    ]


def test_without_arguments_a_program_gets_an_mcp_server(environment: dict[str, str]) -> None:
    async def talk() -> list[str]:
        server = StdioServerParameters(
            command=sys.executable, args=["-m", "headwater"], env=environment
        )
        async with Client(server) as client:
            await client.call_tool("add", {"tasks": [{"key": "a"}]})
            reply = await client.call_tool("claim", {})
            assert reply.structured_content is not None
            return [str(reply.structured_content["task"])]

    assert anyio.run(talk) == ["a"]
    assert Path(environment["HEADWATER_DB"]).exists()


def test_http_serves_what_the_command_line_sees(cli: Cli, environment: dict[str, str]) -> None:
    async def add(url: str) -> None:
        async with Client(url) as client:
            await client.call_tool("add", {"tasks": [{"key": "by-http"}]})

    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "headwater",
            "serve",
            "--transport",
            "http",
            "--open",
            "--port",
            "0",
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "serving MCP at" in line)
        found = re.search(r"http://\S+", json.loads(line)["message"])
        assert found is not None
        anyio.run(add, found.group())
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    assert "by-http" in cli("graph").out


def test_a_token_is_not_made_for_all_boards_where_one_was_named(cli: Cli) -> None:
    ran = cli("token", "create", "--name", "bob", "--board", "plans", code=1)
    assert "--only plans" in ran.err
    assert cli("token", "create", "--name", "bob", "--only", "default", "--json").json[
        "boards"
    ] == ["default"]


def test_whose_token_was_found_somewhere_is_seen_by_how_it_begins(cli: Cli) -> None:
    made = cli("token", "create", "--name", "bob", "--json").json
    handle = made["begins_with"]
    assert made["token"].startswith(handle)
    listed = cli("token", "list").out
    assert listed == f"bob  work  all boards  valid, without end, begins with {handle}\n"
    assert made["token"] not in listed


def test_who_serves_by_tokens_needs_no_host_here(cli: Cli) -> None:
    cli("add", "a")
    assert "no agent's host is connected" in cli("doctor").out
    cli("token", "create", "--name", "bob")
    assert "no agent's host is connected" not in cli("doctor").out
    cli("token", "revoke", "bob")
    assert "no agent's host is connected" in cli("doctor").out


@pytest.mark.parametrize(
    ("free_mb", "store_mb", "warned"),
    [(15, 0, True), (40, 0, False), (40, 20, True), (150, 30, False), (190, 900, True)],
)
def test_low_room_is_measured_by_the_store(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free_mb: int, store_mb: int, warned: bool
) -> None:
    store = tmp_path / "board.db"
    with store.open("wb") as file:
        file.truncate(store_mb * 1_000_000)
    usage = SimpleNamespace(free=free_mb * 1_000_000)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage)
    assert any("free on its disk" in one.what for one in doctor._file(store)) is warned


def test_what_a_revoked_token_still_holds_is_named(cli: Cli, tmp_path: Path) -> None:
    cli("add", "a")
    cli("token", "create", "--name", "bob")
    with Board.open(tmp_path / "board.db") as local:
        board = Board(local.store, "default", Caller(credential="token:bob"))
        board.claim(board.join("bob").session)
    assert cli("token", "revoke", "bob").out.splitlines() == [
        "token bob is revoked: it opens nothing any more",
        "  a on board default stays its own until the lease runs out",
        "next: headwater release KEY --board BOARD frees a task at once",
    ]
    assert cli("token", "revoke", "bob", "--json").json["holds"] == [
        {"board": "default", "task": "a"}
    ]
    cli("release", "a")
    assert cli("token", "revoke", "bob").out == "token bob is revoked: it opens nothing any more\n"


def test_a_board_for_a_new_token_is_made_as_the_refusal_says(cli: Cli) -> None:
    cli("add", "here")
    token = ("token", "create", "--name", "bob", "--only", "plans")
    making = cli(*token, code=1).err.rpartition("makes a board: headwater ")[2]
    cli(*making.split())
    assert cli(*token, "--json").json["boards"] == ["plans"]


def test_limits_may_be_set_before_the_first_task_but_a_look_makes_no_board(cli: Cli) -> None:
    cli("add", "here")
    cli("policy", "--board", "typo", code=1)
    cli("budget", "--board", "typo", code=1)
    cli("budget", "--board", "new", "--minutes", "600")
    assert cli("status", "--board", "new", "--json").json["counts"] == {}


def test_http_beyond_loopback_is_refused(cli: Cli) -> None:
    ran = cli("serve", "--transport", "http", "--host", "0.0.0.0", code=1)
    assert ran.err.startswith("error: ")


def test_bootstrap_shows_before_it_writes_and_doctor_sees_it(cli: Cli, tmp_path: Path) -> None:
    shown = cli("bootstrap", "claude-code", "--print")
    assert '"headwater"' in shown.out
    assert not (tmp_path / ".mcp.json").exists()
    cli("bootstrap", "claude-code", "--command", "uvx headwater serve")
    entry = json.loads((tmp_path / ".mcp.json").read_text())["mcpServers"]["headwater"]
    assert [entry["command"], *entry["args"]] == ["uvx", "headwater", "serve"]
    again = cli("bootstrap", "claude-code", "--command", "uvx headwater serve", "--json").json
    assert again[0]["action"] == "unchanged"
    assert "has an entry for it by stdio" in cli("doctor").out
    assert cli("bootstrap", "no-such-host", code=1).err.startswith("error: ")


def test_bootstrap_connects_to_the_board_that_was_named(cli: Cli) -> None:
    shown = cli("--board", "release", "bootstrap", "claude-code", "--hooks", "--print").out
    assert '"HEADWATER_BOARD": "release"' in shown
    assert "hook stop --db" not in shown
    assert "hook stop --board release" in shown


def test_bootstrap_takes_out_again_what_it_wrote(cli: Cli, tmp_path: Path) -> None:
    mine = '{\n  // servers\n  "mcpServers": {} // none\n}\n'
    (tmp_path / ".mcp.json").write_text(mine)
    cli("bootstrap", "claude-code", "codex", "--hooks")
    shown = cli("bootstrap", "claude-code", "--remove", "--print")
    assert "Claude Code: printed" in shown.out
    assert "takes Headwater's entry out" in shown.out
    assert (tmp_path / ".claude" / "settings.json").exists()
    gone = cli("bootstrap", "claude", "codex", "--remove", "--json").json
    assert [(one["host"], one["action"]) for one in gone] == [
        ("claude-code", "removed"), ("claude-code", "removed"), ("codex", "removed")
    ]  # fmt: skip
    assert (tmp_path / ".mcp.json").read_text() == mine
    assert not (tmp_path / ".claude" / "settings.json").exists()
    assert not (tmp_path / ".codex" / "config.toml").exists()
    assert "Codex: unchanged" in cli("bootstrap", "codex", "--remove").out
    (tmp_path / ".mcp.json").write_text("{")
    assert "failed: " in cli("bootstrap", "claude-code", "--remove", code=1).out


@pytest.mark.parametrize("option", [["--hooks"], ["--url", "http://h/mcp"], ["--command", "x"]])
def test_bootstrap_does_not_take_out_and_put_in_at_once(cli: Cli, option: list[str]) -> None:
    assert "--remove only takes out" in cli("bootstrap", "codex", "--remove", *option, code=1).err


def test_a_command_for_hosts_with_an_open_quotation_is_refused(cli: Cli) -> None:
    refused = cli("bootstrap", "claude-code", "--print", "--command", 'uvx "headwater', code=1)
    assert "a quotation that does not end" in refused.err


def test_doctor_finds_a_sound_board_sound(cli: Cli) -> None:
    cli("add", "a")
    cli("claim")
    ran = cli("doctor")
    assert "FAIL" not in ran.out
    assert re.search(r"^ok +SQLite 3\.\d+\.\d+ by ", ran.out, re.MULTILINE)
    assert "ok    integrity: " in ran.out
    assert "ok    leases alive: 1" in ran.out
    assert re.search(r"^warn +no agent's host is connected here\n +-> headwater bootstrap",
                     ran.out, re.MULTILINE)  # fmt: skip


def test_doctor_names_what_a_killed_copy_left_beside_the_store(
    cli: Cli, environment: dict[str, str]
) -> None:
    cli("add", "a")
    store = Path(environment["HEADWATER_DB"])
    left = store.with_name(f".{store.name}.ab12_xyz")
    left.mkdir()
    (left / store.name).touch()
    assert f"{left} was left by a copy or restore that was killed" in cli("doctor").out
    assert left.exists()


def test_doctor_fails_on_a_board_that_somebody_changed_by_hand(
    cli: Cli, environment: dict[str, str]
) -> None:
    cli("add", "a")
    cli("add", "b", "--needs", "a")
    with sqlite3.connect(environment["HEADWATER_DB"]) as connection:
        connection.execute("UPDATE task SET pending = 0, state = 'ready' WHERE key = 'b'")
    connection.close()
    ran = cli("doctor", code=1)
    assert re.search(r"^FAIL +task b: ", ran.out, re.MULTILINE)
    found = cli("doctor", "--json", code=1).json
    assert found["ok"] is False


@pytest.mark.parametrize("part", ["TABLE task_text", "INDEX {index}", "TRIGGER {trigger}"])
def test_doctor_names_what_of_the_schema_is_missing(
    cli: Cli, environment: dict[str, str], part: str
) -> None:
    cli("add", "a")
    with closing(sqlite3.connect(environment["HEADWATER_DB"])) as connection:
        names = connection.execute("SELECT type, name FROM sqlite_schema WHERE sql IS NOT NULL")
        part = part.format_map(dict(names.fetchall()))
        connection.execute(f"DROP {part}")
    kind, name = part.split()
    ran = cli("doctor", code=1)
    assert f"FAIL  the {kind.lower()} {name} is missing\n" in ran.out
    assert "headwater restore" in ran.out
    assert "Traceback" not in ran.err


def test_doctor_fails_on_a_file_that_is_no_store(cli: Cli, environment: dict[str, str]) -> None:
    Path(environment["HEADWATER_DB"]).write_bytes(b"not a database at all" * 100)
    ran = cli("doctor", code=1)
    assert "FAIL" in ran.out
    assert "Traceback" not in ran.err


def test_doctor_names_the_file_beside_the_store_that_cannot_be_written(
    cli: Cli, environment: dict[str, str]
) -> None:
    cli("add", "a")
    ticket = Path(environment["HEADWATER_DB"] + ".lock")
    ticket.chmod(0o400)
    mortal = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    ran = subprocess.run(
        [*mortal, sys.executable, "-m", "headwater", "doctor"],
        env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (1, "")
    assert f"FAIL  {ticket} cannot be written\n" in ran.stdout


def test_doctor_says_that_the_clock_was_set_back(cli: Cli, environment: dict[str, str]) -> None:
    later = SystemClock().wall_ms() + 10 * 86_400_000 + 3_600_000
    with Board.open(environment["HEADWATER_DB"], clock=ManualClock(later)) as board:
        board.add([{"key": "a"}])
    assert "warn  the store's time is 10 d ahead of this machine's clock\n" in cli("doctor").out


def test_doctor_warns_of_a_pause_a_lapsed_mode_and_held_tasks(
    cli: Cli, environment: dict[str, str]
) -> None:
    cli("add", "a")
    cli("claim")
    cli("finish", "--outcome", "blocked", "--notes", "Why?")
    cli("pause")
    Path(environment["HEADWATER_DB"]).chmod(0o644)
    out = cli("doctor").out
    for remedy in ("headwater resume", "chmod 600", "headwater status"):
        assert f"-> {remedy}" in out


def test_the_demo_runs_to_its_end_with_three_real_processes(
    cold: Cli, tmp_path: Path, environment: dict[str, str]
) -> None:
    store = str(tmp_path / "kept.db")
    ran = cold("demo", "--db", store)
    for name in ("ada", "bob", "cleo"):
        assert f"{name} connects" in ran.out
    assert "is killed (kill -9) in the middle of payments" in ran.out
    assert "takes up its session" in ran.out
    assert "sends backend back" in ran.out
    assert "10 tasks, 12 claims, 11 deliveries; never two holders of a task." in ran.out
    assert "Checked: replaying the log gives exactly this board." in ran.out
    assert "headwater bootstrap" in ran.out
    assert "\x1b" not in ran.out
    assert ran.err == ""
    assert processes_on(store) == []
    assert cold("graph", "--db", store, "--board", "demo").out.startswith("✓ survey")
    assert not Path(environment["HEADWATER_DB"]).exists()


def test_a_demo_that_is_stopped_stops_its_workers(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    store = str(tmp_path / "stopped.db")
    with subprocess.Popen(
        [sys.executable, "-m", "headwater", "demo", "--db", store],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert any("takes survey" in line for line in process.stdout)
        workers = processes_on(store)
        process.terminate()
        assert process.wait(PATIENCE_S) == 143
    assert len(workers) >= 4  # itself, three workers, their servers
    gone, alive = psutil.wait_procs(workers, timeout=PATIENCE_S)
    assert alive == []
    assert len(gone) == len(workers)


def test_a_worker_that_waits_may_come_before_the_store(
    cli: Cli, environment: dict[str, str]
) -> None:
    ran = cli("claim", "--wait", "0.3", code=1)
    assert "there is no store at " in ran.err
    assert "yet: waiting until somebody makes it" in ran.err
    with subprocess.Popen(
        [sys.executable, "-m", "headwater", "claim", "--wait", "600", "--json"],
        env=environment | {"HEADWATER_AGENT": "early"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as worker:
        assert worker.stderr is not None
        assert b"waiting until somebody makes it" in worker.stderr.readline()
        cli("add", "a")
        out, _ = worker.communicate(timeout=PATIENCE_S)
    assert json.loads(out).get("task") == "a", out


def test_an_interrupt_ends_a_wait_quietly(cli: Cli, environment: dict[str, str]) -> None:
    cli("add", "a")
    cli("claim")
    with subprocess.Popen(
        [sys.executable, "-m", "headwater", "claim", "--wait", "45", "--agent", "other"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        while "other" not in cli("graph", "--view", "agents").out:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 130
    assert (out, errors) == ("", "interrupted\n")


@pytest.mark.parametrize("command", ["status", "hook"])
def test_an_interrupt_before_a_command_has_begun_leaves_no_stack_trace(
    environment: dict[str, str], command: str
) -> None:
    """While its modules are imported; a hook waits for its event without any command around it."""
    script = (
        "import os, signal, sys\n"
        "from headwater.cli import main\n"
        "from headwater.cli.hook import run\n"
        "interrupt = lambda *_: os.kill(os.getpid(), signal.SIGINT)\n"
        "main.register = run._event = interrupt\n"
        f"sys.argv = ['headwater', {command!r}, 'stop']\n"
        "main.main()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, env=environment, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, b"", b"")
