"""A full disk, a lock, a newer version: a typed error, no half change, and recovery."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters
from programs import assert_sound, environment, headwater

from headwater.board import Board
from headwater.errors import DiskFull, StoreBusy, StoreMismatch
from headwater.store import engine
from headwater.store.store import Store
from patience import PATIENCE_S

BIG = "x" * 60_000


@contextmanager
def full_disk(board: Board) -> Iterator[None]:
    """Leave SQLite no page to grow by."""
    connection = board.store._connection.get()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages + 1}").close()
    yield
    connection.execute("PRAGMA max_page_count=1000000").close()


@contextmanager
def locked_by_another_program(path: Path) -> Iterator[None]:
    connection = engine.driver().connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE").close()
    yield
    connection.execute("ROLLBACK").close()
    connection.close()


def test_a_full_disk_is_said_and_the_same_calls_succeed_when_there_is_room(tmp_path: Path) -> None:
    with Board.open(tmp_path / "board.db", "default") as board:
        board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
        job = board.claim(board.join("ann").session)
        before = board.revision()
        with full_disk(board):
            with pytest.raises(DiskFull, match="no room") as refused:
                board.finish(job.lease or "", summary=BIG, notes=BIG)
            assert refused.value.retryable
            with pytest.raises(DiskFull):
                board.add([{"key": f"big{n}", "spec": BIG} for n in range(20)])
            assert board.graph(task="a").state == "active"
            assert board.revision() == before
            assert board.verify() == []
        assert board.finish(job.lease or "", summary=BIG, notes=BIG).unblocked == ["b"]
        board.add([{"key": f"big{n}", "spec": BIG} for n in range(20)])
        assert board.verify() == []
    assert_sound(tmp_path / "board.db")


ON_A_SMALL_DISK = """
import sys
from pathlib import Path
from headwater.board import Board
from headwater.errors import DiskFull

folder = Path(sys.argv[1])
board = Board.open(folder / "board.db", "default")
session, added = board.join("ann").session, 0
try:
    while True:
        board.add([{"key": f"t{added}", "spec": "x" * 50_000}], session=session)
        added += 1
except DiskFull as error:
    assert error.retryable and error.next
ballast = folder / "ballast"
assert len(board.graph(limit=500).tasks) == added
assert board.verify() == []
board.close()
ballast.unlink()
with Board.open(folder / "board.db", "default") as board:
    board.add([{"key": f"t{added}", "spec": "x" * 50_000}])
    job = board.claim(session)
    board.finish(job.lease, summary="there is room again")
    assert len(board.graph(limit=500).tasks) == added + 1
    assert board.verify() == []
print("recovered")
"""


OPENED_ON_A_FULL_DISK = """
import os, sys
from pathlib import Path
from headwater.board import Board
from headwater.errors import DiskFull

folder = Path(sys.argv[1])

def opened():
    try:
        Board.open(folder / "board.db", "default").close()
    except DiskFull:
        return False
    return True

assert opened()
try:
    with open(folder / "rest", "wb", buffering=0) as rest:
        while True:
            rest.write(b"x" * 4096)
except OSError:
    assert not opened(), "no byte is left"
(folder / "rest").unlink()
assert opened()
for n in range(os.statvfs(folder).f_favail):
    (folder / str(n)).touch()
assert not opened(), "no file can be made"
(folder / "0").unlink()
(folder / "1").unlink()
assert opened()
print("recovered")
"""


@pytest.mark.parametrize("script", [ON_A_SMALL_DISK, OPENED_ON_A_FULL_DISK])
def test_a_board_on_a_small_disk_fills_it_and_recovers(tmp_path: Path, script: str) -> None:
    """On a real file system of four megabytes, half of them taken by a file that goes away."""
    mount = ["unshare", "--mount", "--map-root-user"] if os.geteuid() else ["unshare", "--mount"]
    shell = (
        'mount -t tmpfs -o size=4m,nr_inodes=40 tmpfs "$1" || exit 77; '
        'head -c 2000000 /dev/zero > "$1/ballast"; exec "$2" -c "$3" "$1"'
    )
    try:
        run = subprocess.run(
            [*mount, "sh", "-c", shell, "sh", tmp_path, sys.executable, script],
            capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment(),
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if run.returncode == 77 or "unshare failed" in run.stderr:
        pytest.skip(f"mounting is not permitted here: {run.stderr.strip()}")
    assert run.stdout == "recovered\n", run.stderr


def test_a_locked_store_is_busy_and_the_same_request_succeeds_once_afterwards(
    tmp_path: Path,
) -> None:
    with Store.open(tmp_path / "board.db", busy_s=0.3) as store:
        board = Board(store, "default")
        board.add([{"key": "a"}])
        session = board.join("ann").session
        with locked_by_another_program(store.path):
            with pytest.raises(StoreBusy) as refused:
                board.claim(session, request="one")
            assert refused.value.retryable
            assert board.graph(task="a").state == "ready", "reads go on"
        job = board.claim(session, request="one")
        assert (job.task, job.fence) == ("a", 1)
        assert board.claim(session, request="one").lease == job.lease
        assert board.verify() == []


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A store that a later version of Headwater has made."""
    path = tmp_path / "board.db"
    with Board.open(path, "default") as board:
        board.add([{"key": "a"}])
    connection = engine.driver().connect(path, isolation_level=None)
    connection.execute("UPDATE alembic_version SET version_num = '9999'").close()
    connection.close()
    return path


def test_a_newer_store_is_refused_by_the_python_api(newer: Path) -> None:
    content = newer.read_bytes()
    with pytest.raises(StoreMismatch, match="9999") as refused:
        Board.open(newer, "default")
    assert refused.value.next
    assert newer.read_bytes() == content


@pytest.mark.parametrize("arguments", [["status"], ["add", "b"], ["claim"]])
def test_a_newer_store_is_refused_by_the_command_with_a_sentence(
    newer: Path, arguments: list[str]
) -> None:
    ran = headwater(newer, *arguments, code=1)
    assert ran.stderr.startswith("error: ")
    assert "9999" in ran.stderr


async def test_a_newer_store_is_refused_by_a_tool_call_with_a_sentence(newer: Path) -> None:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "headwater", "serve", "--db", str(newer)],
        env=environment(),
    )
    async with Client(server) as client:
        for tool, arguments in (("claim", {}), ("graph", {}), ("add", {"tasks": [{"key": "b"}]})):
            result = await client.call_tool(tool, arguments)
            assert result.is_error
            assert result.structured_content is not None
            assert result.structured_content["code"] == "store_mismatch"
            assert "9999" in str(result.structured_content["error"])


async def test_a_store_that_is_upgraded_under_a_running_server_is_not_written_to(
    tmp_path: Path,
) -> None:
    db = tmp_path / "board.db"
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "headwater", "serve", "--db", str(db)],
        env=environment(),
    )
    async with Client(server) as client:
        first = await client.call_tool("add", {"tasks": [{"key": "a"}]})
        assert not first.is_error
        connection = engine.driver().connect(db, isolation_level=None)
        connection.execute("UPDATE alembic_version SET version_num = '9999'").close()
        refused = await client.call_tool("add", {"tasks": [{"key": "b"}]})
        assert refused.is_error
        assert refused.structured_content is not None
        assert refused.structured_content["code"] == "store_mismatch"
        assert connection.execute("SELECT key FROM task").fetchall() == [("a",)]
        connection.close()
