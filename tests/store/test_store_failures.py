"""What goes wrong around a store: a full disk, locks of others, damage, other versions."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest
from store_workers import SET, add, get, put, raw
from test_store_writes import in_one_batch

from file_modes import obeying
from headwater import limits
from headwater.board import Board
from headwater.errors import (
    Conflict,
    DiskFull,
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreMismatch,
)
from headwater.store.filesystem import network_kind
from headwater.store.sql import Sql
from headwater.store.store import Store
from headwater.store.transaction import Tx
from patience import PATIENCE_S

BIG = "x" * 400_000


@pytest.fixture
def store(tmp_path: Path, library: str) -> Iterator[Store]:
    with Store.open(tmp_path / "board.db", busy_s=0.3) as opened:
        yield opened


@contextmanager
def full(store: Store) -> Iterator[None]:
    """Leave SQLite no page to grow by."""
    connection = store._connection._open
    assert connection is not None
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages + 2}").close()
    yield
    connection.execute("PRAGMA max_page_count=1000000").close()


def test_a_full_disk_is_a_typed_error_and_passes(store: Store) -> None:
    with full(store):
        with pytest.raises(DiskFull, match="no room left"):
            put(store, "big", BIG)
        put(store, "small", "1")
    put(store, "big", BIG)
    assert get(store, "small") == "1"
    assert get(store, "big") == BIG
    assert store.integrity_check() == []


def test_a_rollback_by_a_full_disk_fails_the_whole_batch_and_stores_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.store.batch.HOLD_ALONE_S", 10.0)

    def own(tx) -> None:
        raise Conflict("mine")

    with full(store):
        outcomes = in_one_batch(
            store,
            [
                lambda tx: tx.run(SET, name="before", value="1"),
                own,
                lambda tx: tx.run(SET, name="big", value=BIG),
            ],
        )
    assert [type(outcome) for outcome in outcomes] == [DiskFull, Conflict, DiskFull]
    assert get(store, "before") is None
    put(store, "after")
    assert get(store, "after") == "0"


@pytest.mark.parametrize("batched", [False, True])
def test_an_operation_that_swallows_the_full_disk_cannot_write_on(
    store: Store, monkeypatch: pytest.MonkeyPatch, batched: bool
) -> None:
    monkeypatch.setattr("headwater.store.batch.HOLD_ALONE_S", 10.0)

    def stubborn(tx) -> str:
        for name in ("big", "more"):
            try:
                tx.run(SET, name=name, value=BIG if name == "big" else "1")
            except Exception:  # noqa: BLE001
                continue
        return "all is well"

    with full(store):
        if batched:
            assert isinstance(in_one_batch(store, [stubborn])[0], StoreError)
        else:
            with pytest.raises(StoreError):
                store.write(stubborn)
    assert get(store, "more") is None


_ON_A_SMALL_DISK = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from store_workers import put, get
from headwater.errors import DiskFull
from headwater.store.store import Store
disk = Path(sys.argv[1])
with Store.open(disk / "board.db") as store:
    put(store, "first", "1")
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(65536)):
                pass
        except OSError:
            pass
    refused = stored = 0
    for number in range(40):
        try:
            put(store, f"row{number}", "x" * 20_000)
            stored += 1
        except DiskFull:
            refused += 1
    assert refused, "the disk was never full"
    assert get(store, "first") == "1"
    filler.unlink()
    put(store, "after", "1")
    assert store.integrity_check() == []
    rows = sum(get(store, f"row{number}") is not None for number in range(40))
    assert rows == stored, (rows, stored)
print("recovered")
"""


def test_a_store_on_a_full_disk_recovers_when_there_is_room(tmp_path: Path, library: str) -> None:
    mount = ["unshare", "--mount", "--map-root-user"] if os.geteuid() else ["unshare", "--mount"]
    script = 'mount -t tmpfs -o size=2m tmpfs "$1" || exit 77; exec "$2" -c "$3" "$1" "$4"'
    try:
        run = subprocess.run(
            [*mount, "sh", "-c", script, "sh", tmp_path, sys.executable, _ON_A_SMALL_DISK,
             Path(__file__).parent],
            capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if run.returncode == 77 or "unshare failed" in run.stderr:
        pytest.skip(f"mounting is not permitted here: {run.stderr.strip()}")
    assert run.stdout == "recovered\n", run.stderr
    assert "Traceback" not in run.stderr


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program holds SQLite's own write lock."""
    connection = raw(path)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@contextmanager
def ticket_taken(path: Path) -> Iterator[None]:
    """Another process holds the write ticket."""
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield
    os.close(descriptor)


@pytest.mark.parametrize("hold", [locked, ticket_taken])
def test_a_store_held_too_long_is_busy_and_readable_meanwhile(store: Store, hold) -> None:
    put(store, "a", "1")
    with hold(store.path):
        failures: list[tuple[StoreBusy, float]] = []

        def write() -> None:
            before = monotonic()
            try:
                add(store, "a")
            except StoreBusy as error:
                failures.append((error, monotonic() - before))

        threads = [threading.Thread(target=write) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            assert get(store, "a") == "1"  # one that waited would be refused, too
        for thread in threads:
            thread.join()
        assert len(failures) == 3
        assert all(error.retryable for error, _ in failures)
        assert all(0.3 <= waited_s < limits.STORE_BUSY_SECONDS for _, waited_s in failures)
    add(store, "a")
    assert get(store, "a") == "2"  # what was refused did not happen later


@pytest.mark.parametrize("hold", [locked, ticket_taken])
def test_a_write_waits_for_a_short_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hold
) -> None:
    monkeypatch.setattr("headwater.store.connection.BEGIN_RETRY_S", 0.01)  # begun again and again
    with Store.open(tmp_path / "board.db", busy_s=20) as store:
        put(store, "a", "1")
        with hold(store.path):
            thread = threading.Thread(target=add, args=(store, "a"))
            thread.start()
            thread.join(0.1)
            assert thread.is_alive()
        thread.join()
        assert get(store, "a") == "2"


@pytest.mark.slow
def test_the_default_patience_is_ten_seconds(tmp_path: Path) -> None:
    assert limits.STORE_BUSY_SECONDS == 10
    with Store.open(tmp_path / "board.db") as store:
        put(store, "a", "1")
        with locked(store.path):
            before = monotonic()
            with pytest.raises(StoreBusy):
                add(store, "a")
            assert 9 < monotonic() - before < 11


@pytest.mark.parametrize("content", [b"hello, this is a text file\n" * 40, b"\0" * 8192])
def test_a_file_that_is_no_database_is_corrupt(
    tmp_path: Path, library: str, content: bytes
) -> None:
    path = tmp_path / "board.db"
    path.write_bytes(content)
    with pytest.raises(StoreCorrupt, match="damaged") as raised:
        Store.open(path)
    assert "backup" in raised.value.next
    assert path.read_bytes() == content


def test_a_damaged_page_is_corrupt_when_it_is_read(tmp_path: Path, library: str) -> None:
    path = tmp_path / "board.db"
    with Store.open(path) as store:
        for number in range(200):
            put(store, f"row{number}", "x" * 2000)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size - 40 * 4096)
        file.write(b"\xff" * 40 * 4096)
    names = Sql("SELECT count(value) FROM meta")
    with Store.open(path) as store:
        with pytest.raises(StoreCorrupt):
            store.read(lambda tx: tx.one(names))
        with pytest.raises(StoreCorrupt):
            store.write(lambda tx: tx.one(names))
        assert store.integrity_check()


@pytest.mark.parametrize("uses_alembic", [False, True])
def test_a_database_of_another_program_is_refused_and_left_alone(
    tmp_path: Path, library: str, uses_alembic: bool
) -> None:
    path = tmp_path / "other.db"
    other = raw(path)
    other.execute("CREATE TABLE precious (x)")
    if uses_alembic:
        other.execute("CREATE TABLE alembic_version (version_num)")
        other.execute("INSERT INTO alembic_version VALUES ('ae1027a6acf')")
    before = path.read_bytes()
    with pytest.raises(StoreMismatch, match="another program"):
        Store.open(path)
    assert path.read_bytes() == before
    other.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (":memory:", "in memory"),
        ("sqlite://", "in memory"),
        ("postgresql+asyncpg://host/name", "no kind of store"),
        ("mysql://host/name", "no kind of store"),
        ("postgresql:/host/name", "postgresql: is no kind of store"),
        ("Postgres:host/name", "Postgres: is no kind of store"),
        ("sqlite:/some/file", "sqlite: is no kind of store"),
        ("", "in memory"),
    ],
)
def test_what_is_no_file_is_refused(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as raised:
        Store.open(url)
    assert raised.value.next


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        Store.open(tmp_path)


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "board.db")
    with pytest.raises(StoreError, match="no regular file"):
        Store.open(tmp_path / "board.db")
    assert os.listdir(tmp_path) == ["board.db"]  # noqa: PTH208


def test_a_path_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be created"):
        Store.open(tmp_path / "file" / "board.db")


def test_a_missing_store_is_not_created_when_that_is_not_wanted(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        Store.open(tmp_path / "board.db", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_url_and_a_path_name_the_same_store(tmp_path: Path) -> None:
    path = tmp_path / "with space & 100%?.db"
    with Store.open(path) as store, Store.open(f"sqlite:///{path}") as again:
        put(store, "a", "1")
        assert get(again, "a") == "1"
        assert again.lease_key.secret == store.lease_key.secret


MOUNTS = """\
22 27 0:21 / / rw - ext4 /dev/vda rw
30 22 0:30 / /home rw - nfs4 server:/home rw
31 30 0:31 / /home/local\\040disk rw - xfs /dev/vdb rw
32 22 0:32 / /mnt/c rw - 9p C:\\134 rw,aname=drvfs;path=C:\\;
33 22 0:33 / /sandbox rw - 9p none rw,trans=fd
34 22 0:34 / /shared rw - virtiofs tag rw
35 22 0:35 / /srv/b\u00fcro\\011a rw - nfs server:/b rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/board.db", ""),
        ("/home/me/board.db", "nfs4"),
        ("/home/local disk/board.db", ""),
        ("/mnt/c/board.db", "9p"),
        ("/sandbox/board.db", ""),
        ("/shared/board.db", "virtiofs"),
        ("/homely/board.db", ""),
        ("/srv/b\u00fcro\ta/board.db", "nfs"),
    ],
)
def test_network_file_systems_are_recognised(path: str, kind: str) -> None:
    assert network_kind(Path(path), MOUNTS) == kind


def test_a_mount_whose_name_is_no_text_keeps_no_store_from_being_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_bytes(b"35 22 0:35 / /srv/b\xfcro rw - nfs server:/b rw\n")
    monkeypatch.setattr("headwater.store.filesystem._MOUNTS", mounts)
    Store.open(tmp_path / "board.db").close()
    with pytest.raises(StoreError, match="nfs"):
        Store.open(Path(os.fsdecode(b"/srv/b\xfcro/board.db")))


def test_a_store_on_a_network_file_system_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"30 22 0:30 / {tmp_path} rw - nfs4 server:/x rw\n")
    monkeypatch.setattr("headwater.store.filesystem._MOUNTS", mounts)
    with pytest.raises(StoreError, match="nfs4") as raised:
        Store.open(tmp_path / "board.db")
    assert "PostgreSQL" in raised.value.next


def test_a_wal_that_grew_is_truncated_when_its_reader_has_gone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WAL_TRUNCATE_BYTES", 1_000_000)
    monkeypatch.setattr("headwater.store.writer.WAL_LOOK_S", 0.0)
    wal = store.path.with_name(store.path.name + "-wal")

    def slow(tx) -> int:
        tx.one(Sql("SELECT 1 FROM meta"))
        for number in range(10):
            put(store, f"big{number}", BIG)
        return wal.stat().st_size

    assert store.read(slow) > 4_000_000
    put(store, "last")
    assert get(store, "last") == "0"
    # The checkpoint follows the answer to the call.
    until = monotonic() + PATIENCE_S
    while wal.stat().st_size > 1_000_000 and monotonic() < until:
        put_again = store.write(lambda tx: tx.run(SET, name=f"n{monotonic()}", value="1"))
        assert put_again == 1
    assert wal.stat().st_size <= 1_000_000


def test_a_reader_in_the_way_of_truncating_a_log_is_not_waited_for(
    tmp_path: Path, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And afterwards the connection is as patient as before."""
    monkeypatch.setattr(limits, "WAL_TRUNCATE_BYTES", 0)
    monkeypatch.setattr("headwater.store.writer.WAL_LOOK_S", 0.0)
    monkeypatch.setattr("headwater.store.connection.BEGIN_RETRY_S", PATIENCE_S)

    def patience_ms(tx: Tx) -> int:
        found = tx.one(Sql("PRAGMA busy_timeout"))
        assert found is not None
        return found[0]

    with Store.open(tmp_path / "board.db") as store:
        usual, begun_s = store.write(patience_ms), monotonic()
        store.read(lambda tx: (tx.one(Sql("SELECT 1 FROM meta")), put(store, "a")))
        assert monotonic() - begun_s < PATIENCE_S / 2
        assert store.path.with_name("board.db-wal").stat().st_size > 0
        assert store.write(patience_ms) == usual == PATIENCE_S * 1000


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_was_taken_away_is_not_written_to(store: Store, replaced: bool) -> None:
    put(store, "a", "1")
    away = store.path.with_name("away.db")
    store.path.rename(away)
    if replaced:
        store.path.touch()
    with pytest.raises(StoreError, match="removed or replaced"):
        add(store, "a")
    with pytest.raises(StoreError, match="removed or replaced"):
        get(store, "a")
    with pytest.raises(StoreError, match="removed or replaced"):
        store.backup(store.path.with_name("copy.db"))
    store.path.unlink(missing_ok=True)
    away.rename(store.path)
    add(store, "a")
    assert get(store, "a") == "2"


REMOVED_LOG = """
import os, sys
from pathlib import Path
from headwater.board import Board
from headwater.errors import StoreError

path = Path(sys.argv[1])
board = Board.open(path)
board.add([{"key": "a"}])
for end in sys.argv[2:]:
    path.with_name(path.name + end).unlink()
try:
    board.add([{"key": "b"}])
except StoreError as error:
    print(error.message, error.next, flush=True)
os._exit(0)  # as if killed: nothing is closed
"""


@pytest.mark.parametrize("removed", [["-wal"], ["-wal", "-shm"]])
def test_what_was_acknowledged_outlives_its_log_that_somebody_removed(
    tmp_path: Path, removed: list[str]
) -> None:
    path = tmp_path / "board.db"
    with Store.open(path) as other:
        assert get(other, "now_ms") == "0"  # a second window
        ran = subprocess.run(
            [sys.executable, "-c", REMOVED_LOG, path, *removed],
            capture_output=True, text=True, timeout=PATIENCE_S, check=True,
        )  # fmt: skip
        assert "log of " in ran.stdout
        assert "was removed" in ran.stdout
        assert "restart this window" in ran.stdout
    with Board.open(path) as board:
        assert [task["key"] for task in board.graph().tasks] == ["a"]
        board.add([{"key": "b"}])
        assert board.verify() == []


def test_a_ticket_that_cannot_be_taken_is_a_typed_error(tmp_path: Path) -> None:
    with Store.open(tmp_path / "board.db") as store:
        put(store, "a", "1")
        lock = tmp_path / "board.db.lock"
        store._ticket.close()
        lock.unlink()
        lock.mkdir()
        with pytest.raises(StoreError, match="ticket"):
            add(store, "a")
        lock.rmdir()
        add(store, "a")
        assert get(store, "a") == "2"


def test_the_writer_keeps_a_log_and_every_reader_is_read_only(store: Store) -> None:
    def ask(pragma: str):
        return lambda tx: tx.one(Sql(f"PRAGMA {pragma}"))[0]

    assert store.write(ask("synchronous")) == 1  # NORMAL: LogFlush flushes
    assert store.write(ask("journal_mode")) == "wal"
    assert store.write(ask("foreign_keys")) == 1
    assert store.write(ask("mmap_size")) == 0
    assert store.read(ask("query_only")) == 1
    store.backup(store.path.with_name("copy.db"))
    assert store.read(ask("query_only")) == 1, "a connection that made a backup, too"


def test_an_interrupted_caller_withdraws_what_has_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(tmp_path / "board.db", busy_s=20) as store:
        put(store, "a", "1")
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        with ticket_taken(store.path):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(KeyboardInterrupt):
                add(store, "a")
        put(store, "b", "1")
        assert get(store, "a") == "1"


def test_a_folder_that_may_be_written_and_not_read_takes_stores_backups_and_copies(
    tmp_path: Path,
) -> None:
    """SQLite goes on there without flushing the folder, too."""
    dark = tmp_path / "dark"
    dark.mkdir()
    program = [*obeying(), str(Path(sys.executable).with_name("headwater"))]
    steps = (
        ["--db", f"{dark}/board.db", "add", "a"],
        ["--db", f"{dark}/inner/board.db", "add", "a"],
        ["--db", f"{dark}/board.db", "backup", f"{dark}/backup.db"],
        ["--db", f"{dark}/board.db", "restore", f"{dark}/backup.db"],
        ["db", "copy", f"{dark}/board.db", f"{dark}/copy.db"],
    )
    dark.chmod(0o300)
    try:
        for step in steps:
            done = subprocess.run([*program, *step], capture_output=True, text=True, check=False)
            assert done.returncode == 0, (step, done.stdout, done.stderr)
    finally:
        dark.chmod(0o700)
    for name in ("board.db", "inner/board.db", "copy.db"):
        with Board.open(dark / name) as board:
            assert board.graph(task="a").state == "ready"
