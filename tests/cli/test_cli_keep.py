"""Diff, verify and archive as commands."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from cli_runs import Cli

from headwater import Board


def plan(cli: Cli) -> int:
    """A small plan with a past; its newest revision."""
    cli("add", "design", "--title", "Design it")
    cli("add", "build", "--needs", "design")
    cli("claim")
    cli("finish", "--summary", "two \x1b[31mred\x1b[0m paths")
    return int(cli("history", "--json").json["revision"])


def damage(tmp_path: Path, statement: str) -> None:
    with closing(sqlite3.connect(tmp_path / "board.db", isolation_level=None)) as raw:
        assert raw.execute(statement).rowcount > 0


def test_diff_shows_a_line_a_task(cli: Cli) -> None:
    newest = plan(cli)
    shown = cli("diff", "1").out
    assert shown.startswith(f"revision 1 to {newest}: 1 added, 1 changed\n")
    assert "+ build   ready\n" in shown
    assert "~ design  ready -> done; round 1; a new delivery\n" in shown
    assert cli("diff", "1", "2").out == "revision 1 to 2: 1 added, 0 changed\n+ build  waiting\n"
    assert cli("diff", str(newest)).out.endswith("nothing is different\n")
    assert "2 added" in cli("diff").out
    found = cli("diff", "1", "--json").json
    assert (found["since"], found["until"]) == (1, newest)
    assert [one["key"] for one in found["diff"]] == ["build", "design"]
    assert "comes after" in cli("diff", "2", "1", code=1).err
    assert "not reached" in cli("diff", "99", "100", code=1).err


def test_diff_of_what_came_lately_begins_after_the_last_archive(cli: Cli, tmp_path: Path) -> None:
    with Board.open(tmp_path / "board.db") as board:
        for number in range(25):
            board.add([{"key": f"t{number}"}])
        board.archive(before=24)
    assert cli("diff").out.startswith("revision 23 to 26: 2 added")
    assert "revision 9 is archived" in cli("diff", "9", code=1).err


def test_diff_shows_a_line_a_setting(cli: Cli) -> None:
    cli("add", "design")
    cli("policy", "paths=refuse", "branch=main", "check_minutes=30")
    cli("budget", "--group", "docs", "--minutes", "90")
    cli("pause")
    assert cli("diff", "1").out.splitlines() == [
        "revision 1 to 4: 5 settings",
        "* policy paths: warn -> refuse",
        "* policy check_minutes: 0 -> 30",
        "* policy branch: (none) -> main",
        "* budget of group docs, minutes: no limit -> 90",
        "* paused",
    ]
    assert cli("diff", "0", "2").out.startswith("revision 0 to 2: 1 added, 0 changed, 3 settings\n")
    assert cli("diff", "3").out.startswith("revision 3 to 4: 1 setting\n")
    assert cli("diff", "3", "--json").json["settings"] == [
        {"setting": "paused", "was": False, "now": True}
    ]


def test_verify_says_what_is_wrong_and_repair_mends_it(cli: Cli, tmp_path: Path) -> None:
    newest = plan(cli)
    assert cli("verify").out == f"sound at revision {newest}: the log replays to the tables\n"
    damage(tmp_path, "UPDATE task SET pending = 4 WHERE key = 'build'")
    broken = cli("verify", code=1)
    assert "task build: pending is 4, it should be 0\n" in broken.out
    assert broken.err == "next: stop the agents, then headwater verify --repair\n"
    assert cli("verify", "--json", code=1).json["problems"] == broken.out.splitlines()
    repaired = cli("verify", "--repair").out
    assert repaired.startswith(f"backup: {tmp_path / 'board.db.backup-repair-1'}\n")
    assert "was: task build: pending is 4" in repaired
    assert "repaired: 1 row," in repaired
    assert cli("verify", "--json").json["ok"] is True
    assert cli("verify", "--repair").out == "there is nothing to repair\n"
    assert (tmp_path / "board.db.backup-repair-1").exists()


def test_commands_to_type_name_a_path_with_blanks_in_quotes(cli: Cli, tmp_path: Path) -> None:
    cli("add", "a")
    cli("add", "b")
    copy = tmp_path / "my copy.db"
    assert f"headwater restore '{copy}' brings it back" in cli("backup", str(copy)).out
    copy.chmod(0o644)
    assert f"chmod 600 '{copy}'" in cli("doctor", "--db", str(copy)).out
    moved = cli("archive", "--before", "2", "--to", "old log.jsonl").out
    assert f"verify --archive '{tmp_path / 'old log.jsonl'}'" in moved


def test_archive_moves_history_to_a_file_that_verify_checks(cli: Cli, tmp_path: Path) -> None:
    newest = plan(cli)
    dry = cli("archive", "--before", str(newest), "--dry-run").out
    assert dry.startswith(f"would move revisions 1 to {newest - 1} to ")
    moved = cli("archive", "--before", str(newest), "--to", "old.jsonl", "--json").json
    file = tmp_path / "old.jsonl"
    assert (moved["file"], moved["until"]) == (str(file), newest - 1)
    assert "is archived" in cli("graph", "--at", "1", code=1).err
    assert "archived, the last in" in cli("history").out
    sound = cli("verify", "--archive", str(file)).out
    assert sound.endswith(
        "the log replays to the tables, and the archive files given hold what they held\n"
    )
    file.write_text(file.read_text().replace('"at_ms":1', '"at_ms":2'))
    assert "the file was changed" in cli("verify", "--archive", str(file), code=1).out
    assert "either a revision or an age" in cli("archive", code=1).err
