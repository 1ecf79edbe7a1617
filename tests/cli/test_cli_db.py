"""Databases at the command line: upgrade, copy, backup, restore, and doctor's word on them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_runs import Cli

from headwater.store.schema import HEAD
from postgres_server import databases_or_skip


def test_an_empty_database_is_upgraded_once(cli: Cli) -> None:
    url = databases_or_skip().create()
    refused = cli("add", "a", "--db", url, code=1)
    assert "headwater db upgrade" in refused.err
    assert cli("db", "upgrade", "--db", url, "--json").json["before"] == ""
    assert cli("db", "upgrade", "--db", url, "--json").json["before"] == HEAD
    fresh = cli("doctor", "--db", url).out  # as the page about servers says, before anything else
    assert "ok    PostgreSQL 1" in fresh
    assert "warn  there is no board 'default'" in fresh
    cli("add", "a", "--db", url)
    assert "a" in cli("status", "--db", url).out
    assert "FAIL  there is no board 'b'" in cli("doctor", "--db", url, "--board", "b", code=1).out


def test_a_url_serves_every_command_as_a_file_does(cli: Cli, url: str) -> None:
    cli("add", "a", HEADWATER_DB=url)
    claimed = cli("claim", "--json", HEADWATER_DB=url).json
    cli("finish", "--lease", claimed["lease"], "--summary", "made", HEADWATER_DB=url)
    assert cli("status", "--json", HEADWATER_DB=url).json["counts"] == {"done": 1}
    assert cli("verify", "--json", HEADWATER_DB=url).json["ok"]
    found = cli("doctor", "--json", HEADWATER_DB=url, code=0).json["findings"]
    said = " ".join(finding["what"] for finding in found)
    assert "PostgreSQL 1" in said
    assert "search by tsvector" in said
    assert "integrity: every row can be read" in said
    assert "a crash of the server may lose commits" in said  # as the tests' server is set up


def test_a_store_moves_to_a_database_and_back(cli: Cli, url: str, tmp_path: Path) -> None:
    cli("add", "a", "--db", str(tmp_path / "one.db"))
    done = cli("db", "copy", str(tmp_path / "one.db"), url)
    assert "compared" in done.out
    assert "task: 1 of 1 row" in done.err
    assert cli("db", "copy", url, str(tmp_path / "two.db"), "--json").json["rows"] > 3
    assert cli("status", "--db", str(tmp_path / "two.db"), "--json").json["counts"] == {"ready": 1}
    again = cli("db", "copy", str(tmp_path / "one.db"), url, code=1)
    assert "not empty" in again.err


def test_a_backup_is_restored(cli: Cli, tmp_path: Path) -> None:
    cli("add", "a")
    cli("backup", str(tmp_path / "kept.db"))
    cli("add", "b")
    done = cli("restore", str(tmp_path / "kept.db"))
    assert "before-restore-1" in done.out
    assert cli("status", "--json").json["counts"] == {"ready": 1}


def test_a_server_that_is_away_is_one_sentence_without_the_password(cli: Cli) -> None:
    pytest.importorskip("psycopg")
    refused = cli("status", "--db", "postgresql://me:hunter2@127.0.0.1:1/plans", code=1)
    assert "postgresql://127.0.0.1:1/plans cannot be reached" in refused.err
    assert "hunter2" not in refused.err


def test_without_psycopg_the_extra_is_named(cold: Cli, tmp_path: Path) -> None:
    (tmp_path / "psycopg.py").write_text("raise ImportError('not here')")
    refused = cold("status", "--db", "postgresql://x/y", code=1, PYTHONPATH=str(tmp_path))
    assert "pip install 'headwater[postgres]'" in refused.err


def test_doctor_says_that_a_database_takes_no_writes(cli: Cli, url: str) -> None:
    cli("add", "a", "--db", url)
    readonly = f"{url}&options=-cdefault_transaction_read_only%3Don"
    said = cli("doctor", "--db", readonly, code=1).out
    assert "FAIL  nothing can be written: default_transaction_read_only is on there" in said


def test_a_session_that_cannot_be_kept_is_said(cli: Cli, url: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    here = {"HEADWATER_DB": url, "XDG_STATE_HOME": str(tmp_path / "file")}
    cli("add", "a", **here)
    claimed = cli("claim", "--json", **here)
    assert claimed.json["lease"]
    assert "warning: this session cannot be kept in " in claimed.err
    assert "next: HEADWATER_SESSION=SESSION, of headwater join, lets" in claimed.err
    session = cli("join", "--json", **here).json["session"]
    assert cli("claim", code=3, HEADWATER_SESSION=session, **here).err == ""
