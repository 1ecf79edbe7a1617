"""Archive: old history goes into a file; what is left is shown and replayed exactly as before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hands import claim, everything, finish, rows, worker
from test_look_past import listed, shown
from wandering import Wanderer

from headwater import Board
from headwater.clock import ManualClock
from headwater.errors import BadRequest, Conflict, Forbidden, StoreError
from headwater.operations import archive
from headwater.operations.caller import Caller
from headwater.operations.work import Work
from headwater.store.chain import START, ChainReader, ChainWriter
from headwater.store.sql import Sql


def lived(board: Board) -> int:
    """A board with a past; its revision in the middle of it."""
    board.add(tasks=[{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c"}])
    finish(board, "a", outcome="failed", summary="no luck")
    board.done("a", "by hand")
    board.policy(reworks=9)
    middle = board.revision()
    board.rework("a", "once more")
    finish(board, "c", summary="made c")
    return middle


def lines(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(file).read_text().splitlines()]


@pytest.mark.parametrize("seed", range(3))
def test_every_revision_that_is_left_is_shown_exactly_as_before(
    board: Board, clock: ManualClock, seed: int
) -> None:
    wanderer = Wanderer(board, clock, seed + 70)
    for _ in range(45):
        wanderer.step()
    newest = board.revision()
    cut = newest // 2
    before = {at: listed(board, at) for at in range(cut, newest + 1)}
    tasks = {
        (at, one["key"]): shown(board, one["key"], at) for at in (cut, newest) for one in before[at]
    }
    diffs = {since: board.graph("diff", since=since, at=newest).diff for since in (0, cut)}
    done = board.archive(before=cut + 1)
    assert (done.first, done.until) == (1, cut)
    assert board.verify() == []
    assert {at: listed(board, at) for at in before} == before
    assert {(at, key): shown(board, key, at) for at, key in tasks} == tasks
    for since, diff in diffs.items():
        assert board.graph("diff", since=since, at=newest).diff == diff
    assert board.verify_archive(done.file) == []
    for _ in range(15):
        wanderer.step()
    assert board.verify() == []


def test_archives_follow_each_other_and_are_checked_together(
    board: Board, clock: ManualClock
) -> None:
    wanderer = Wanderer(board, clock, 5)
    files: list[str] = []
    for _ in range(3):
        for _ in range(25):
            wanderer.step()
        files.append(board.archive(before=board.revision()).file)
        assert board.verify() == []
    assert board.verify_archive(*reversed(files)) == []
    assert [lines(file)[0]["first"] for file in files][1] == lines(files[0])[0]["until"] + 1
    events = [
        line["event"]["revision"] for file in files for line in lines(file) if "event" in line
    ]
    kept = [one["revision"] for one in rows(board, "SELECT revision FROM event ORDER BY revision")]
    assert events + kept == list(range(1, board.revision() + 1))


def test_what_is_gone_is_refused_with_the_oldest_that_is_left(board: Board) -> None:
    middle = lived(board)
    done = board.archive(before=middle + 1)
    early: list[dict[str, Any]] = [{"at": middle - 1}, {"view": "diff", "since": 1}]
    for arguments in early:
        with pytest.raises(BadRequest, match=f"{middle} is the oldest") as refused:
            board.graph(**arguments)
        assert refused.value.state["file"] == done.file
    assert board.graph("list", at=middle).tasks
    page = board.graph("history")
    assert page.events[0]["revision"] == middle + 1
    assert done.file in page.note
    assert board.graph("history", since=middle + 1).note is None


def test_history_older_than_some_days_is_moved(board: Board, clock: ManualClock) -> None:
    board.add(tasks=[{"key": "old"}])
    finish(board, "old")
    old = board.revision()
    clock.advance(minutes=3 * 24 * 60)
    board.add(tasks=[{"key": "new"}])
    with pytest.raises(BadRequest, match="nothing to archive"):
        board.archive(older_than_days=4)
    assert board.archive(older_than_days=2).until == old


def test_an_age_of_no_days_moves_all_that_was_before_now(board: Board, clock: ManualClock) -> None:
    lived(board)
    newest = board.revision()
    clock.advance(minutes=1)
    assert board.archive(older_than_days=0).until == newest


@pytest.mark.parametrize("arguments", [{}, {"before": 2, "older_than_days": 0}])
def test_one_bound_must_be_given(board: Board, arguments: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="either a revision or an age"):
        board.archive(**arguments)


@pytest.mark.parametrize("days", [float("nan"), float("inf"), -1])
def test_an_age_is_a_number_of_days(board: Board, days: float) -> None:
    with pytest.raises(BadRequest, match="an age is 0 to"):
        board.archive(older_than_days=days)


def test_a_dry_run_moves_nothing(board: Board) -> None:
    middle = lived(board)
    before = everything(board)
    done = board.archive(before=middle, dry_run=True)
    assert done.dry_run
    assert done.events == middle - 1
    assert everything(board) == before
    assert not Path(done.file).exists()


def test_briefings_reviews_and_early_cutoff_do_not_need_what_was_moved(board: Board) -> None:
    board.add(tasks=[{"key": "a"}, {"key": "b", "needs": ["a"]}, {"key": "c", "needs": ["a"]}])
    finish(board, "a", summary="first", critical={"port": 1})
    session = worker(board)
    board.finish(str(claim(board, "b", session).lease), summary="b")
    board.archive(before=board.revision())
    board.rework("a", "again")
    finish(board, "a", summary="second", critical={"port": 2})
    assert rows(board, "SELECT state FROM task WHERE key = 'b'") == [{"state": "ready"}]
    assert [one.summary for one in claim(board, "c").upstream or []] == ["second"]


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("DELETE FROM event WHERE revision = {kept}", "event"),
        ("UPDATE event SET reason = 'x' WHERE revision = {kept}", "event"),
        ("DELETE FROM image WHERE revision > 0", "image"),
        ("UPDATE image SET image = '{{}}'", "image"),
        ("DELETE FROM delivery", "delivery"),
        ("DELETE FROM blob", "blob"),
    ],
)
def test_an_archive_lets_nothing_else_be_deleted(board: Board, statement: str, table: str) -> None:
    middle = lived(board)
    finish(board, "a", artifacts=[{"name": "x", "text": "y"}])
    board.archive(before=middle + 1)
    sql = Sql(statement.format(kept=middle + 1))
    with pytest.raises(Exception, match=f"{table} is append-only"):
        board.store.write(lambda tx: tx.run(sql))


def test_nothing_is_deleted_that_no_archive_has(board: Board) -> None:
    lived(board)
    with pytest.raises(Exception, match="event is append-only"):
        board.store.write(lambda tx: tx.run(Sql("DELETE FROM event WHERE revision = 1")))


def test_who_is_killed_after_the_file_was_written_loses_nothing(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    middle = lived(board)
    before = everything(board)
    settle = archive._settle

    def die(*arguments: Any) -> int:
        settle(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(archive, "_settle", die)
        with pytest.raises(KeyboardInterrupt):
            board.archive(before=middle)
    assert everything(board) == before
    (left,) = list(board.store.path.parent.glob("*.jsonl"))
    done = board.archive(before=middle)
    assert Path(done.file) == left
    assert board.verify_archive(done.file) == []


def test_who_is_killed_while_deleting_loses_nothing(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    middle = lived(board)
    before = everything(board)

    def die(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Work, "record", die)
        with pytest.raises(KeyboardInterrupt):
            board.archive(before=middle)
    assert everything(board) == before
    assert board.verify_archive(board.archive(before=middle).file) == []


def test_a_file_that_is_gone_before_it_has_its_name_costs_no_history(
    board: Board, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    middle = lived(board)
    before = everything(board)
    write = archive._write

    def tidied_away(*arguments: Any) -> Any:
        written = write(*arguments)
        (partial,) = tmp_path.glob("*.partial")
        partial.unlink()
        return written

    monkeypatch.setattr(archive, "_write", tidied_away)
    with pytest.raises(StoreError, match="nothing was deleted"):
        board.archive(before=middle, to=tmp_path / "old.jsonl")
    assert everything(board) == before


def test_a_file_that_cannot_be_made_is_refused(board: Board, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        board.archive(before=lived(board), to=tmp_path / "nowhere" / "old.jsonl")


def test_a_transaction_that_is_begun_again_finds_its_file_in_place(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Undone(Exception):
        pass

    write = board.write

    def begun_again(change: Any, *rest: Any) -> None:
        def undone(work: Work) -> None:
            change(work)
            raise Undone

        with pytest.raises(Undone):
            write(undone, *rest)
        write(change, *rest)

    monkeypatch.setattr(board, "write", begun_again)
    assert board.verify_archive(board.archive(before=lived(board)).file) == []


def test_a_file_that_is_something_else_is_never_replaced(board: Board, tmp_path: Path) -> None:
    middle = lived(board)
    taken = tmp_path / "taken.jsonl"
    taken.write_text("dear diary\n")
    with pytest.raises(StoreError, match="exists already"):
        board.archive(before=middle, to=taken)
    assert taken.read_text() == "dear diary\n"
    first = board.archive(before=middle, to=tmp_path / "first.jsonl")
    with pytest.raises(StoreError, match="exists already"):
        board.archive(before=board.revision(), to=first.file)


def test_the_archive_of_a_store_that_its_backup_replaced_is_not_replaced(
    board: Board, tmp_path: Path
) -> None:
    lived(board)
    board.store.backup(tmp_path / "backup.db")
    board.add([{"key": "one-way"}])
    board.add([{"key": "later"}])
    taken = Path(board.archive(before=board.revision()).file)
    before = taken.read_bytes()
    with Board.open(tmp_path / "backup.db", board.name, caller=board.caller) as restored:
        restored.add([{"key": "another-way"}])
        restored.add([{"key": "later"}])
        with pytest.raises(StoreError, match="exists already"):
            restored.archive(before=restored.revision(), to=taken)
    assert taken.read_bytes() == before


def test_an_archive_that_another_one_overtook_deletes_nothing(
    board: Board, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    middle = lived(board)
    write = archive._write

    def overtaken(*arguments: Any) -> Any:
        monkeypatch.setattr(archive, "_write", write)
        board.archive(before=3, to=tmp_path / "other.jsonl")
        return write(*arguments)

    monkeypatch.setattr(archive, "_write", overtaken)
    with pytest.raises(Conflict, match="nothing was deleted"):
        board.archive(before=middle, to=tmp_path / "late.jsonl")
    assert not (tmp_path / "late.jsonl").exists()
    assert board.verify_archive(tmp_path / "other.jsonl") == []


@pytest.mark.parametrize("between", ["_write", "_settle"])
def test_two_archives_of_the_same_history_leave_one_file_that_has_it(
    board: Board, monkeypatch: pytest.MonkeyPatch, between: str
) -> None:
    """Each may have looked before the other had written, or have written before it deleted."""
    middle = lived(board)
    files: list[str] = []

    def other() -> None:
        monkeypatch.undo()
        files.append(board.archive(before=middle).file)

    write, change = archive._write, board.write

    def overtaken(*arguments: Any) -> Any:
        other()
        return write(*arguments)

    def delayed(*arguments: Any) -> None:
        other()
        change(*arguments)

    if between == "_write":
        monkeypatch.setattr(archive, "_write", overtaken)
    else:
        monkeypatch.setattr(board, "write", delayed)
    with pytest.raises(Conflict, match="nothing was deleted"):
        board.archive(before=middle)
    assert board.verify_archive(*files) == []
    assert [path.name for path in Path(files[0]).parent.glob("*.archive-*")] == [
        Path(files[0]).name
    ]


def tamper(file: str, number: int, old: str, new: str) -> None:
    found = Path(file).read_text().splitlines(keepends=True)
    assert old in found[number]
    found[number] = found[number].replace(old, new)
    Path(file).write_text("".join(found))


@pytest.mark.parametrize("where", ["first", "middle", "last", "dropped", "cut", "swapped", "gone"])
def test_a_changed_archive_is_noticed(board: Board, where: str) -> None:
    file = board.archive(before=lived(board)).file
    path = Path(file)
    raw = path.read_text().splitlines(keepends=True)
    match where:
        case "first":
            tamper(file, 0, '"written":"2', '"written":"1')
        case "middle":
            tamper(file, 2, '"task_id":1', '"task_id":2')
        case "last":
            tamper(file, -1, '"events":', '"events":1')
        case "dropped":
            path.write_text("".join([*raw[:2], *raw[3:]]))
        case "cut":
            path.write_text("".join(raw[:-1]))
        case "swapped":
            path.write_text("".join([*raw[:2], raw[3], raw[2], *raw[4:]]))
        case _:
            path.unlink()
    (problem,) = board.verify_archive(file)
    assert ("cannot be read" in problem) == (where == "gone")
    assert board.verify() == []


@pytest.mark.parametrize(
    "forged",
    [
        [{"event": {"revision": 7}}],
        [{"event": 1}],
        [{"event": {"revision": 1, "data": "no json"}}],
        [{"image": {}}],
        [{"number": "1"}],
        [{"number": [1]}],
        [{"number": 9}],
        [],
    ],
)
def test_a_forged_archive_is_noticed_whatever_is_in_it(
    board: Board, tmp_path: Path, forged: list[dict[str, Any]]
) -> None:
    true = board.archive(before=lived(board)).file
    header = ChainReader(Path(true)).first()
    path = tmp_path / "forged.jsonl"
    with ChainWriter(path, START) as file:
        for line in [header, *forged] if "number" not in str(forged) else [header | forged[0]]:
            file.add(line)
        file.flush()
        file.publish()
    (problem,) = board.verify_archive(true, path)
    assert problem.startswith(f"{path}: ")


@pytest.mark.parametrize("line", ["", "{", "{}", "[]", "1", '"previous"', "[" * 100_000])
def test_a_line_that_is_none_of_an_archive_is_named(board: Board, line: str) -> None:
    path = Path(board.archive(before=lived(board)).file)
    raw = path.read_text().splitlines(keepends=True)
    for number in (1, 3):
        path.write_text("".join([*raw[: number - 1], f"{line}\n", *raw[number:]]))
        assert board.verify_archive(path) == [f"{path}, line {number}: it is no line of an archive"]


def test_an_archive_of_another_board_is_told_apart(board: Board) -> None:
    other = Board(board.store, "other")
    other.add(tasks=[{"key": "a"}])
    finish(other, "a")
    lived(board)
    foreign = other.archive(before=2).file
    assert "no archive of the board 'default'" in board.verify_archive(foreign)[0]
    assert other.verify_archive(foreign) == []
    assert board.verify() == other.verify() == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE baseline SET image = '{\"id\": 1}' WHERE kind = 'attempt'",
        "UPDATE baseline SET digest = 'x' WHERE kind = 'delivery'",
        "DELETE FROM baseline WHERE kind = 'policy'",
        "UPDATE archive SET until = until - 1",
        "UPDATE archive SET first = first + 1",
        "UPDATE archive SET events = events + 1",
        "UPDATE archive SET images = images + 1",
        "UPDATE archive SET head = 'x'",
    ],
)
def test_damage_to_what_replay_starts_from_is_noticed(board: Board, damage: str) -> None:
    middle = lived(board)
    file = board.archive(before=middle + 1).file
    board.store.write(lambda tx: tx.run(Sql("CREATE TABLE saved AS SELECT * FROM baseline")))
    board.store.write(lambda tx: tx.run(Sql("CREATE TABLE saved_files AS SELECT * FROM archive")))
    board.store.write(lambda tx: tx.run(Sql(damage)))
    assert board.verify() + board.verify_archive(file)
    for table, saved in (("baseline", "saved"), ("archive", "saved_files")):
        board.store.write(lambda tx, t=table: tx.run(Sql(f"DELETE FROM {t}")))
        board.store.write(
            lambda tx, t=table, s=saved: tx.run(Sql(f"INSERT INTO {t} SELECT * FROM {s}"))
        )


def test_a_redaction_names_the_files_that_it_cannot_change(board: Board) -> None:
    board.add(tasks=[{"key": "a", "spec": "hunter2-hunter2"}])
    finish(board, "a", summary="hunter2-hunter2", notes="hunter2-hunter2")
    board.add(tasks=[{"key": "b"}])
    file = board.archive(before=board.revision()).file
    done = board.redact("hunter2-hunter2")
    assert file in done.next
    assert "hunter2" not in json.dumps(everything(board))
    assert board.verify() == []
    assert board.verify_archive(file) == []
    assert "hunter2" in Path(file).read_text()


def test_a_redaction_while_the_file_is_written_stops_the_archive(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    middle = lived(board)
    write = archive._write

    def interrupted(*arguments: Any) -> Any:
        found = write(*arguments)
        board.redact("no luck")
        return found

    monkeypatch.setattr(archive, "_write", interrupted)
    with pytest.raises(Conflict, match="redaction"):
        board.archive(before=middle)
    assert list(board.store.path.parent.glob("*.jsonl")) == []
    assert board.verify() == []


def test_what_was_archived_is_still_found(board: Board) -> None:
    board.add(tasks=[{"key": "a"}])
    for said in ("too crimson", "too indigo"):
        finish(board, "a", outcome="failed", summary="a segfault")
        board.done("a")
        board.rework("a", said)
    board.graph("search", query="crimson")
    finish(board, "a")
    board.rework("a", "too green")
    board.archive(before=board.revision())
    for word in ("crimson", "green", "segfault"):
        assert board.graph("search", query=word).hits, word
    assert board.verify_index() == []


def test_the_store_gets_smaller_by_what_the_file_has(board: Board) -> None:
    lived(board)
    for _ in range(5):
        board.rework("c", "again " * 100)
        finish(board, "c", summary="c")
    images = rows(board, "SELECT count(*) AS n FROM image")[0]["n"]
    done = board.archive(before=board.revision())
    assert rows(board, "SELECT count(*) AS n FROM image")[0]["n"] == images - done.images
    assert done.images > 10
    assert len(lines(done.file)) == done.events + done.images + 2
    assert Path(done.file).stat().st_mode & 0o077 == 0


def test_only_an_admin_archives(board: Board) -> None:
    middle = lived(board)
    with pytest.raises(Forbidden):
        Board(board.store, board.name, Caller("weak", "plan")).archive(before=middle)


def test_an_archive_that_was_moved_is_not_replaced_by_the_next(
    board: Board, tmp_path: Path
) -> None:
    middle = lived(board)
    first = Path(board.archive(before=middle, to=tmp_path / "here.jsonl").file)
    moved = first.rename(tmp_path / "kept.jsonl")
    before = moved.read_bytes()
    with pytest.raises(StoreError, match="exists already"):
        board.archive(before=board.revision(), to=moved)
    assert moved.read_bytes() == before
