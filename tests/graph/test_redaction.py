"""What a redaction may change of a stored row, and what shows that it changed more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headwater.graph.redaction import TEXTS, TOMBSTONE, Secret, keeps_form, keeps_record

SECRET = 'hunter"2\né'


def stored(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def secret() -> Secret:
    return Secret(SECRET)


def keeps(table: str, column: str, before: str, after: str | None = None) -> bool:
    """Whether a row of that table is still of its form, with what redaction makes of `before`."""
    hidden = secret()
    left = hidden.out_of(before) if after is None else after
    return keeps_form(hidden, TEXTS[table], {"id": 1, column: before}, {"id": 1, column: left})


@pytest.mark.parametrize("levels", [0, 1, 2])
@pytest.mark.parametrize("ascii", [True, False])
def test_a_secret_is_found_as_often_as_json_holds_it(levels: int, ascii: bool) -> None:
    text = f"a {SECRET} b"
    for _ in range(levels):
        text = json.dumps(text, ensure_ascii=ascii)
    hidden = secret()
    assert hidden.is_in(text)
    left = hidden.out_of(text)
    assert not hidden.is_in(left)
    for _ in range(levels):
        left = json.loads(left)
    assert left == f"a {TOMBSTONE} b"


def test_what_json_writes_longer_is_taken_out_whole() -> None:
    hidden = Secret("\\path")
    assert json.loads(hidden.out_of(json.dumps("a\\path b"))) == f"a{TOMBSTONE} b"


@pytest.mark.parametrize("many", [0, 100, 101])
def test_a_digest_of_it_is_replaced_by_that_of_what_is_left(many: int) -> None:
    hidden = secret()
    old, new = "0123456789abcdef", "fedcba9876543210"
    hidden.digests = {f"{number:064x}": "" for number in range(many)} | {old: new}
    text = f'{{"x": "{old}", "y": "{old}0", "z": "aaaaaaaaaaaaaaaa"}}'
    assert hidden.is_in(text)
    assert not hidden.is_in(f"{new} is none")
    assert hidden.out_of(text) == text.replace(f'"{old}"', f'"{new}"')
    assert not secret().is_in(text)
    assert secret().out_of(text) == text


def test_two_names_that_would_become_one_are_refused() -> None:
    assert secret().out_of_value({SECRET: [1, SECRET], "b": None}) == {
        TOMBSTONE: [1, TOMBSTONE],
        "b": None,
    }
    with pytest.raises(ValueError, match="two names would become one"):
        secret().out_of_value([{SECRET: 1, TOMBSTONE: 2}])
    assert not keeps("delivery", "critical", stored({SECRET: 1, TOMBSTONE: 2}))


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("delivery", "critical", {"a": SECRET, SECRET: 1}),
        ("delivery", "artifacts", [{"name": SECRET, "path": "a"}]),
        ("task_text", "budget", {"minutes": 3, "group": SECRET}),
        ("image", "image", {"title": SECRET, "acceptance": stored([SECRET])}),
        ("image", "image", [[7, "hard", SECRET, "", stored([SECRET])]]),
        ("event", "data", {"keys": ["a"], "attempt": {"id": 3, "notes": SECRET}}),
        ("event", "data", {"policy": {"rules": SECRET, "reworks": 3}}),
        ("board", "policy", {"rules": SECRET, "reworks": 3}),
    ],
)
def test_what_only_lost_its_secret_keeps_its_form(table: str, column: str, value: Any) -> None:
    before = stored(value)
    assert secret().is_in(before)
    assert keeps(table, column, before)
    assert not keeps(table, column, before, "{")


@pytest.mark.parametrize(
    ("table", "column", "before", "after"),
    [
        ("delivery", "critical", {"a": SECRET, "b": 1}, {"a": TOMBSTONE, "b": 2}),
        ("delivery", "artifacts", [{SECRET: 1}], [{TOMBSTONE: 1}]),
        ("image", "image", {SECRET: 1}, {TOMBSTONE: 1}),
        ("image", "image", {"state": SECRET}, {"state": TOMBSTONE}),
        ("image", "image", {"fence": 1, "title": SECRET}, {"fence": 2, "title": TOMBSTONE}),
        ("image", "image", {"acceptance": SECRET}, {"acceptance": "[]"}),
        ("image", "image", [[7, SECRET, "", "", "[]"]], [[7, TOMBSTONE, "", "", "[]"]]),
        ("event", "data", {SECRET: 1}, {TOMBSTONE: 1}),
        (
            "event",
            "data",
            {"attempt": {"id": 3, "state": SECRET}},
            {"attempt": {"id": 3, "state": TOMBSTONE}},
        ),
        ("event", "data", {"policy": {"paths": SECRET}}, {"policy": {"paths": TOMBSTONE}}),
        ("board", "policy", {"paths": SECRET}, {"paths": TOMBSTONE}),
        ("board", "policy", {SECRET: 1}, {TOMBSTONE: 1}),
        ("board", "policy", {"reworks": 3}, {"reworks": 4}),
    ],
)
def test_what_changed_beyond_its_texts_is_noticed(
    table: str, column: str, before: Any, after: Any
) -> None:
    assert not keeps(table, column, stored(before), stored(after))


def test_a_column_without_texts_and_a_row_of_another_shape_are_noticed() -> None:
    rules = TEXTS["attempt"]
    before = {"id": 1, "notes": SECRET}
    assert keeps_form(secret(), rules, before, {"id": 1, "notes": "anything"})
    assert not keeps_form(secret(), rules, before, {"id": 2, "notes": TOMBSTONE})
    assert not keeps_form(secret(), rules, before, {"id": 1})
    assert not keeps_form(secret(), rules, before, {"id": 1, "notes": "", "more": 1})


def test_of_a_purse_the_amounts_stay() -> None:
    assert keeps("task", "purse", f"1,2,3,{SECRET},x", f"1,2,3,{TOMBSTONE}")
    for after in ("1,2,4,x", "1,0,3,x", "9,2,3,x"):
        assert not keeps("task", "purse", f"1,2,3,{SECRET}", after)


def test_what_tells_which_call_a_reply_answers_stays() -> None:
    said = stored({"revision": 3, "text": SECRET})
    assert keeps("idempotency", "reply", f"digest:{said}")
    left = secret().out_of(said)
    assert not keeps("idempotency", "reply", f"digest:{said}", f"other:{left}")
    assert not keeps("idempotency", "reply", f"digest:{said}", f"digest:{left[:-1]}, 1: 2}}")
    assert not keeps("idempotency", "reply", f"digest:{said}", f"digest:{left}".replace("3", "4"))


def test_what_is_no_json_may_become_anything() -> None:
    assert keeps("notice", "data", f"no json: {SECRET}")
    assert not keeps("notice", "data", stored({"a": SECRET}), "no json")


def test_what_an_archive_has_left_of_a_row_keeps_its_form() -> None:
    def kept(table: str, before: Any, after: Any) -> bool:
        return keeps_record(secret(), table, stored(before), stored(after))

    attempt = {"id": 1, "state": "done", "notes": SECRET}
    assert kept("attempt", attempt, attempt | {"notes": TOMBSTONE})
    assert not kept("attempt", attempt, attempt | {"notes": TOMBSTONE, "state": "failed"})
    assert not kept("attempt", {SECRET: 1}, {TOMBSTONE: 1})
    assert not kept("unheard of", attempt, attempt | {"notes": TOMBSTONE})
    assert keeps_record(secret(), "delivery", "", "")
    assert keeps_record(secret(), "delivery", "", "{}"), "only a digest was kept of it"
