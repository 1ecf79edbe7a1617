"""Replacing a config file: nobody's change is overwritten, nothing is left lying about."""

import errno
import os
import subprocess
import sys

import pytest

from headwater.hosts.files import ConfigChanged, read, replace


def test_a_file_that_changed_since_it_was_read_is_left_to_the_other_writer(tmp_path):
    path = tmp_path / "config.json"
    path.write_text("{}")
    file = read(path)
    path.write_text('{"written": "by the host meanwhile"}')
    with pytest.raises(ConfigChanged) as caught:
        replace(file, '{"mine": 1}')
    assert "run the command again" in caught.value.next
    assert path.read_text() == '{"written": "by the host meanwhile"}'
    assert [one.name for one in tmp_path.iterdir()] == ["config.json"]


def test_a_file_that_appeared_since_is_not_overwritten(tmp_path):
    path = tmp_path / "config.json"
    file = read(path)
    path.write_text("{}")
    with pytest.raises(ConfigChanged):
        replace(file, '{"mine": 1}')
    assert path.read_text() == "{}"


def test_a_link_to_a_file_that_is_not_there_yet_gets_its_file(tmp_path):
    link, target = tmp_path / "config.json", tmp_path / "elsewhere" / "config.json"
    link.symlink_to(target)
    assert replace(read(link), "{}") is None
    assert link.is_symlink()
    assert target.read_text() == "{}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes files of others")
def test_a_file_that_root_changes_stays_its_owners(tmp_path):
    path = tmp_path / "config.json"
    path.write_text("{}")
    path.chmod(0o600)
    os.chown(path, 4711, 4712)
    replace(read(path), '{"mine": 1}')
    found = path.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (4711, 4712, 0o600)


def test_a_backup_that_cannot_be_written_leaves_no_secrets_behind(tmp_path):
    """Half of the old file, for everybody to read."""
    path = tmp_path / "config.json"
    path.write_text('{"token": "' + "secret" * 1_000 + '"}')
    path.chmod(0o600)
    code = """
import os, resource, sys
from pathlib import Path
from headwater.hosts.files import delete, read
os.umask(0o022)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
try:
    delete(read(Path(sys.argv[1])))
except OSError as error:
    print(error.strerror)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == os.strerror(errno.EFBIG)
    assert [one.name for one in tmp_path.iterdir()] == ["config.json"]
