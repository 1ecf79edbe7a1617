"""What git has in a commit decides whether an artifact changed, where it is known."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from hands import claim, finish, lease, rows
from test_redact import columns_with

from headwater import Board, formats
from headwater.errors import BadRequest
from headwater.formats import headwater_json
from headwater.verbs.work import FinishRequest

ONE, TWO = "1" * 40, "2" * 40
AT_ONE = {"name": "code", "path": "src/a.py", "commit": "ann@1a2b3c4", "git_object": ONE}
MOVED = {**AT_ONE, "commit": "ann@5d6e7f8"}


@pytest.fixture
def pair(board: Board) -> Board:
    """a <- b."""
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"]}])
    return board


def without(artifact: dict[str, str]) -> dict[str, str]:
    return {name: said for name, said in artifact.items() if name != "git_object"}


def again(board: Board, *artifacts: dict[str, str], **more: Any) -> list[str] | None:
    board.rework("a", "once more")
    return finish(board, "a", artifacts=list(artifacts), **more).reopened


@pytest.mark.parametrize("known", [AT_ONE, {**AT_ONE, "git_object": "a" * 64}])
def test_the_same_content_in_another_commit_is_no_change(
    pair: Board, known: dict[str, str]
) -> None:
    finish(pair, "a", artifacts=[known])
    finish(pair, "b")
    assert again(pair, {**known, "commit": "bob@5d6e7f8"}) is None
    assert pair.graph(task="a").delivery.artifacts[0]["commit"] == "bob@5d6e7f8"  # type: ignore[union-attr]
    assert pair.verify() == []


@pytest.mark.parametrize(
    "now",
    [
        {**MOVED, "git_object": TWO},
        {**AT_ONE, "git_object": TWO},
        {**AT_ONE, "path": "src/b.py"},
        {**AT_ONE, "uri": "https://x.example/a.py"},
        {"name": "other"},
    ],
    ids=["both", "content", "path", "uri", "gone"],
)
def test_other_content_or_another_path_is_a_change(pair: Board, now: dict[str, str]) -> None:
    finish(pair, "a", artifacts=[AT_ONE])
    finish(pair, "b")
    taken_back = [{"name": "code"}] if now == {"name": "other"} else [now]
    assert again(pair, *taken_back) == ["b"]


@pytest.mark.parametrize("first", [True, False], ids=["then unknown", "then known"])
def test_where_one_round_alone_knows_it_the_place_decides(pair: Board, first: bool) -> None:
    before, after = (AT_ONE, without(AT_ONE)) if first else (without(AT_ONE), AT_ONE)
    finish(pair, "a", artifacts=[before])
    finish(pair, "b")
    assert again(pair, after) is None
    assert again(pair, {**after, "commit": "ann@5d6e7f8"}) == ["b"]


def test_a_reader_of_a_contract_is_left_alone_where_only_another_file_changed(
    board: Board,
) -> None:
    board.add([
        {"key": "a"},
        {"key": "ui", "contracts": [{"task": "a", "keys": ["code"]}]},
        {"key": "log", "contracts": [{"task": "a", "keys": ["values"]}]},
        {"key": "ops", "contracts": [{"task": "a", "keys": ["port"]}]},
        {"key": "all", "needs": ["a"]},
    ])  # fmt: skip
    values = {**AT_ONE, "name": "values", "path": "src/values.py"}
    finish(board, "a", critical={"port": 80}, artifacts=[AT_ONE, values])
    for key in ("ui", "log", "ops", "all"):
        finish(board, key)
    changed = {**values, "commit": MOVED["commit"], "git_object": TWO}
    assert sorted(again(board, MOVED, changed) or []) == ["all", "log"]
    feedback = claim(board, "all").feedback or []
    assert [one["key"] for one in feedback[-1]["inputs"]] == ["artifact:values"]


def test_a_holder_is_told_of_no_change_by_a_commit_alone(pair: Board) -> None:
    finish(pair, "a", artifacts=[AT_ONE])
    mine = lease(pair, "b")
    again(pair, MOVED)
    assert pair.check(mine).inputs is None
    assert pair.finish(mine, summary="done").state == "done"


def test_what_is_not_given_anew_stays_with_its_content(pair: Board) -> None:
    finish(pair, "a", artifacts=[AT_ONE])
    finish(pair, "b")
    assert again(pair, summary="clearer") is None
    assert again(pair, MOVED) is None
    assert pair.graph(task="a").delivery.artifacts == [MOVED]  # type: ignore[union-attr]


def test_readers_see_the_commit_and_planners_the_content_too(pair: Board) -> None:
    finish(pair, "a", artifacts=[AT_ONE])
    assert (claim(pair, "b").upstream or [])[0].artifacts == [without(AT_ONE)]
    shown = pair.graph(task="a", artifact="code").artifact
    assert shown is not None
    assert shown["git_object"] == ONE
    pair.rework("a", "more")
    before = claim(pair, "a").delivery
    assert before is not None
    assert before.artifacts == [without(AT_ONE)]


def test_the_ids_take_no_room_from_the_places(board: Board) -> None:
    board.add([{"key": f"u{n}"} for n in range(5)])
    for n in range(5):
        made = [{**AT_ONE, "name": f"f{i}", "path": f"src/u{n}-{i}.py"} for i in range(3)]
        finish(board, f"u{n}", summary="s" * 900, critical={"api": "a" * 1_900}, artifacts=made)
    board.add([{"key": "end", "needs": [f"u{n}" for n in range(5)]}])
    got = claim(board, "end")
    assert [len(one.artifacts or []) for one in got.upstream or []] == [3] * 5


@pytest.mark.parametrize(
    ("artifact", "said"),
    [
        ({"path": "a", "git_object": "1a2b3c4"}, "40 or 64 hex digits"),
        ({"path": "a", "git_object": "A" * 40}, "40 or 64 hex digits"),
        ({"path": "a", "git_object": ONE + "\n"}, "40 or 64 hex digits"),
        ({"path": "a", "git_object": "g" * 40}, "40 or 64 hex digits"),
        ({"git_object": ONE}, "git_object is of a path or a commit"),
        ({"uri": "https://x.example", "git_object": ONE}, "git_object is of a path or a commit"),
        ({"text": "x", "path": "a", "git_object": ONE}, "a text needs none"),
    ],
)
def test_what_is_no_id_or_of_no_place_is_refused(artifact: dict[str, str], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        FinishRequest.parse({"lease": "a#1.x", "artifacts": [{"name": "n", **artifact}]})


def test_a_finish_again_is_the_same_call_whatever_git_said_of_it(pair: Board) -> None:
    mine = lease(pair, "a")
    first = pair.finish(mine, artifacts=[AT_ONE])
    assert pair.finish(mine, artifacts=[without(AT_ONE)]) == first
    assert pair.finish(mine, artifacts=[MOVED]).warnings != first.warnings


def test_a_digest_of_a_call_is_what_it_was_before_there_were_ids() -> None:
    request = FinishRequest.parse({"lease": "a#1.x", "artifacts": [without(AT_ONE)]})
    assert '"git_object"' in request.model_dump_json()
    said = request.model_dump_json(exclude={"artifacts": {"__all__": {"git_object"}}})
    assert request.digest == hashlib.sha256(said.encode()).hexdigest()[:32]


def test_it_comes_along_through_export_and_import(board: Board, tmp_path: Path) -> None:
    board.add([{"key": "a"}])
    finish(board, "a", artifacts=[AT_ONE])
    text = headwater_json.write(board.plan().tasks)
    assert ONE in text
    with Board.open(tmp_path / "two.db") as other:
        other.import_tasks(formats.read({"export": text.encode()}).tasks)
        assert headwater_json.write(other.plan().tasks) == text
        other.add([{"key": "b", "needs": ["a"]}])
        finish(other, "b")
        assert again(other, MOVED) is None
        assert other.verify() == []


def test_a_redacted_path_leaves_no_digest_and_a_redacted_id_no_plan_that_is_refused(
    pair: Board, tmp_path: Path
) -> None:
    finish(pair, "a", artifacts=[{**AT_ONE, "path": "keys/4711-0815"}])
    finish(pair, "b")
    (before,) = {one["digests"] for one in rows(pair, "SELECT digests FROM delivery WHERE id = 1")}
    place, held = before.partition('"artifact:code":"')[2].split('"')[0].split(":")
    pair.redact("4711-0815")
    assert not columns_with(pair, place) | columns_with(pair, held)
    assert pair.verify() == []
    assert again(pair, {**MOVED, "path": "keys/[redacted]"}) is None
    pair.redact(ONE)
    assert pair.verify() == []
    text = headwater_json.write(pair.plan().tasks)
    with Board.open(tmp_path / "two.db") as other:
        other.import_tasks(formats.read({"export": text.encode()}).tasks)


def test_the_same_work_on_the_same_content_in_another_commit_is_reused(board: Board) -> None:
    board.add([{"key": "a"}, {"key": "b", "needs": ["a"], "spec": "Count the lines."}])
    finish(board, "a", summary="s", artifacts=[AT_ONE])
    finish(board, "b")
    other = {"key": "x"}
    board.add([other])
    finish(board, "x", summary="s", artifacts=[MOVED])
    board.add([{"key": "y", "needs": ["x"], "spec": "Count the lines."}], reuse="exact")
    assert board.graph(task="y").state == "done"
    board.add([{"key": "z"}])
    finish(board, "z", summary="s", artifacts=[{**MOVED, "git_object": TWO}])
    board.add([{"key": "w", "needs": ["z"], "spec": "Count the lines."}], reuse="exact")
    assert board.graph(task="w").state == "ready"


def test_it_outlives_an_archive(pair: Board, tmp_path: Path) -> None:
    finish(pair, "a", artifacts=[AT_ONE])
    finish(pair, "b")
    done = pair.archive(before=pair.revision(), to=tmp_path / "old.jsonl")
    assert ONE in Path(done.file).read_text()
    assert again(pair, MOVED) is None
    assert again(pair, {**MOVED, "git_object": TWO}) == ["b"]
    assert pair.verify() == []
