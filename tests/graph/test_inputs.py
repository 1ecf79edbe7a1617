"""Early cutoff: what was read, and whether that is different now."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headwater.graph.inputs import changed_keys, delivery_digests, digest, read_digests

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_critical = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), _values, max_size=4)


def test_the_order_of_keys_does_not_change_a_digest() -> None:
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})


def test_different_values_have_different_digests() -> None:
    values = [None, False, 0, "", [], {}, "0", [0], {"a": 0}, 1, True, "1"]
    different = {digest(value) for value in values}
    assert len(different) == len(values)


@given(_critical)
def test_what_has_not_changed_is_no_change(critical: dict[str, object]) -> None:
    read = read_digests(delivery_digests(critical, []), [])
    assert changed_keys(read, delivery_digests(critical, [])) == []


@given(_critical, _critical)
def test_exactly_the_keys_that_were_read_and_differ_are_named(
    before: dict[str, object], after: dict[str, object]
) -> None:
    read = read_digests(delivery_digests(before, []), [])
    wanted = sorted(
        key for key in before if key not in after or digest(before[key]) != digest(after[key])
    )
    assert changed_keys(read, delivery_digests(after, [])) == wanted


def test_a_value_that_comes_back_is_no_change() -> None:
    one, two = delivery_digests({"port": 1}, []), delivery_digests({"port": 2}, [])
    read = read_digests(one, ["port"])
    assert changed_keys(read, two) == ["port"]
    assert changed_keys(read, one) == []


def test_only_the_keys_of_the_contract_count() -> None:
    read = read_digests(delivery_digests({"port": 1, "host": "a"}, []), ["port"])
    now = delivery_digests({"port": 1, "host": "b", "new": True}, [])
    assert changed_keys(read, now) == []


def test_a_removed_key_is_a_change_and_so_is_one_that_was_missing_and_came() -> None:
    read = read_digests(delivery_digests({"port": 1}, []), ["port", "token"])
    assert changed_keys(read, delivery_digests({}, [])) == ["port"]
    assert changed_keys(read, delivery_digests({"port": 1, "token": "x"}, [])) == ["token"]


def test_a_contract_may_name_an_artifact() -> None:
    artifacts = [{"name": "api.json", "hash": "h1"}]
    read = read_digests(delivery_digests({"port": 1}, artifacts), ["api.json"])
    same = delivery_digests({"port": 2}, artifacts)
    other = delivery_digests({"port": 1}, [{"name": "api.json", "hash": "h2"}])
    assert changed_keys(read, same) == []
    assert changed_keys(read, other) == ["artifact:api.json"]


def test_an_artifact_without_text_is_known_by_where_it_is() -> None:
    at_a = delivery_digests({}, [{"name": "log", "path": "a.log"}])
    at_b = delivery_digests({}, [{"name": "log", "path": "b.log"}])
    by_uri = delivery_digests({}, [{"name": "log", "uri": "a.log"}])
    assert len({at_a["artifact:log"], at_b["artifact:log"], by_uri["artifact:log"]}) == 3


@given(*[st.tuples(*map(st.sampled_from, (["a", "b"], ["c1", "c2"], ["o1", "o2", ""])))] * 2)
def test_what_git_has_there_decides_where_both_know_it_and_else_the_commit(
    before: tuple[str, str, str], after: tuple[str, str, str]
) -> None:
    first, second = (
        delivery_digests({}, [{"name": "f", "path": path, "commit": commit, "git_object": held}])
        for path, commit, held in (before, after)
    )
    deciding = 2 if before[2] and after[2] else 1
    same = (before[0], before[deciding]) == (after[0], after[deciding])
    assert changed_keys(first, second) == ([] if same else ["artifact:f"])


def test_an_artifact_as_older_stores_have_it_keeps_its_digest() -> None:
    artifact = {"name": "f", "path": "src/a.py", "commit": "ann@1a2b3c4"}
    assert delivery_digests({}, [artifact]) == {"artifact:f": "045303abe0fdfa67"}


def test_a_critical_key_and_an_artifact_of_the_same_name_are_told_apart() -> None:
    digests = delivery_digests({"x": 1}, [{"name": "x", "hash": "h"}])
    assert set(digests) == {"x", "artifact:x"}
    assert set(read_digests(digests, ["x"])) == {"x", "artifact:x"}
