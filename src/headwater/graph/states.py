"""The life of a task, as one table.

Rule 1. Everything that changes a task's state is a row of `TRANSITIONS`. A move that is not a row
        is refused and changes nothing; the store's operations call `move` and nothing else.
Rule 2. "Ready" is derived: a task that has not begun is `ready` exactly if its `pending` (the
        number of unfinished hard upstreams) is 0, and `waiting` otherwise. Where a row says
        `OPEN`, the state is that one of the two; `opened(pending)` decides.
Rule 3. `done` means accepted. Dependents are released by it and by nothing else.
Rule 4. Expiry does not touch the fence: until somebody else claims, the late holder may come back
        (`revive`).

The diagram in docs/states.md is generated from this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from headwater.errors import WrongState


class State(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    ACTIVE = "active"
    REVIEW = "review"
    HELD = "held"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SPLIT = "split"


STATES = tuple(state.value for state in State)


class Trigger(StrEnum):
    """What moves a task."""

    INPUTS_SETTLED = "inputs_settled"
    INPUTS_REOPENED = "inputs_reopened"
    CLAIM = "claim"
    REVIVE = "revive"
    RELEASE = "release"
    GIVE_UP = "give_up"
    RETRY = "retry"
    FAIL = "fail"
    EXPIRE = "expire"
    EXPIRE_LAST = "expire_last"
    BLOCK = "block"
    WAIT_FOR = "wait_for"
    TAKE_BACK = "take_back"
    DELIVER = "deliver"
    FINISH = "finish"
    REUSE = "reuse"
    REUSE_FOR_REVIEW = "reuse_for_review"
    APPROVE = "approve"
    REJECT = "reject"
    SPLIT = "split"
    PARTS_DONE = "parts_done"
    PARTS_CANCELLED = "parts_cancelled"
    PARTS_REOPENED = "parts_reopened"
    REWORK = "rework"
    REWORK_TOO_OFTEN = "rework_too_often"
    OVERSPEND = "overspend"
    CANCEL = "cancel"
    DO_BY_HAND = "do_by_hand"


class Open(StrEnum):
    """`ready` or `waiting`, by Rule 2."""

    OPEN = "open"


OPEN = Open.OPEN
_W, _R, _A, _V = State.WAITING, State.READY, State.ACTIVE, State.REVIEW
_H, _D, _F, _C, _S = State.HELD, State.DONE, State.FAILED, State.CANCELLED, State.SPLIT


@dataclass(frozen=True, slots=True)
class Transition:
    """One legal move: from any of `sources`, by `trigger`, to `target`, if `guard` holds."""

    sources: tuple[State, ...]
    trigger: Trigger
    target: State | Open
    guard: str


TRANSITIONS: tuple[Transition, ...] = (
    Transition((_W,), Trigger.INPUTS_SETTLED, _R, "its last unfinished hard upstream is done"),
    Transition((_R,), Trigger.INPUTS_REOPENED, _W, "a hard upstream was added or reopened"),
    Transition((_R,), Trigger.CLAIM, _A, "the session may take it; fence +1"),
    Transition(
        (_R, _W, _F), Trigger.REVIVE, _A, "its lease lapsed, the fence is current, nobody claimed"
    ),
    Transition((_A,), Trigger.RELEASE, OPEN, "the holder gives it back; no attempt is charged"),
    Transition((_A,), Trigger.GIVE_UP, _H, "it was given back too often in one round"),
    Transition((_A,), Trigger.RETRY, OPEN, "the attempt failed and attempts are left; backoff"),
    Transition((_A,), Trigger.FAIL, _F, "the last attempt failed"),
    Transition((_A,), Trigger.EXPIRE, OPEN, "the lease ran out; an attempt is charged"),
    Transition((_A,), Trigger.EXPIRE_LAST, _F, "the lease of the last attempt ran out"),
    Transition((_A,), Trigger.BLOCK, _H, "the holder asks a question"),
    Transition((_A,), Trigger.WAIT_FOR, OPEN, "its holder added or reworked an upstream"),
    Transition((_A, _V), Trigger.TAKE_BACK, OPEN, "a planner starts a new round over the holder"),
    Transition(
        (_A,),
        Trigger.DELIVER,
        _V,
        "a review is asked for, an input was reopened, or it is to be merged",
    ),
    Transition((_A,), Trigger.FINISH, _D, "every promise is answered"),
    Transition(
        (_R,), Trigger.REUSE, _D, "an identical task was accepted before; `reuse` allows it"
    ),
    Transition((_R,), Trigger.REUSE_FOR_REVIEW, _V, "the same, and a review is asked for"),
    Transition(
        (_V,),
        Trigger.APPROVE,
        _D,
        "a reviewer approves, the inputs settled unchanged, or it was merged",
    ),
    Transition((_V,), Trigger.REJECT, OPEN, "feedback is given; no attempt is charged"),
    Transition((_W, _R, _A, _H, _F), Trigger.SPLIT, _S, "by its holder, if it is active"),
    Transition((_S,), Trigger.PARTS_DONE, _D, "every child is closed and at least one is done"),
    Transition((_S,), Trigger.PARTS_CANCELLED, _H, "every child is cancelled"),
    Transition((_D, _H, _C), Trigger.PARTS_REOPENED, _S, "a child was reworked"),
    Transition((_D, _F, _H, _C), Trigger.REWORK, OPEN, "a new round with feedback"),
    Transition((_D, _F, _C), Trigger.REWORK_TOO_OFTEN, _H, "policy `reworks` is used up"),
    Transition((_R,), Trigger.OVERSPEND, _H, "its attempts have used up its own budget"),
    Transition((_W, _R, _A, _V, _H, _F), Trigger.CANCEL, _C, "nothing unfinished needs it"),
    Transition((_W, _R, _A, _V, _H, _F), Trigger.DO_BY_HAND, _D, "a person did it"),
)

LEGAL: dict[tuple[State, Trigger], State | Open] = {
    (source, transition.trigger): transition.target
    for transition in TRANSITIONS
    for source in transition.sources
}

UNBEGUN = frozenset({_W, _R})
"""Not begun: the state follows `pending` (Rule 2)."""
CLOSED = frozenset({_D, _C})
"""A child in one of these no longer keeps its container open."""


def opened(pending: int) -> State:
    """The state of a task that has not begun."""
    return _W if pending > 0 else _R


def move(state: str, trigger: Trigger, pending: int, key: str = "task") -> State:
    """The state that `trigger` leads to.

    Raises:
        WrongState: if no transition allows it.
    """
    target = LEGAL.get((State(state), trigger))
    if target is None:
        allowed = sorted({row[0].value for row in LEGAL if row[1] is trigger})
        raise WrongState(
            f"{key} is {state}; {trigger.value.replace('_', ' ')} needs it to be "
            f"{' or '.join(allowed)}",
            state={"task": key, "state": state},
            next=f'graph(view="task", task="{key}") shows where it stands',
        )
    return opened(pending) if isinstance(target, Open) else target


_RARE = {
    Trigger.REVIVE,
    Trigger.GIVE_UP,
    Trigger.TAKE_BACK,
    Trigger.REUSE,
    Trigger.REUSE_FOR_REVIEW,
    Trigger.PARTS_CANCELLED,
    Trigger.PARTS_REOPENED,
    Trigger.REWORK_TOO_OFTEN,
    Trigger.OVERSPEND,
    Trigger.CANCEL,
    Trigger.DO_BY_HAND,
}
"""Not drawn: sixty arrows hide the usual life, which has some twenty."""


def mermaid() -> str:
    """The usual life of a task as a Mermaid state diagram."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in TRANSITIONS:
        if row.trigger not in _RARE:
            target = "open" if isinstance(row.target, Open) else row.target.value
            sources = [one.value for one in row.sources if one is not State.CANCELLED]
            if {"waiting", "ready"} <= set(sources):
                sources = ["open", *(one for one in sources if one not in ("waiting", "ready"))]
            for source in sources:
                arrows.setdefault((source, target), []).append(row.trigger.value)
    drawn = {pair: f"{' --> '.join(pair)}: {', '.join(why)}" for pair, why in arrows.items()}
    between = [drawn.pop(pair) for pair in (("waiting", "ready"), ("ready", "waiting"))]
    lines = ["[*] --> open: add", "state open {", *(f"    {one}" for one in between), "}"]
    return "\n    ".join(["stateDiagram-v2", *lines, *drawn.values()]) + "\n"


def page() -> str:
    """docs/states.md: the usual life as a picture, and the whole table."""
    lines = [
        "# The life of a task",
        "",
        "Generated from the table in `src/headwater/graph/states.py` by `make docs`.",
        "",
        "```mermaid",
        mermaid().rstrip(),
        "```",
        "",
        "That is the usual life. The table has all ways: `cancel` and `do_by_hand` lead out of",
        "nearly every state, and `rework` back from `cancelled`, too.",
        "",
        "| from | trigger | to | when |",
        "| --- | --- | --- | --- |",
    ]
    for row in TRANSITIONS:
        target = "ready or waiting" if isinstance(row.target, Open) else row.target.value
        sources = ", ".join(source.value for source in row.sources)
        lines.append(f"| {sources} | {row.trigger.value} | {target} | {row.guard} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
