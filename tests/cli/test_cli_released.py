"""The store that version 0.1.0 left, at the command line: no command needs anything said first."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from cli_runs import Cli

from headwater.store.engine import driver
from headwater.store.schema import HEAD
from released_store import put_released_store


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return put_released_store(tmp_path / "board.db")


def version(path: Path) -> str:
    with closing(driver().connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchall()[0][0])


def test_it_is_sound(cli: Cli, old: Path) -> None:
    before = cli("doctor", "--board", "lively").out
    assert "the invariants hold, the log replays to the tables" in before
    assert f"schema {HEAD}" in before
    assert cli("verify", "--board", "lively", "--json").json["ok"]
    assert (old.parent / "board.db.backup-0001").exists()


@pytest.mark.parametrize(
    "command",
    [
        "status",
        "history --limit 500",
        "graph design",
        "diff 5",
        "budget",
        "policy",
        "export",
        "export --format adm",
        "export --format beads",
        "export --format dot",
        "export --format html",
        "export --task api",
        "export --to board",
    ],
)
def test_it_can_be_read(command: str, cli: Cli, old: Path) -> None:
    cli(*command.split(), "--board", "lively")
    assert version(old) == HEAD


def test_an_upgrade_that_is_asked_for_says_what_it_did(cli: Cli, old: Path) -> None:
    assert f"from 0001 to schema {HEAD}" in cli("db", "upgrade").out
    assert f"has schema {HEAD}: nothing to do" in cli("db", "upgrade").out
    new = cli("db", "upgrade", "--db", str(old.parent / "new.db"), "--json").json
    assert (new["before"], new["schema"]) == ("", HEAD)


def test_it_is_copied(cli: Cli, old: Path, url: str, tmp_path: Path) -> None:
    new = str(tmp_path / "new.db")
    assert "compared" in cli("db", "copy", str(old), new).out
    assert cli("verify", "--board", "lively", "--db", new, "--json").json["ok"]
    assert "compared" in cli("db", "copy", str(old), url).out
    assert cli("verify", "--board", "lively", "--db", url, "--json").json["ok"]


def test_a_backup_of_it_is_restored(cli: Cli, old: Path, tmp_path: Path) -> None:
    new = str(tmp_path / "new.db")
    cli("add", "a", "--db", new)
    assert "before-restore-1" in cli("restore", str(old), "--db", new).out
    assert version(old) == "0001"
    assert cli("verify", "--board", "lively", "--db", new, "--json").json["ok"]


def test_a_store_of_a_build_in_between_is_refused_in_words(cli: Cli, tmp_path: Path) -> None:
    put_released_store(tmp_path / "board.db", "ALTER TABLE board ADD pools INTEGER DEFAULT 0")
    for command in ("status", "doctor", "verify", "add a", "backup kept.db"):
        refused = cli(*command.split(), code=1)
        assert "was never released" in refused.out + refused.err
        assert "Traceback" not in refused.err
