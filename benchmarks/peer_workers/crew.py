"""What the workers of every side have in common. It runs in the peers' own environments: the
standard library only.

A worker takes orders as JSON lines and answers with one line each: `build` a store with a plan, or
`work` on one: claim and finish a first task if told to `warm` up, say `ready`, wait for a line,
then claim and finish until nothing is left.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from math import inf
from time import monotonic, sleep
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Busy(Exception):
    """The store was too busy for this call: it may be tried again."""


class Stuck(Exception):
    """This worker can neither finish what it holds nor claim anything else."""


class Side(Protocol):
    """A task store as one worker sees it."""

    pause_s: float
    """How long to wait after a claim that found nothing, before the next."""

    def build(self, store: str, tasks: list[dict[str, Any]]) -> None:
        """A new store with these tasks: key, title, spec and the keys that they need."""
        ...

    def open(self, store: str, agent: str) -> None: ...

    def claim(self) -> tuple[str, Any] | None:
        """A task and what its finish needs. None: nothing now, or the claim was lost."""
        ...

    def finish(
        self, key: str, proof: Any, summary: str, critical: dict[str, Any], *, last: bool
    ) -> None:
        """Finish what `claim` gave; `last`: this worker will not claim again for now."""
        ...

    def over(self) -> bool:
        """Whether every task is done."""
        ...

    def close(self) -> None: ...


def serve(side: Side) -> None:
    """Obey until the input ends."""
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "build":
            side.build(order["store"], order["tasks"])
            _say("built")
            continue
        side.open(order["store"], order["agent"])
        if order["warm"]:
            _work(side, order, at_most=1)
        _say("ready")
        sys.stdin.readline()
        report = _work(side, order)
        side.close()
        _say(report)


def _work(side: Side, order: dict[str, Any], *, at_most: float = inf) -> dict[str, Any]:
    finished: list[str] = []
    found: dict[str, Any] = {"nothing": 0, "busy": 0, "stuck": ""}
    ended = monotonic()
    until = ended + order["limit_s"]
    cpu_s = _cpu_s()
    try:
        while monotonic() < until and len(finished) < at_most:
            taken = _patiently(side.claim, found)
            if taken is not None:
                _finish(side, order, *taken, found, last=len(finished) + 1 >= at_most)
                finished.append(taken[0])
                ended = monotonic()
            elif side.over():
                break
            else:
                found["nothing"] += 1
                sleep(side.pause_s)
    except Stuck as reason:
        found["stuck"] = str(reason)
    return {**found, "finished": finished, "ended": ended, "cpu_s": _cpu_s() - cpu_s}


def _finish(
    side: Side, order: dict[str, Any], key: str, proof: Any, found: dict[str, Any], *, last: bool
) -> None:
    if order["work_s"]:
        sleep(order["work_s"])
    summary = order["summary"].format(key=key)
    _patiently(lambda: side.finish(key, proof, summary, order["critical"], last=last), found)


def _patiently(call: Callable[[], T], found: dict[str, Any]) -> T:
    while True:
        try:
            return call()
        except Busy:
            found["busy"] += 1


def _cpu_s() -> float:
    """What this process has used so far, with the children that it waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
