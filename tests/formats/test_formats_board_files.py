"""The board as files, and handoff bundles."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater import Board
from headwater.errors import BadRequest, StaleLease, StoreUnavailable, UnknownTask
from headwater.formats import board_files
from headwater.formats.board_files import BoardFiles, put
from headwater.formats.bundle import bundle
from headwater.formats.prose import block, inline

NAMES = ["STATUS.md", "AGENTS.md", "SESSIONS.md", "NOTICES.md", "HANDOFFS.md", "state.json"]
EVIL = "# Heading\n````\n<b>| [link](http://x)"


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    with Board.open(tmp_path / "board.db") as opened:
        opened.add(
            [
                {"key": "a", "title": EVIL.replace("\n", " "), "spec": EVIL},
                {
                    "key": "b",
                    "needs": ["a"],
                    "contracts": [{"task": "a", "expect": "the API", "promise": "a list"}],
                    "acceptance": ["it works"],
                },
                {"key": "c", "needs": ["b"]},
            ]
        )
        yield opened


def handed_off(board: Board) -> None:
    session = board.join("ann", capabilities=["sql"]).session
    job = board.claim(session, "a")
    board.finish(
        lease=str(job.lease), summary="Made it.", delivered={"b": "GET /x"}, critical={"port": 80}
    )
    job = board.claim(session, "b")
    board.finish(lease=str(job.lease), outcome="handoff", notes="Half of it. " + EVIL)
    board.tell(to="all", text="Mind the gap | really")


def test_the_files_say_what_the_board_says(board: Board, tmp_path: Path) -> None:
    handed_off(board)
    changed = BoardFiles(board, tmp_path / "out").write()
    assert changed == [*NAMES, "tasks/a.md", "tasks/b.md", "tasks/c.md"]
    text = {name: (tmp_path / "out" / name).read_text() for name in changed}
    state = json.loads(text["state.json"])
    assert {task["key"]: task["state"] for task in state["tasks"]} == {
        "a": "done",
        "b": "ready",
        "c": "waiting",
    }
    assert state["revision"] == board.revision()
    assert "| [c](tasks/c.md) |  | waiting |  | [b](tasks/b.md) |" in text["STATUS.md"]
    assert "| ann | 1 | sql |" in text["AGENTS.md"]
    assert "ann/" in text["SESSIONS.md"]
    assert "Mind the gap \\| really" in text["NOTICES.md"]
    assert "| [b](tasks/b.md) | ready | Half of it." in text["HANDOFFS.md"]


def test_of_many_sessions_the_newest_are_listed_and_the_others_counted(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.formats.board_files.SESSIONS", 2)
    out = tmp_path / "out"
    for name, said in (("ann", ""), ("bob", ""), ("eve", "; 1 older left out")):
        board.join(name)
        BoardFiles(board, out).write()
        assert f"The newest 2, newest first{said}.\n" in (out / "SESSIONS.md").read_text()
    agents = (out / "AGENTS.md").read_text()
    assert "Of the newest 2 sessions; 1 older left out." in agents
    assert "ann" not in agents


def test_files_that_say_so_already_are_not_touched(board: Board, tmp_path: Path) -> None:
    files = BoardFiles(board, tmp_path / "out")
    files.write()
    assert files.write() == []
    assert BoardFiles(board, tmp_path / "out").write() == []
    board.edit("b", set={"title": "Build"})
    assert files.write() == ["STATUS.md", "state.json", "tasks/b.md"]


def test_somebody_elses_page_is_not_overwritten(board: Board, tmp_path: Path) -> None:
    (tmp_path / "AGENTS.md").write_text("Use tabs.\n")
    with pytest.raises(BadRequest, match=r"AGENTS\.md is not of Headwater's making"):
        BoardFiles(board, tmp_path).write()
    assert (tmp_path / "AGENTS.md").read_text() == "Use tabs.\n"
    assert not (tmp_path / "STATUS.md").exists()


@pytest.mark.parametrize("name", ["state.json", "tasks/a.md"])
def test_somebody_elses_notes_and_state_are_not_overwritten(
    board: Board, tmp_path: Path, name: str
) -> None:
    theirs = tmp_path / "out" / name
    theirs.parent.mkdir(parents=True)
    theirs.write_text("{}")
    with pytest.raises(BadRequest, match=f"{name} is not of Headwater's making"):
        BoardFiles(board, tmp_path / "out").write()
    assert theirs.read_text() == "{}"
    assert not (tmp_path / "out" / "STATUS.md").exists()


def test_files_that_a_crash_left_half_written_are_known_as_ours(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for survived in range(len(NAMES)):
        left = list(range(survived))

        def until_the_crash(path: Path, text: str, left: list[int] = left) -> bool:
            if not left:
                raise OSError(28, "No space left on device")
            left.pop()
            return put(path, text)

        out = tmp_path / str(survived)
        monkeypatch.setattr(board_files, "put", until_the_crash)
        with pytest.raises(OSError, match="No space"):
            BoardFiles(board, out).write()
        monkeypatch.setattr(board_files, "put", put)
        assert {"tasks/a.md", *NAMES[survived:]} <= {*BoardFiles(board, out).write()}


def test_line_ends_of_windows_leave_no_marks_in_a_block() -> None:
    assert block("one\r\ntwo") == "```text\none\ntwo\n```"


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.md"
    assert put(path, "one")
    assert not put(path, "one")
    before = path.stat().st_ino
    assert put(path, "two")
    assert path.stat().st_ino != before
    path.unlink()
    path.mkdir()
    with pytest.raises(OSError, match=r"file\.md"):
        put(path, "three")
    assert [one.name for one in path.parent.iterdir()] == ["file.md"]


def test_who_may_read_a_file_is_for_its_owner_to_say(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    before = os.umask(0o077)
    try:
        put(path, "one")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    put(path, "two")
    assert path.stat().st_mode & 0o777 == 0o640


def test_watched_files_follow_every_change(board: Board, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    first, done = threading.Event(), threading.Event()

    def told(changed: list[str]) -> None:
        first.set()
        if "tasks/new.md" in changed:
            done.set()
            raise Stop

    def watch() -> None:
        with pytest.raises(Stop):
            BoardFiles(board, tmp_path / "out").watch(told)

    thread = threading.Thread(target=watch)
    thread.start()
    assert first.wait(20)
    board.add([{"key": "new"}])
    assert done.wait(20)
    thread.join(20)
    assert "new" in (tmp_path / "out" / "STATUS.md").read_text()


def test_a_watch_leaves_a_processor_free_where_writing_takes_long(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stop(Exception):
        pass

    now_s, rests = [0.0], list[float]()

    def write(_: BoardFiles) -> list[str]:
        now_s[0] += 4
        return []

    def wait(_: int, timeout_s: float) -> int:
        rests.append(timeout_s)
        raise Stop

    monkeypatch.setattr(board_files, "monotonic", lambda: now_s[0])
    monkeypatch.setattr(board_files, "sleep", rests.append)
    monkeypatch.setattr(BoardFiles, "write", write)
    monkeypatch.setattr(board.feed, "wait", wait)
    with pytest.raises(Stop):
        BoardFiles(board, tmp_path / "out").watch(lambda changed: None)
    assert rests == [4, 40]


def test_a_watch_outlives_a_database_that_is_away(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stop(Exception):
        pass

    def away(_: object) -> None:
        monkeypatch.undo()
        board.add([{"key": "new"}])
        raise StoreUnavailable("it is restarted")

    def told(changed: list[str]) -> None:
        assert "tasks/new.md" in changed
        raise Stop

    monkeypatch.setattr(board.store, "read", away)
    with pytest.raises(Stop):
        BoardFiles(board, tmp_path / "out").watch(told)


def test_a_bundle_holds_all_that_a_successor_needs(board: Board) -> None:
    handed_off(board)
    text = bundle(board, "b")
    for part in (
        "## From a (hard, done)",
        "Expected: the API",
        "GET /x",
        '"port": 80',
        "1. it works",
        "- c (waiting)",
        "Half of it.",
        "- work 1.1 by ann/",
    ):
        assert part in text
    with pytest.raises(UnknownTask):
        bundle(board, "nobody")


def test_the_bundle_of_what_is_done_holds_all_that_was_delivered(board: Board) -> None:
    board.edit("a", set={"acceptance": ["it answers"]})
    job = board.claim(board.join("ann").session, "a")
    board.finish(
        lease=str(job.lease),
        delivered={"b": "GET /x"},
        critical={"port": 80},
        artifacts=[{"name": "spec", "path": "api.md"}],
        evidence={"it answers": "asked it"},
    )
    _, delivered = bundle(board, "a").split("## What it delivered")
    for part in ("GET /x", '"port": 80', "api.md", "it answers", "asked it"):
        assert part in delivered


def test_what_leaves_no_trace_on_a_task_is_in_its_bundle_all_the_same(
    board: Board, tmp_path: Path
) -> None:
    files = BoardFiles(board, tmp_path / "out")
    late = board.claim(board.join("ann").session, "a")
    board.release("a")
    files.write()
    with pytest.raises(StaleLease):
        board.finish(lease=str(late.lease), summary="With the key hunter2.")
    assert files.write() == ["STATUS.md", "state.json", "tasks/a.md"]
    assert "Kept from holders" in (tmp_path / "out" / "tasks" / "a.md").read_text()
    assert files.write() == []
    job = board.claim(board.join("bob").session, "a")
    board.finish(lease=str(job.lease), summary="hunter2", delivered={"b": "GET /x"})
    files.write()
    board.redact("hunter2")
    assert "tasks/a.md" in files.write()
    assert not any("hunter2" in path.read_text() for path in (tmp_path / "out").rglob("*.*"))


def test_text_of_agents_stays_data_in_a_bundle(board: Board) -> None:
    text = bundle(board, "a")
    assert text.splitlines()[0].startswith("# a: \\# Heading")
    assert "`````text\n# Heading\n````\n<b>| [link](http://x)\n`````" in text
    assert "<b>" not in text.splitlines()[0]


def test_a_bundle_is_written_again_when_who_waits_for_it_has_changed(
    board: Board, tmp_path: Path
) -> None:
    files = BoardFiles(board, tmp_path / "out")
    files.write()
    board.cancel(["c"])
    assert files.write() == ["STATUS.md", "state.json", "tasks/b.md", "tasks/c.md"]
    assert "- c (cancelled)" in (tmp_path / "out" / "tasks" / "b.md").read_text()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("- [ ] x", "\\- \\[ \\] x"),
        ("+ x", "\\+ x"),
        ("12. x", "12\\. x"),
        ("1) x", "1\\) x"),
        ("      x", "x"),
        ("a - b + 1. c", "a - b + 1. c"),
    ],
)
def test_an_item_of_a_list_opens_no_list_or_block_of_its_own(text: str, shown: str) -> None:
    assert inline(text) == shown


def test_a_block_keeps_words_whole_and_nothing_that_acts() -> None:
    joined = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f469\u200d\U0001f4bb"
    assert block(f"{joined}\n\tx = 1") == f"```text\n{joined}\n\tx = 1\n```"
    assert inline(joined) == joined
    assert (
        block("a\x1b[2J\x9b2J\x7f\u202eb\ufeff")
        == "```text\na\ufffd[2J\ufffd2J\ufffd\ufffdb\ufffd\n```"
    )
