"""Every operation as a rule: arguments that are often right and sometimes wrong."""

from __future__ import annotations

from typing import Any

from board_world import SESSIONS, Place
from crew import Crew
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from plan_rules import CAPABILITIES, SOMETIMES, WHICH, WHO
from side_rules import SECRET, SideRules

from headwater.operations.caller import Caller
from headwater.verbs.work import Briefing, ClaimRequest

SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "review": st.just("always"),
        "evidence": st.just("required"),
        "paths": st.sampled_from(["refuse", "off"]),
        "release_on": st.just("merged"),
        "reworks": st.sampled_from([0, 1]),
        "releases": st.just(1),
        "recall": st.just("hints"),
        "check_minutes": st.just(3),
    },
)
"""What the board is set to from the start: any of these, together."""
GIVING_UP = ["failed", "failed", "release", "handoff", "blocked", "reject"]


class BoardMachine(SideRules):
    """Random calls by several sessions, compared with a naive model after each."""

    def teardown(self) -> None:
        """Whatever was made of it, a crew of good will brings the board to its end."""
        try:
            self.world.verify()
            Crew(self.world.board, self.world.clock).bring_to_an_end()
        finally:
            self.world.close()

    def settle(self) -> None:
        self.world.settle()

    @invariant()
    def the_store_and_the_model_agree(self) -> None:
        self.settle()
        self.world.verify_what_changed()

    @initialize(shape=st.integers(0, 2), review=SOMETIMES, settings=SETTINGS)
    def begin(self, shape: int, review: bool, settings: dict[str, Any]) -> None:
        """A diamond, a chain or two groups, and the sessions."""
        self.world.call(lambda b: b.policy(**(settings | self.fixed)))
        needs: list[list[int]] = [[[], [0], [0], [1, 2]], [[], [0], [1], [2]], [[], [], [0], [1]]][
            shape
        ]
        keys = [self.world.new_key() for _ in needs]
        specs: list[dict[str, Any]] = [
            {"key": key, "needs": [keys[up] for up in ups], "review": review}
            for key, ups in zip(keys, needs, strict=True)
        ]
        self._add(specs)
        for number in range(SESSIONS):
            self.join(number)

    # -- sessions ------------------------------------------------------------------------------

    def join(self, who: int) -> None:
        world = self.world
        skills = CAPABILITIES[who]
        parent = next(iter(world.sessions.values()), "") if who == SESSIONS - 1 else ""
        place = {"workspace": "/w", "branch": "main", "commit": "c0ffee"} if who % 2 else {}
        joined = world.call(
            lambda b: b.join(
                "abab"[who], capabilities=skills, window="first", parent=parent, **place
            )
        )
        assert joined is not None
        world.sessions[joined.session] = joined.session
        world.skills[joined.session] = set(skills)
        world.places[joined.session] = ("/w", "main") if place else ("", "")
        if len(world.sessions) > SESSIONS:
            world.sessions.pop(next(iter(world.sessions)))
        world.observe()

    @rule(
        who=WHO,
        take=SOMETIMES,
        window=st.sampled_from(["first", "other"]),
        place=st.sampled_from([None, None, ("/w", "main"), ("/w", "side"), ("/v", "")]),
    )
    def resume(self, who: int, take: bool, window: str, place: Place | None) -> None:
        """A session that says where it stands has moved there, as a whole."""
        world = self.world
        session = world.session(who)
        token = world.sessions[session]
        where = {"workspace": place[0], "branch": place[1]} if place else {}
        found = world.call(lambda b: b.join(session=token, take=take, window=window, **where))
        if found is None:
            return
        world.places[session] = place or world.places[session]
        world.resumed_by(session, found.session)
        world.observe()
        for lease in found.leases:
            world.regained(lease.task, lease.lease)

    @rule(which=WHICH)
    def call_from_a_replaced_window(self, which: int) -> None:
        if self.world.old_sessions:
            self.world.fenced_off(self.world.pick(self.world.old_sessions, which))

    # -- work ----------------------------------------------------------------------------------

    @rule(who=WHO)
    def claim_next(self, who: int) -> None:
        self.world.claim(who)

    @rule(first=WHO, second=WHO)
    def two_claim_next(self, first: int, second: int) -> None:
        self.world.claim(first)
        self.settle()
        self.world.claim(second)

    @rule(who=WHO, kind=st.sampled_from(["any", "work", "review", "handoff"]), repeat=SOMETIMES)
    def claim_kind(self, who: int, kind: str, repeat: bool) -> None:
        name = f"claim-{self.world.steps}" if repeat else ""
        self.world.claim(who, kind=kind, request=name)

    @rule(who=WHO, size=st.sampled_from(["short", "full"]))
    def claim_several(self, who: int, size: str) -> None:
        """As many as one session may hold, and no task twice."""
        world = self.world
        session = world.session(who)
        token = world.sessions[session]
        found = world.call(lambda b: b.claim(token, count=2, brief=size))
        if found is not None:
            world.took_all(session, found)

    @rule(who=WHO, which=WHICH, take_over=SOMETIMES)
    def claim_this(self, who: int, which: int, take_over: bool) -> None:
        states = ("active", "review") if take_over else ("ready", "review", "failed")
        self.world.claim(who, task=self.world.key_in(which, *states), take_over=take_over)

    @rule(who=WHO, which=WHICH)
    def take_over_without_the_right_to_plan(self, who: int, which: int) -> None:
        """Good only if the policy has a check interval and the holder missed it."""
        world = self.world
        session = world.session(who)
        task = world.key_in(which, "active", "review")
        request = ClaimRequest(session=world.sessions[session], task=task, take_over=True)
        got = world.call(lambda b: b.step(request, Caller(rights="work")))
        if got is not None:
            assert isinstance(got, Briefing)
            world.took(session, got)

    @rule(which=WHICH, value=st.integers(0, 1), chain=SOMETIMES)
    def finish(self, which: int, value: int, chain: bool) -> None:
        self._finish(self.world.lease(which), "done", value, chain)

    @rule(which=st.integers(0, 11), value=st.integers(0, 1), changed=SOMETIMES)
    def finish_rightly(self, which: int, value: int, changed: bool) -> None:
        token = self.world.lease(which)
        hold = self.world.hold_of(token)
        approving = hold is not None and hold.kind == "review"
        self._finish(token, "approve" if approving else "done", value, chain=True, told=changed)

    @rule(who=WHO, value=st.integers(0, 1), changed=SOMETIMES)
    def do_what_is_next(self, who: int, value: int, changed: bool) -> None:
        """Work or a review, from claim to finish, and whatever comes next is claimed."""
        world = self.world
        world.claim(who)
        self.settle()
        session = world.session(who)
        held = [hold for hold in world.model.holds.values() if hold.session == session]
        if held and held[0].token:
            verdict = "approve" if value or not changed else "reject"
            outcome = verdict if held[0].kind == "review" else "done"
            self._finish(held[0].token, outcome, value, chain=True, told=changed)

    @rule(who=WHO, needs=st.lists(WHICH, max_size=1), value=st.integers(0, 1), review=SOMETIMES)
    def do_the_same_again(self, who: int, needs: list[int], value: int, review: bool) -> None:
        """Work, and then the same work as a new task: in place, unless something is in the way."""
        world = self.world
        task = self._again(needs, 0, "", review=False)
        self.settle()
        world.claim(who, task=task)
        self.settle()
        hold = world.model.holds.get(task)
        if hold is not None and hold.token:
            self._finish(hold.token, "done", value, chain=False)
            self.settle()
        self._again(needs, value, ("exact", "normalised")[value], review=review)

    @rule(
        which=WHICH,
        outcome=st.sampled_from(["failed", "release", "handoff", "blocked", "approve", "reject"]),
        silent=SOMETIMES,
    )
    def finish_otherwise(self, which: int, outcome: str, silent: bool) -> None:
        said: dict[str, Any] = {} if silent else {"summary": "why", "notes": "why"}
        judges = outcome in ("approve", "reject")
        made: dict[str, Any] = {} if silent or judges else {"critical": {"x": 1}}
        self.world.finish(self.world.lease(which), outcome, **said, **made)

    @rule(who=WHO, outcome=st.sampled_from(GIVING_UP))
    def claim_and_give_up(self, who: int, outcome: str) -> None:
        self.world.claim(who)
        self.settle()
        session = self.world.session(who)
        for hold in self.world.model.holds.values():
            if hold.session == session and hold.token:
                self.world.finish(hold.token, outcome, summary="why", to="agent:a")
                break

    @rule(which=WHICH)
    def a_claim_is_undone(self, which: int) -> None:
        """Its reply could not be delivered: nothing happens if it is not live any more."""
        world = self.world
        token = world.lease(which)
        if world.hold_of(token) is not None:
            world.call(lambda b: b.undo_claim(token) or True)
            if token.split("#", maxsplit=1)[0] in world.model.holds:
                world.model.freed(token.split("#", maxsplit=1)[0])
            world.observe()

    @rule(first=WHICH, second=WHICH)
    def finish_two_at_once(self, first: int, second: int) -> None:
        """Both or none."""
        world = self.world
        tokens = list(dict.fromkeys([world.lease(first), world.lease(second)]))
        if any(token in world.finished for token in tokens):
            return
        wanted = [{"lease": token, "outcome": "blocked", "summary": "why"} for token in tokens]
        replies = world.call(lambda b: b.finish_many(wanted))
        if replies is None:
            return
        for token, reply in zip(tokens, replies, strict=True):
            assert world.hold_of(token) is not None, f"{token} is not current and was accepted"
            world.model.freed(reply.task)
            world.finished[token] = reply
        world.observe()

    @rule(who=WHO)
    def renew_in_the_background(self, who: int) -> None:
        token = self.world.sessions[self.world.session(who)]
        self.world.call(lambda b: b.renew([token]) or True)

    @rule(which=WHICH)
    def finish_again(self, which: int) -> None:
        done = list(self.world.finished)
        if done:
            self.world.finish(self.world.pick(done, which), "failed", summary="a repeat")

    @rule(which=WHICH)
    def finish_again_with_notes(self, which: int) -> None:
        """Who gave a task up may still say why; of a delivery nothing changes any more."""
        done = list(self.world.finished)
        if not done:
            return
        token = self.world.pick(done, which)
        outcome = self.world.finished[token].outcome
        before = self.world.board.revision()
        self.world.call(lambda b: b.finish(token, outcome, notes=f"late {which}") or True)
        if outcome not in ("failed", "release", "handoff"):
            assert self.world.board.revision() == before
        self.world.observe()

    @rule(which=WHICH)
    def request_again(self, which: int) -> None:
        world = self.world
        if not world.requested:
            return
        again, first = world.pick(world.requested, which)
        revision = world.seen.revision
        reply = world.call(again)
        assert reply is not None, "a repeated request was refused"
        world.same(reply, first)
        assert world.board.revision() == revision

    @rule(which=WHICH, note=st.sampled_from(["", "half way", SECRET]))
    def check_lease(self, which: int, note: str) -> None:
        world = self.world
        token = world.lease(which)
        hold = world.hold_of(token)
        found = world.call(lambda b: b.check(token, note=note, progress=50))
        if found is None:
            return
        world.observe()
        if found.lost:
            assert hold is None or token.split("#")[0] in world.model.lapsed
        for lease in found.leases:
            assert hold is not None, f"{token} is not current and was renewed"
            world.regained(lease.task, lease.lease)

    @rule(who=WHO, seen=st.sampled_from([-1, 0, 5, 1000]))
    def check_session(self, who: int, seen: int = -1) -> None:
        world = self.world
        token = world.sessions[world.session(who)]
        found = world.call(lambda b: b.check(session=token, seen=seen))
        if found is None:
            return
        world.observe()
        for lease in found.leases:
            world.regained(lease.task, lease.lease)

    def leave(self, who: int) -> None:
        world = self.world
        session = world.session(who)
        if world.call(lambda b: b.check(session=world.sessions[session], leave=True)):
            world.model.left(session)
            world.sessions.pop(session)
        if len(world.sessions) < SESSIONS:
            self.join(who)

    # -- people, the board and time ------------------------------------------------------------

    @rule(which=WHICH, what=st.sampled_from(["done", "release", "answer", "merged"]))
    def person(self, which: int, what: str) -> None:
        world = self.world
        states = {"done": "failed", "release": "active", "answer": "held", "merged": "review"}
        task = world.key_in(which, states[what])
        calls = {
            "done": lambda b: b.done(task, "by hand"),
            "release": lambda b: b.release(task),
            "answer": lambda b: b.answer(task, "because"),
            "merged": lambda b: b.merged(task),
        }
        if world.call(calls[what]) is not None:
            world.model.freed(task)
            world.observe()

    @rule(who=WHO, what=st.sampled_from(["join", "leave"]))
    def come_or_go(self, who: int, what: str) -> None:
        self.join(who) if what == "join" else self.leave(who)

    @rule(minutes=st.sampled_from([1, 4, 50]))
    def time_passes(self, minutes: int) -> None:
        self.world.clock.advance(minutes=minutes)

    @rule(who=WHO)
    def leases_run_out(self, who: int) -> None:
        """All but this session's. (The first call after a silence puts expiry off by a while.)"""
        self.world.clock.advance(minutes=61)
        self.check_session(who)
        self.settle()
        self.world.clock.advance(minutes=3)
        self.claim_next(who)

    # -- what the rules share ------------------------------------------------------------------

    def _finish(
        self, token: str, outcome: str, value: int, chain: bool, *, told: bool = False
    ) -> None:
        delivery: dict[str, Any] = {"summary": "made", "claim_next": chain}
        if told:
            delivery["cost"] = {"tokens": 300 * value, "usd": 0.5}
        if outcome == "done":
            task = token.split("#", maxsplit=1)[0]
            known = task in self.seen.tasks
            shown = self.world.board.graph(task=task) if known else None
            links = (shown.consumers or []) if shown else []
            if shown and shown.acceptance:
                delivery["evidence"] = {"1": "seen"} if value else {}
            delivery["critical"] = {"x": value, "y": 7}
            delivery["delivered"] = {one.task: "text" for one in links if one.promise}
            delivery["artifacts"] = [{"name": "out", "text": f"text {value}"}]
            if told:
                delivery["changed"] = [one.task for one in links if one.kind == "hard"]
        self.world.finish(token, outcome, **delivery)
