"""Commands of root on the store of a server's user, as of who forgot `sudo -u`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli_runs import Cli

SOMEBODY = 65534


pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of others")


def test_what_root_makes_of_a_store_belongs_to_its_user(cli: Cli, tmp_path: Path) -> None:
    home = tmp_path / "server"
    home.mkdir()
    os.chown(home, SOMEBODY, SOMEBODY)
    here = {"HEADWATER_DB": str(home / "board.db")}
    cli("add", "a", **here)
    cli("claim", **here)
    cli("backup", str(tmp_path / "kept.db"), **here)
    cli("restore", str(tmp_path / "kept.db"), **here)
    assert cli("check", **here).out.startswith("holds a")
    assert len(list(home.iterdir())) >= 4
    assert {made.stat().st_uid for made in home.iterdir()} == {SOMEBODY}
    os.chown(home, 0, 0)  # a folder of root's, in which the store is somebody's
    cli("restore", str(tmp_path / "kept.db"), **here)
    assert (home / "board.db").stat().st_uid == SOMEBODY


@pytest.mark.parametrize("name", ["board.db.lock", "board.db.sessions"])
def test_what_was_there_before_root_came_keeps_its_owner(
    cli: Cli, tmp_path: Path, name: str
) -> None:
    home, mine = tmp_path / "server", tmp_path / "mine"
    home.mkdir()
    if name.endswith("lock"):
        mine.touch()
    else:
        mine.mkdir()
    os.chown(home, SOMEBODY, SOMEBODY)
    (home / name).symlink_to(mine)
    here = {"HEADWATER_DB": str(home / "board.db")}
    cli("add", "a", **here)
    cli("claim", **here)
    assert (home / "board.db").stat().st_uid == SOMEBODY
    assert mine.stat().st_uid == 0


def test_no_link_is_followed_when_root_remembers_its_session(cli: Cli, tmp_path: Path) -> None:
    home = tmp_path / "server"
    (home / "board.db.sessions").mkdir(parents=True)
    here = {"HEADWATER_DB": str(home / "board.db")}
    cli("add", "a", **here)
    cli("claim", **here)
    (kept,) = (home / "board.db.sessions").iterdir()
    assert (kept.stat().st_mode & 0o777, kept.is_symlink()) == (0o600, False)
    mine = tmp_path / "mine"
    mine.write_text("mine")
    kept.unlink()
    kept.symlink_to(mine)
    cli("claim", code=3, **here)
    assert mine.read_text() == "mine"


def test_a_store_that_root_begins_in_a_users_repository_is_that_users(
    cli: Cli, tmp_path: Path
) -> None:
    home = tmp_path / "project"
    home.mkdir()
    os.chown(home, SOMEBODY, SOMEBODY)
    cli("add", "a", HEADWATER_DB=str(home / ".headwater" / "board.db"))
    made = [home / ".headwater", *(home / ".headwater").iterdir()]
    assert {one.stat().st_uid for one in made} == {SOMEBODY}
    assert (home / ".headwater" / ".gitignore").read_text() == "*\n"


def test_no_file_is_made_where_a_link_leads_that_is_named_as_the_lock(
    cli: Cli, tmp_path: Path
) -> None:
    home = tmp_path / "server"
    home.mkdir()
    (home / "board.db.lock").symlink_to(tmp_path / "nologin")
    refused = cli("add", "a", HEADWATER_DB=str(home / "board.db"), code=1)
    assert "No such file" in refused.err
    assert not (tmp_path / "nologin").exists()
