"""How soon a waiting call in another process returns: a claim after a finish was acknowledged,
a check after a message was."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from time import monotonic, sleep

from benchmarks import plans
from benchmarks.measure import Options, Result, spread_ms
from headwater import Board

_SETTLE_S = 0.05
"""How long the waiting claim is left alone before the finish."""
_IDLE_S = 2.5
"""Long enough for the change feed to poll less often."""


def wake(options: Options) -> list[Result]:
    """One process finishes the upstream, the other waits for the task that needs it."""
    often, rarely = options.count(100, 15), options.count(15, 1)
    base = plans.build(options.folder / "board.db", couples(often + rarely))
    busy, idle = times(base, often, rarely)
    raw: dict[str, object] = {"busy_board": spread_ms(busy), "idle_board": spread_ms(idle)}
    name = "finish acknowledged -> waiting claim elsewhere returned, p50"
    return [
        _result(name, busy, raw),
        _result(f"{name}, after {_IDLE_S} s of silence", idle, raw),
        _notices(options),
    ]


def times(location: str | Path, often: int, rarely: int) -> tuple[list[float], list[float]]:
    """Seconds from acknowledgement to return, on a busy board and after silences."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_wait_for_work, args=(location, theirs), daemon=True)
    process.start()
    ours.recv()
    with Board.open(location) as board:
        session = board.join("producer", capabilities=["produce"]).session
        busy = [_round(board, session, ours, _SETTLE_S) for _ in range(often)]
        idle = [_round(board, session, ours, _IDLE_S) for _ in range(rarely)]
    ours.send("end")
    process.join(30)
    return busy, idle


def _result(name: str, times: list[float], raw: dict[str, object], bar: float = 10) -> Result:
    return Result(name, median(times) * 1e3, unit="ms", bar=bar, sense="at most", raw=raw)


def _notices(options: Options) -> Result:
    """One process tells, the other waits in a check."""
    often = options.count(100, 15)
    path = plans.build(options.folder / "notices.db", couples(1))
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_wait_for_word, args=(path, theirs), daemon=True)
    process.start()
    ours.recv()
    times: list[float] = []
    with Board.open(path) as board:
        for at in range(often):
            ours.send("go")
            ours.recv()  # it is about to check
            sleep(_SETTLE_S)
            board.tell("agent:listener", str(at))
            acknowledged = monotonic()
            times.append(ours.recv() - acknowledged)
    ours.send("end")
    process.join(30)
    name = "message acknowledged -> waiting check elsewhere returned, p50"
    return _result(name, times, {"busy_board": spread_ms(times)}, bar=20)


def _wait_for_word(path: Path, pipe: Connection) -> None:
    with Board.open(path) as board:
        session = board.join("listener").session
        pipe.send(None)
        while pipe.recv() == "go":
            pipe.send(None)
            heard = board.check(session=session, wait=30).notices
            pipe.send(monotonic())
            assert heard, "nothing was heard"


def couples(count: int) -> list[dict[str, object]]:
    """Tasks that only the producer may take, each with one that waits for it."""
    found: list[dict[str, object]] = []
    for at in range(count):
        found.append(plans.task(f"up-{at}", [], capabilities=["produce"]))
        found.append(plans.task(f"down-{at}", [f"up-{at}"], capabilities=["consume"]))
    return found


def _round(board: Board, session: str, other: Connection, settle_s: float) -> float:
    """Seconds from the acknowledgement here to the return there: one clock for all processes."""
    briefing = board.claim(session)
    assert briefing.task is not None
    assert briefing.lease is not None
    other.send("go")
    other.recv()  # it is about to claim
    sleep(settle_s)
    board.finish(briefing.lease, **plans.outcome(briefing.task))
    acknowledged = monotonic()
    returned: float = other.recv()
    other.recv()  # it has finished, too
    return returned - acknowledged


def _wait_for_work(path: str | Path, pipe: Connection) -> None:
    with Board.open(path) as board:
        session = board.join("consumer", capabilities=["consume"]).session
        pipe.send(None)
        while pipe.recv() == "go":
            pipe.send(None)
            briefing = board.claim(session, wait=30)
            pipe.send(monotonic())
            assert briefing.task is not None, f"nothing came: {briefing.none}"
            assert briefing.lease is not None
            board.finish(briefing.lease, **plans.outcome(briefing.task))
            pipe.send(None)
