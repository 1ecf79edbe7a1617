"""PostgreSQL with several processes and threads: no cycle, no stuck task, no double claim."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from store_workers import Worker, claim_all

from headwater import Board
from headwater.errors import Cycle, HeadwaterError
from headwater.store.sql import Sql
from headwater.store.transaction import Tx
from patience import PATIENCE_S

THREADS = 8
PROCESSES = 16


def at_once(count: int, work) -> list:
    """Run `work(number)` in so many threads that begin together."""
    start = threading.Barrier(count)

    def run(number: int):
        start.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_eight_adders_of_edges_never_commit_a_cycle(url: str) -> None:
    with Board.open(url, "default") as board:
        board.add([{"key": f"t{n}"} for n in range(30)])

        def add_edges(number: int) -> Counter[str]:
            chance = random.Random(number)
            outcomes: Counter[str] = Counter()
            for _ in range(20):
                task, upstream = chance.sample(range(30), 2)
                try:
                    board.edit(f"t{task}", add_needs=[f"t{upstream}"])
                    outcomes["added"] += 1
                except Cycle:
                    outcomes["cycle"] += 1
                except HeadwaterError as error:
                    outcomes[error.code] += 1
            return outcomes

        found = sum(at_once(THREADS, add_edges), Counter())
        assert found["added"] > 30
        assert found["cycle"] > 10
        assert board.verify() == []  # labels rise along every edge: there is no circle


def test_two_finishers_in_step_never_leave_a_dependent_stuck(url: str) -> None:
    rounds = 30
    with Board.open(url, "default") as board:
        board.policy(leases_per_session=3)
        sessions = [board.join(f"w{n}").session for n in range(2)]
        for number in range(rounds):
            left, right, last = f"l{number}", f"r{number}", f"z{number}"
            board.add([{"key": left}, {"key": right}, {"key": last, "needs": [left, right]}])
            leases = [board.claim(sessions[n], (left, right)[n]).lease for n in range(2)]
            at_once(2, lambda n, leases=leases: board.finish(leases[n], summary="x"))
        assert {one["state"] for one in board.graph(limit=500).tasks} == {"done", "ready"}
        assert board.verify() == []


def test_sixteen_processes_never_claim_a_task_twice(url: str) -> None:
    tasks = 96
    with Board.open(url, "default") as board:
        board.add([{"key": f"t{n}"} for n in range(tasks)])
        workers = [Worker(claim_all, "", url, f"w{number}") for number in range(PROCESSES)]
        for worker in workers:
            assert worker.result() == "here"
        for worker in workers:
            worker.pipe.send("go")
        claimed = [claim for worker in workers for claim in iter(worker.result, None)]
        for worker in workers:
            worker.end()
        assert len(set(claimed)) == len(claimed) == tasks
        assert {fence for _, fence in claimed} == {1}
        assert board.verify() == []


def test_threads_lose_no_increment_on_one_row(url: str) -> None:
    """What every mutation rests on: the row is taken before it is read."""
    take = Sql("SELECT revision FROM board WHERE id = 1 FOR UPDATE")
    put = Sql("UPDATE board SET revision = :revision WHERE id = 1")
    with Board.open(url, "default") as board:

        def add(tx: Tx) -> None:
            row = tx.one(take)
            assert row is not None
            tx.run(put, revision=row[0] + 1)

        at_once(THREADS, lambda _: [board.store.write(add) for _ in range(20)])
        assert board.revision() == THREADS * 20


def test_a_transaction_that_the_database_undid_is_done_again(url: str) -> None:
    """Two that take the same rows in opposite order: one of them is undone by the database."""
    change = Sql("UPDATE meta SET value = value || :mark WHERE name = :name")
    insert = Sql("INSERT INTO meta (name, value) VALUES (:name, '')")
    read = Sql("SELECT value FROM meta WHERE name = :name")
    with Board.open(url, "default") as board:
        store = board.store
        store.write(lambda tx: [tx.run(insert, name=name) for name in "ab"])
        met = threading.Barrier(2)
        stored = threading.Event()
        begun: list[int] = []

        def cross(number: int) -> None:
            def operation(tx: Tx) -> None:
                begun.append(number)
                if begun.count(number) > 1:
                    assert stored.wait(30)  # else it may be undone once more, by the same rival
                names = "ab" if number else "ba"
                tx.run(change, name=names[0], mark=str(number))
                tx.one(read, name=names[0])
                if len(begun) <= 2:
                    met.wait(PATIENCE_S)
                tx.run(change, name=names[1], mark=str(number))

            store.write(operation)
            stored.set()

        at_once(2, cross)
        assert sorted(Counter(begun).values()) == [1, 2]
        values = store.read(lambda tx: [tx.one(read, name=name) for name in "ab"])
        assert [sorted(row[0]) for row in values if row] == [["0", "1"], ["0", "1"]]


def test_boards_do_not_wait_for_each_other(url: str) -> None:
    with Board.open(url, "one") as one:
        other = Board(one.store, "other")
        one.add([{"key": "a"}])
        take = Sql("SELECT id FROM board WHERE id = :id FOR UPDATE")

        def meanwhile(tx: Tx) -> int:
            tx.one(take, id=one.id)
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(other.add, [{"key": "b"}]).result(PATIENCE_S).revision

        assert one.store.write(meanwhile) == 1
