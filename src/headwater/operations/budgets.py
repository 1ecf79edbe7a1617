"""Budgets: reserved when an attempt begins, settled when it ends, however it ends.

A task draws on the pool of its board and on that of its group, as far as they exist, and on its
own limit. Its attempt carries an account: which pools, how much it holds of them, and in the end
how much it used. Every attempt opens one and every end settles it (`attempts.py` calls both), so
nothing is reserved where nothing is active, and what a pool has spent is the sum of accounts.

Tasks that want the same of the same group share a purse (`Task.purse`) and fit all or none. Where
some do not fit, the queue is read purse by purse: an exhausted group costs a claim nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from headwater import limits
from headwater.errors import OverBudget
from headwater.graph.budget import (
    NOTHING,
    Account,
    Amounts,
    Excess,
    Figure,
    Pool,
    amounts,
    exceeded,
    limit_of,
    purse_of,
    read_purse,
    spent_of,
    used_up,
)
from headwater.graph.policy import policy_of
from headwater.graph.states import Trigger
from headwater.operations.images import compact
from headwater.operations.pools import pool_of
from headwater.operations.work import STORE_ACTOR, Work
from headwater.store.queries import pools
from headwater.store.rows import AttemptRow, BoardRow, PoolRow, TaskRow, TextRow
from headwater.store.transaction import Tx
from headwater.verbs.work import (
    Cost,
)


def purse(board: BoardRow, task: TaskRow, text: TextRow) -> str:
    """A task's purse: empty where neither the board nor the task has a budget."""
    if not board.pools and text.budget == "{}":
        return ""
    return purse_of(task.grouping, task.estimate_ms, text.budget)


# -- claiming ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Purses:
    """Which of the purses in the queue fit their pools now."""

    fitting: list[str]
    refused: dict[str, Excess]
    partial: bool = False
    """There are more purses than were looked at."""


def purses(tx: Tx, board: BoardRow) -> Purses | None:
    """None if the board has no pools, or if everything that is ready fits."""
    if not board.pools:
        return None
    found = {row.grouping: pool_of(row) for row in tx.all(pools.ALL, board_id=board.id)}
    rows = tx.all(pools.PURSES, board_id=board.id, count=limits.LOOK_AHEAD + 1)
    seen = [str(row[0]) for row in rows[: limits.LOOK_AHEAD]]
    share = policy_of(board.policy).budget_share
    refused = {one: excess for one in seen if (excess := _excess(found, one, share)) is not None}
    if not refused and len(rows) == len(seen):
        return None
    fitting = [one for one in seen if one not in refused]
    return Purses(fitting, refused, partial=len(rows) > limits.LOOK_AHEAD)


def _excess(found: dict[str, Pool], purse: str, share: int) -> Excess | None:
    group, wanted = read_purse(purse)
    drawn = [found[name] for name in dict.fromkeys(("", group)) if name in found]
    return _first(drawn, wanted, share)


def _first(drawn: Iterable[Pool], wanted: Amounts, share: int) -> Excess | None:
    return next((found for pool in drawn if (found := pool.excess(wanted, share))), None)


def fits(work: Work, task: TaskRow) -> bool:
    """May what the task wants be reserved now?"""
    if not work.board.pools or not task.purse:
        return True
    found = {row.grouping: pool_of(row) for row in _drawn(work, task)}
    return _excess(found, task.purse, work.policy.budget_share) is None


def count_refused(tx: Tx, board_id: int, lanes: Iterable[str], refused: Iterable[str]) -> int:
    """How many ready tasks in these lanes do not fit; counted up to the look-ahead."""
    purses, among = compact(sorted(refused)), compact(sorted(lanes))
    if purses == "[]":
        return 0
    most = limits.LOOK_AHEAD
    return tx.number(pools.COUNT_READY, board_id=board_id, purses=purses, lanes=among, most=most)


def refusals(refused: Iterable[Excess]) -> list[dict[str, Figure]]:
    """The figures by pool and unit, with the smallest amount that was wanted of each."""
    smallest: dict[tuple[str, str], Excess] = {}
    for excess in sorted(refused, key=lambda one: one.wanted):
        smallest.setdefault((excess.pool, excess.unit), excess)
    return [excess.figures() for excess in smallest.values()]


def shelve(work: Work, task: TaskRow) -> bool:
    """Hold a ready task whose earlier attempts have used up its own limit. False if they have not.

    It leaves the queue with the figures as its question, so it is met once only.
    """
    excess = _own_excess(work, task)
    if excess is None:
        return False
    text = work.text(task)
    text.question = (
        f"Its budget is used up: {excess.sentence()}. Raise it with edit (set budget), then "
        "answer; or cancel it."
    )
    work.record("over_budget", task, data={"over": excess.figures()}, actor=STORE_ACTOR)
    task.lapsed_session_id = 0
    work.move(task, Trigger.OVERSPEND)
    work.save_talk(text)
    work.save(task)
    work.notify("planners", "held", task=task.key, data={"over_budget": excess.figures()})
    return True


def _own_excess(work: Work, task: TaskRow) -> Excess | None:
    if not task.purse or not task.attempt_id:
        return None
    limit = limit_of(work.text(task).budget)
    return used_up(limit, _used_before(work, task)) if limit != NOTHING else None


def _used_before(work: Work, task: TaskRow, attempt_id: int = 0) -> Amounts:
    """What all ended attempts of a task but this one used, of every round."""
    ms = tokens = micro_usd = 0  # by themselves: there may be hundreds
    rows = work.tx.all(pools.USED, task_id=task.id, but=attempt_id)
    for account, started_ms, ended_ms, cost in rows:
        spent = spent_of(account) or _reported(cost)._replace(ms=ended_ms - started_ms)
        ms, tokens, micro_usd = ms + spent[0], tokens + spent[1], micro_usd + spent[2]
    return Amounts(ms, tokens, micro_usd)


# -- an attempt --------------------------------------------------------------------------------


def reserve(work: Work, task: TaskRow, kind: str) -> str:
    """The account of a new attempt. A review reserves nothing; what it uses is counted.

    Raises:
        OverBudget: a pool has too little left, or the task's own limit is used up.
    """
    if not task.purse:
        return ""
    rows = _drawn(work, task)
    if kind != "work":
        return Account(tuple(row.id for row in rows), NOTHING).stored()
    _group, wanted = read_purse(task.purse)
    excess = _first(map(pool_of, rows), wanted, work.policy.budget_share)
    excess = excess or _own_excess(work, task)
    if excess is not None:
        raise OverBudget(
            f"{task.key} is over budget: {excess.sentence()}",
            state={"task": task.key, **excess.figures()},
            next="claim() for other work; a person raises a pool with `headwater budget`, "
            "a planner a task's limit with edit",
        )
    account = Account(tuple(row.id for row in rows), wanted)
    _count(work, account.pools, reserved=wanted)
    return account.stored()


def _drawn(work: Work, task: TaskRow) -> list[PoolRow]:
    if not work.board.pools:
        return []
    return work.tx.all(pools.OF, board_id=work.board.id, grouping=task.grouping)


def _count(
    work: Work,
    of: Iterable[int],
    *,
    reserved: Amounts = NOTHING,
    spent: Amounts = NOTHING,
    sign: int = 1,
) -> None:
    for pool_id in of:
        work.tx.run(
            pools.COUNT,
            id=pool_id,
            spent_ms=sign * spent.ms,
            spent_tokens=sign * spent.tokens,
            spent_micro_usd=sign * spent.micro_usd,
            reserved_ms=sign * reserved.ms,
            reserved_tokens=sign * reserved.tokens,
            reserved_micro_usd=sign * reserved.micro_usd,
        )


def settle(work: Work, attempt: AttemptRow, until_ms: int) -> None:
    """The attempt is over: what it held is free, what it used is spent."""
    account = Account.read(attempt.account)
    if account.spent is not None:
        return  # a lapsed attempt, settled when its lease ran out
    used = NOTHING if attempt.outcome == "undone" else _use(attempt, until_ms)
    _count(work, account.pools, reserved=account.held, sign=-1)
    _count(work, account.pools, spent=used)
    attempt.account = Account(account.pools, account.held, used).stored()


def resume(work: Work, attempt: AttemptRow) -> None:
    """A lapsed attempt goes on, as if it had not been settled. It is not refused: its holder has
    worked on, and what others have reserved since stays theirs."""
    account = Account.read(attempt.account)
    _count(work, account.pools, reserved=account.held)
    _count(work, account.pools, spent=account.spent or NOTHING, sign=-1)
    attempt.account = Account(account.pools, account.held).stored()


def report(work: Work, attempt: AttemptRow, cost: Cost) -> bool:
    """The cost so far, as a holder reports it. True if it is news.

    What exceeds the reservation is reserved too, so that others do not count on it.
    """
    before = _reported(attempt.cost)
    now = before.at_least(amounts(0, cost.tokens, cost.usd))
    if now == before:
        return False
    attempt.cost = compact(now.shown())
    if attempt.account:
        account = Account.read(attempt.account)
        held = account.held.at_least(now)
        more = Amounts(*(new - old for new, old in zip(held, account.held, strict=True)))
        _count(work, account.pools, reserved=more)
        attempt.account = Account(account.pools, held).stored()
    return True


def _use(attempt: AttemptRow, until_ms: int) -> Amounts:
    return _reported(attempt.cost)._replace(ms=max(0, until_ms - attempt.started_ms))


def _reported(cost: str) -> Amounts:
    if cost == "{}":
        return NOTHING
    values: dict[str, Any] = json.loads(cost)
    return amounts(0, int(values.get("tokens", 0)), values.get("usd", 0))


# -- being over --------------------------------------------------------------------------------


def overrun(work: Work, task: TaskRow, attempt: AttemptRow) -> list[Excess]:
    """Of which units the task has used more than its own limit, the present attempt included."""
    if not task.purse:
        return []
    limit = limit_of(work.text(task).budget)
    if limit == NOTHING:
        return []
    now = _use(attempt, attempt.ended_ms or work.now_ms)
    return exceeded(limit, _used_before(work, task, attempt.id).plus(now))


def overdrawn(work: Work, task: TaskRow, attempt: AttemptRow) -> list[Excess]:
    """What an attempt that has just ended left over its limit: the task's own, and its pools'."""
    if not attempt.account:
        return []
    drawn = set(Account.read(attempt.account).pools)
    rows = work.tx.all(pools.ALL, board_id=work.board.id) if drawn else []
    found = [over for row in rows if row.id in drawn for over in pool_of(row).overdrawn()]
    return overrun(work, task, attempt) + found
