"""Whatever replies are lost, every notice arrives, in order, and nothing that was not sent.

A naive model in plain Python: a notice is pending for a session until a reply that arrived had it.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from headwater import Board, limits
from headwater.clock import ManualClock
from headwater.verbs.sessions import Notice
from headwater.verbs.work import Briefing, CheckRequest

_MEMORY = Path("/dev/shm")
AGENTS = ("ann", "bob")
WHO = st.integers(0, 1)
REACHED = {
    "all": (0, 1),
    "workers": (0, 1),
    "agent:ann": (0,),
    "agent:bob": (1,),
    "workers:gpu": (1,),
    "agent:nobody": (),
}


class Mail(RuleBasedStateMachine):
    """Two sessions, a sender, and a line that loses replies."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else gettempdir())
        self.board = Board.open(Path(self.folder.name) / "board.db", clock=ManualClock())
        skills: list[list[str]] = [[], ["gpu"]]
        joined = [
            self.board.join(name, capabilities=can)
            for name, can in zip(AGENTS, skills, strict=True)
        ]
        self.sessions = [one.session for one in joined]
        self.board.add([{"key": "open", "capabilities": ["nobody"]}])  # all is never done
        self.sent: list[list[int]] = [[], []]
        self.got: list[list[int]] = [[], []]

    def teardown(self) -> None:
        try:
            for who in range(2):
                while self._read(who):
                    pass
                assert self.got[who] == self.sent[who], "each once, in order, when all is read"
        finally:
            self.board.close()
            self.folder.cleanup()

    @rule(
        to=st.sampled_from(sorted(REACHED)),
        times=st.sampled_from([1, 1, 3, 30]),
        length=st.sampled_from([5, 700, limits.NOTICES_BESIDE_BYTES]),
    )
    def tell(self, to: str, times: int, length: int) -> None:
        for _ in range(times):
            number = self.board.tell(to, "x" * length).id
            for who in REACHED[to]:
                self.sent[who].append(number)

    @rule(who=WHO)
    def check(self, who: int) -> None:
        self._read(who)

    @rule(who=WHO)
    def a_check_is_lost(self, who: int) -> None:
        self.board.check(session=self.sessions[who])
        self.board.undo_check(CheckRequest(session=self.sessions[who]))

    @rule(who=WHO)
    def a_check_is_lost_and_a_program_says_how_far_it_came(self, who: int) -> None:
        last = self.got[who][-1] if self.got[who] else 0
        self.board.check(session=self.sessions[who], seen=last)  # its reply is lost, too
        self._read(who, seen=last)

    @rule(who=WHO)
    def claim(self, who: int) -> None:
        claimed = self._claimed(who)
        self._arrived(who, claimed.notices)
        left = [one for one in self.sent[who] if one not in self.got[who]]
        assert claimed.unread or not left, "it says that there are more"
        self.board.finish(claimed.lease or "", summary="x")

    @rule(who=WHO)
    def a_claim_is_lost(self, who: int) -> None:
        lost = self._claimed(who)
        self.board.undo_claim(lost.lease or "")
        self.board.done(str(lost.task))

    @rule(who=WHO)
    def a_claim_is_lost_and_a_program_says_how_far_it_came(self, who: int) -> None:
        last = self.got[who][-1] if self.got[who] else 0
        lost = self._claimed(who)
        self._read(who, seen=last)
        self.board.finish(lost.lease or "", summary="x")

    @rule(who=WHO)
    def resume(self, who: int) -> None:
        self._arrived(who, self.board.join(session=self.sessions[who]).notices)

    @invariant()
    def nothing_arrived_that_was_not_sent(self) -> None:
        for sent, got in zip(self.sent, self.got, strict=True):
            assert got == sent[: len(got)]

    def _claimed(self, who: int) -> Briefing:
        self.board.add([{"key": f"task{self.board.revision()}"}])
        return self.board.claim(self.sessions[who])

    def _read(self, who: int, seen: int = -1) -> bool:
        return self._arrived(who, self.board.check(session=self.sessions[who], seen=seen).notices)

    def _arrived(self, who: int, notices: list[Notice] | None) -> bool:
        ids = [one.id for one in notices or []]
        assert ids == sorted(set(ids))
        assert len(ids) <= 20
        self.got[who] += [one for one in ids if one not in self.got[who]]
        return bool(ids)


def test_every_notice_arrives_in_order_whatever_replies_are_lost() -> None:
    profile = settings(
        max_examples=40,
        stateful_step_count=30,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Mail, settings=profile)
