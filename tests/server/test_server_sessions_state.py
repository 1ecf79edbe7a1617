"""Who lives at a stdio connection, as one table: its states and what leads from one to another."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from headwater.server.sessions import Sessions, State

Step = Callable[[Sessions], None]


def opened(token: str) -> Step:
    return lambda here: here.opened(token)


def called(token: str) -> Step:
    return lambda here: here.called(token)


def joined(token: str) -> Step:
    return lambda here: here.joined(token, "ann/1")


def ended(token: str) -> Step:
    return lambda here: here.ended(token)


@pytest.mark.parametrize(
    ("steps", "state", "meant"),
    [
        ([], State.EMPTY, ""),
        ([opened("s")], State.OPENED, "s"),
        ([opened("s"), called("s")], State.UNNAMED, "s"),
        ([opened("s"), called("s"), joined("s")], State.ONE, "s"),
        ([opened("s"), called("s"), joined("t")], State.SEVERAL, ""),
        ([opened("s"), called("s"), ended("s")], State.EMPTY, ""),
        ([opened("s"), joined("t")], State.ONE, "t"),
        ([opened("s"), joined("t"), called("s")], State.SEVERAL, ""),
        ([opened("s"), joined("t"), ended("t")], State.OPENED, "s"),
        ([opened("s"), ended("s")], State.EMPTY, ""),
        ([called("s")], State.ONE, "s"),
        ([joined("s")], State.ONE, "s"),
        ([joined("s"), joined("s.2")], State.ONE, "s.2"),
        ([joined("s"), called("s.2")], State.ONE, "s.2"),
        ([joined("s"), joined("s.2"), ended("s")], State.ONE, "s.2"),
        ([joined("s"), joined("t"), ended("s")], State.ONE, "t"),
    ],
)
def test_who_lives_here_follows_from_what_happened(
    steps: list[Step], state: State, meant: str
) -> None:
    here = Sessions()
    for step in steps:
        step(here)
    assert (here.state, here.meant) == (state, meant)
    assert here.unnamed == (meant if state is State.UNNAMED else "")


def test_all_who_live_here_are_listed_once_and_the_one_without_a_name_last() -> None:
    here = Sessions()
    here.opened("s")
    assert (here.tokens, here.listed) == (["s"], [])
    here.called("s")
    here.joined("t", "ann/1")
    here.called("u")
    assert here.listed == ["t (ann/1)", "u (resumed)", "s (joined without a name)"]
    assert sorted(here.tokens) == ["s", "t", "u"]
