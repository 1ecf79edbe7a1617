"""A store that is damaged: what is said, and that it can be done as it is said."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from cli_runs import Cli

from headwater import Board

PAGE = 4096


def work(store: Path) -> str:
    """A task done and one held; the session that holds it."""
    with Board.open(store) as board:
        board.add([{"key": "a", "spec": "It's 'quoted'"}, {"key": "b", "needs": ["a"]}])
        me = board.join(agent="me").session
        board.finish(board.claim(me).lease or "", summary="two\nlines", critical={"port": 1})
        board.claim(me)
        return me


def damage(store: Path, name: str) -> None:
    """Overwrite the first page of a table or an index."""
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        found = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,))
        (page,) = found.fetchone()
    with store.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xff" * 100)


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="there is no sqlite3")
@pytest.mark.parametrize("part", ["task", "task_text", "attempt", "uq_task_board_id_key"])
def test_what_is_left_of_a_damaged_store_is_saved_as_the_error_says(
    cli: Cli, tmp_path: Path, part: str
) -> None:
    store, saved = tmp_path / "board.db", str(tmp_path / "saved.db")
    session = work(store)
    before = cli("graph", "a").out, cli("graph").out
    damage(store, part)
    refused = cli("backup", str(tmp_path / "kept.db"), code=1)
    save = re.search(r"saved by: (.*), then headwater --db NEW verify --repair, ", refused.err)
    assert save, refused.err
    subprocess.run(save[1].replace("NEW", saved), shell=True, check=True)
    cli("--db", saved, "verify", "--repair")
    assert cli("restore", saved).out
    assert cli("verify").out.startswith("sound")
    assert (cli("graph", "a").out, cli("graph").out) == before
    assert "holds b" in cli("check", "--session", session).out


@pytest.mark.parametrize("command", ["backup", "db copy board.db"])
def test_who_cannot_copy_a_damaged_store_is_told_that_the_store_is_damaged(
    cli: Cli, tmp_path: Path, command: str
) -> None:
    work(tmp_path / "board.db")
    damage(tmp_path / "board.db", "attempt")
    said = cli(*command.split(), str(tmp_path / "kept.db"), code=1).err
    (refused,) = (line for line in said.splitlines() if line.startswith("error: "))
    assert refused.startswith(f"error: {tmp_path / 'board.db'} is damaged")
    assert "kept.db" not in refused


def test_who_restores_a_damaged_backup_is_told_to_name_another(cli: Cli, tmp_path: Path) -> None:
    work(tmp_path / "board.db")
    cli("backup", "kept.db")
    damage(tmp_path / "kept.db", "attempt")
    (tmp_path / "plan.md").write_text("- [ ] Design\n" * 100)
    for name in ("kept.db", "plan.md"):
        refused = cli("restore", name, code=1).err
        assert f"{name} is damaged or is no backup" in refused
        assert "next: name another backup" in refused
    assert cli("verify").out.startswith("sound")


def test_a_repair_says_what_becomes_of_what_it_could_not_mend(cli: Cli, tmp_path: Path) -> None:
    work(tmp_path / "board.db")
    with closing(sqlite3.connect(tmp_path / "board.db", isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER event_no_delete")
        raw.execute("DELETE FROM event WHERE revision = 3")
        raw.execute("UPDATE task SET pending = 4 WHERE key = 'b'")
    left = cli("verify", "--repair", code=1)
    assert "left: " in left.out
    assert "the board works without it" in left.out


def test_doctor_advises_for_the_store_that_it_was_given(cli: Cli, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    work(other)
    with closing(sqlite3.connect(other, isolation_level=None)) as raw:
        raw.execute("UPDATE task SET pending = 4 WHERE key = 'b'")
    found = cli("doctor", "--db", str(other), code=1).out
    assert f"-> stop the agents, then headwater --db {other} verify --repair\n" in found
