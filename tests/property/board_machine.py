"""Every operation as a rule: arguments that are often right and sometimes wrong.

Numbers choose among what there is (`World.pick`), so that examples shrink to readable ones.
"""

from __future__ import annotations

from typing import Any, ClassVar

from board_world import SESSIONS, World
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from plan_model import Seen

WHO = st.integers(0, SESSIONS - 1)
WHICH = st.integers(0, 15)
FEW = st.lists(WHICH, max_size=2)
SOMETIMES = st.sampled_from([False, False, True])
GIVING_UP = ["failed", "failed", "release", "handoff", "blocked", "reject"]
ASIDES = ["pause", "resume", "resume", "policy", "join", "leave", "workers", "agent:a"]
VERIFY_EVERY = 5
CAPABILITIES = [[], [], ["gpu"], ["gpu", "rust"]]


class BoardMachine(RuleBasedStateMachine):
    """Random calls by several sessions, compared with a naive model after each."""

    policy: ClassVar[dict[str, float]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.world = World(**self.policy)

    @property
    def seen(self) -> Seen:
        return self.world.seen

    def teardown(self) -> None:
        self.world.close()

    def settle(self) -> None:
        self.world.settle()

    @invariant()
    def the_store_and_the_model_agree(self) -> None:
        self.settle()
        if self.world.steps % VERIFY_EVERY == 0:
            self.world.verify()

    @initialize(shape=st.integers(0, 2), review=SOMETIMES)
    def begin(self, shape: int, review: bool) -> None:
        """A diamond, a chain or two groups, and the sessions."""
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
        joined = world.call(lambda b: b.join("abab"[who], capabilities=skills, window="first"))
        assert joined is not None
        world.sessions[joined.session] = joined.session
        world.skills[joined.session] = set(skills)
        if len(world.sessions) > SESSIONS:
            world.sessions.pop(next(iter(world.sessions)))
        world.observe()

    @rule(who=WHO, take=SOMETIMES, window=st.sampled_from(["first", "other"]))
    def resume(self, who: int, take: bool, window: str) -> None:
        world = self.world
        session = world.session(who)
        token = world.sessions[session]
        found = world.call(lambda b: b.join(session=token, take=take, window=window))
        if found is None:
            return
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

    @rule(who=WHO, which=WHICH, take_over=SOMETIMES)
    def claim_this(self, who: int, which: int, take_over: bool) -> None:
        states = ("active",) if take_over else ("ready", "review", "failed")
        self.world.claim(who, task=self.world.key_in(which, *states), take_over=take_over)

    @rule(which=WHICH, value=st.integers(0, 1), chain=SOMETIMES)
    def finish(self, which: int, value: int, chain: bool) -> None:
        self._finish(self.world.lease(which), "done", value, chain)

    @rule(which=st.integers(0, 11), value=st.integers(0, 1), changed=SOMETIMES)
    def finish_rightly(self, which: int, value: int, changed: bool) -> None:
        token = self.world.lease(which)
        hold = self.world.hold_of(token)
        approving = hold is not None and hold.kind == "review"
        self._finish(token, "approve" if approving else "done", value, chain=True, told=changed)

    @rule(
        which=WHICH,
        outcome=st.sampled_from(["failed", "release", "handoff", "blocked", "approve", "reject"]),
        silent=SOMETIMES,
    )
    def finish_otherwise(self, which: int, outcome: str, silent: bool) -> None:
        summary = "" if silent else "why"
        self.world.finish(self.world.lease(which), outcome, summary=summary, notes=summary)

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
    def finish_again(self, which: int) -> None:
        done = list(self.world.finished)
        if done:
            self.world.finish(self.world.pick(done, which), "failed", summary="a repeat")

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

    @rule(which=WHICH, note=SOMETIMES)
    def check_lease(self, which: int, note: bool) -> None:
        world = self.world
        token = world.lease(which)
        hold = world.hold_of(token)
        found = world.call(lambda b: b.check(token, note="half way" if note else "", progress=50))
        if found is None:
            return
        world.observe()
        if found.lost:
            assert hold is None or token.split("#")[0] in world.model.lapsed
        for lease in found.leases:
            assert hold is not None, f"{token} is not current and was renewed"
            world.regained(lease.task, lease.lease)

    @rule(who=WHO)
    def check_session(self, who: int) -> None:
        world = self.world
        token = world.sessions[world.session(who)]
        found = world.call(lambda b: b.check(session=token))
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

    # -- the plan ------------------------------------------------------------------------------

    @rule(needs=FEW, soft=FEW, before=FEW, review=SOMETIMES, repeat=SOMETIMES, skill=WHO)
    def add(
        self,
        needs: list[int],
        soft: list[int],
        before: list[int],
        review: bool,
        repeat: bool,
        skill: int,
    ) -> None:
        first = self._spec(needs, review=review, capabilities=CAPABILITIES[skill])
        first["before"] = self.world.some(before)
        second = self._spec([], needs=[first["key"]], soft=self.world.some(soft), attempts=1)
        self._add([first, second], f"add-{self.world.steps}" if repeat else "")

    @rule(needs=st.lists(WHICH, min_size=1, max_size=2), which=WHICH)
    def add_with_contract(self, needs: list[int], which: int) -> None:
        spec = self._spec(needs)
        upstream = self.world.key(which)
        spec["contracts"] = [{"task": upstream, "expect": "e", "promise": "p", "keys": ["x"]}]
        self._add([spec])

    @rule(which=WHICH, needs=FEW)
    def add_in_place_of(self, which: int, needs: list[int]) -> None:
        self._add([self._spec(needs, supersedes=self.world.key(which))])

    @rule(
        state=st.sampled_from(["open", "done", "held", "failed", "cancelled"]),
        needs=FEW,
        dry=SOMETIMES,
    )
    def import_plan(self, state: str, needs: list[int], dry: bool) -> None:
        first = self._spec(needs, state=state, summary="imported")
        specs = [first, self._spec([], needs=[first["key"]], notes="carried over")]
        done = self.world.call(lambda b: b.import_tasks(specs, dry_run=dry))
        if done is not None and not dry:
            self.world.model.added(specs)
            self.world.keys += [spec["key"] for spec in specs]
        self.world.observe()

    @rule(which=WHICH, with_lease=SOMETIMES, parts=st.integers(1, 3), chain=SOMETIMES)
    def split(self, which: int, with_lease: bool, parts: int, chain: bool) -> None:
        world = self.world
        lease = world.lease(which) if with_lease else ""
        task = lease.split("#")[0] if lease else world.key(which)
        into = [self._spec([]) for _ in range(parts)]
        if chain and parts > 1:
            into[1]["needs"] = [into[0]["key"]]
        hold = world.hold_of(lease)
        if world.call(lambda b: b.split(task, into, lease=lease)) is None:
            return
        before = world.seen.state(task)
        assert before != "active" or hold is not None, f"{task} was split over its holder"
        world.model.freed(task)
        world.model.was_split(task, into)
        world.keys += [spec["key"] for spec in into]
        world.observe()

    @rule(which=WHICH, what=st.sampled_from(["title", "priority", "estimate", "review", "gpu"]))
    def edit_fields(self, which: int, what: str) -> None:
        values: dict[str, Any] = {
            "title": {"title": "another"},
            "priority": {"priority": 3},
            "estimate": {"estimate": 12.5},
            "review": {"review": True},
            "gpu": {"capabilities": ["gpu"]},
        }[what]
        self.world.call(lambda b: b.edit(self.world.key(which), set=values))

    @rule(which=WHICH, ups=st.lists(WHICH, min_size=1, max_size=2), drop=FEW, with_lease=SOMETIMES)
    def edit_needs(self, which: int, ups: list[int], drop: list[int], with_lease: bool) -> None:
        world = self.world
        lease = world.lease(which) if with_lease else ""
        task = lease.split("#")[0] if lease else world.key(which)
        add, gone = world.some(ups), world.some(drop)
        contracts = [{"task": add[-1], "expect": "e"}]
        self._edit(task, add[:-1], gone, contracts, lease)

    @rule(which=WHICH, number=WHICH)
    def drop_a_need(self, which: int, number: int) -> None:
        task = self.world.key(which)
        needs = sorted(self.world.model.needs.get(task, ()))
        if needs:
            self._edit(task, [], [self.world.pick(needs, number)], [], "")

    @rule(which=WHICH, ups=st.lists(WHICH, min_size=1, max_size=2))
    def edit_soft(self, which: int, ups: list[int]) -> None:
        task, soft = self.world.key(which), self.world.some(ups)
        self.world.call(lambda b: b.edit(task, add_soft=soft))

    @rule(
        which=WHICH,
        mode=st.sampled_from(["changed", "all", "none"]),
        with_lease=SOMETIMES,
        lease_of=WHICH,
    )
    def rework(self, which: int, mode: str, with_lease: bool, lease_of: int) -> None:
        world = self.world
        lease = world.lease(lease_of) if with_lease else ""
        task = world.key_in(which, "done", "failed", "held", "cancelled", "review")
        hold = world.hold_of(lease)
        found = world.call(lambda b: b.rework(task, "again", lease=lease, consumers=mode))
        if found is None:
            return
        assert not lease or hold is not None, f"{lease} is not current and was good for a rework"
        world.model.freed(task)
        if found.requester:
            assert found.requester == lease.split("#")[0]
            world.model.freed(found.requester)
            world.model.needs[found.requester].add(task)
        world.observe()

    @rule(which=WHICH, mode=st.sampled_from(["refuse", "cancel", "release"]))
    def cancel(self, which: int, mode: str) -> None:
        """One in three: a plan that is cancelled as often as it is worked on teaches nothing."""
        world = self.world
        if world.steps % 3:
            return self.claim_next(which % SESSIONS)
        task = world.key(which)
        chosen = world.model.within([task], world.seen)
        found = world.call(lambda b: b.cancel([task], dependents=mode, reason="not needed"))
        if found is None:
            return None
        world.model.freed(*found.cancelled)
        if mode == "release":
            world.model.released_from(chosen, world.seen)
        world.observe()
        return None

    # -- people, the board and time ------------------------------------------------------------

    @rule(which=WHICH, what=st.sampled_from(["done", "release", "answer"]))
    def person(self, which: int, what: str) -> None:
        world = self.world
        states = {"done": "failed", "release": "active", "answer": "held"}
        task = world.key_in(which, states[what])
        calls = {
            "done": lambda b: b.done(task, "by hand"),
            "release": lambda b: b.release(task),
            "answer": lambda b: b.answer(task, "because"),
        }
        if world.call(calls[what]) is not None:
            world.model.freed(task)
            world.observe()

    @rule(what=st.sampled_from(ASIDES), which=WHICH)
    def something_aside(self, what: str, which: int) -> None:
        """Seldom each, so that the steps are left for work."""
        world = self.world
        if what in ("pause", "resume"):
            world.call(lambda b: b.pause("lunch") if what == "pause" else b.resume())
            world.paused = what == "pause"
        elif what == "policy":
            ageing = (60, 1440)[which % 2]
            world.call(lambda b: b.policy(reworks=which % 4, ageing_minutes=ageing))
        elif what == "join":
            self.join(which % SESSIONS)
        elif what == "leave":
            self.leave(which % SESSIONS)
        else:
            self.tell(what, which)

    def tell(self, to: str, which: int) -> None:
        task, name = self.world.key(which), f"tell-{self.world.steps}"
        told = self.world.call(lambda b: b.tell(to, "hello", task=task, request=name))
        if told is not None:
            again = (lambda b: b.tell(to, "hello", task=task, request=name), told)
            self.world.requested.append(again)

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

    def _spec(self, ups: list[int], **more: Any) -> dict[str, Any]:
        spec = {"key": self.world.new_key(), "needs": self.world.some(ups)}
        return spec | more

    def _add(self, specs: list[dict[str, Any]], name: str = "") -> None:
        world = self.world
        added = world.call(lambda b: b.add(specs, request=name))
        if added is None:
            return
        before = world.seen
        world.model.added(specs)
        world.keys += [spec["key"] for spec in specs]
        for spec in specs:
            if old := spec.get("supersedes"):
                world.model.freed(old)
                done = before.state(old) == "done"
                world.model.superseded(old, spec["key"], old_was_done=done)
        if name:
            world.requested.append((lambda b: b.add(specs, request=name), added))
        world.observe()

    def _finish(
        self, token: str, outcome: str, value: int, chain: bool, *, told: bool = False
    ) -> None:
        delivery: dict[str, Any] = {"summary": "made", "claim_next": chain}
        if outcome == "done":
            task = token.split("#", maxsplit=1)[0]
            known = task in self.seen.tasks
            links = (self.world.board.graph(task=task).consumers or []) if known else []
            delivery["critical"] = {"x": value, "y": 7}
            delivery["delivered"] = {one.task: "text" for one in links if one.promise}
            delivery["artifacts"] = [{"name": "out", "text": f"text {value}"}]
            if told:
                delivery["changed"] = [one.task for one in links if one.kind == "hard"]
        self.world.finish(token, outcome, **delivery)

    def _edit(
        self,
        task: str,
        add: list[str],
        gone: list[str],
        contracts: list[dict[str, Any]],
        lease: str,
    ) -> None:
        world = self.world
        hold = world.hold_of(lease)
        done = world.call(
            lambda b: b.edit(task, add_needs=add, drop_needs=gone, contracts=contracts, lease=lease)
        )
        if done is None:
            return
        assert not lease or hold is not None, f"{lease} is not current and was good for an edit"
        new = {*add, *(one["task"] for one in contracts)}
        if lease:
            world.model.revived(task)
            if any(world.seen.state(up) != "done" for up in new - world.model.needs[task]):
                world.model.freed(task)
        world.model.needs[task] -= set(gone)
        world.model.needs[task] |= new
        world.observe()
