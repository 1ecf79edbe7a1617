"""The rules of the state machine that shape the plan: add, import, split, edit, rework, cancel.

Numbers choose among what there is (`World.pick`), so that examples shrink to readable ones.
"""

from __future__ import annotations

from typing import Any, ClassVar

from board_world import SESSIONS, World
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from plan_model import Seen

WHO = st.integers(0, SESSIONS - 1)
WHICH = st.integers(0, 15)
FEW = st.lists(WHICH, max_size=2)
SOMETIMES = st.sampled_from([False, False, True])
CAPABILITIES = [[], [], ["gpu"], ["gpu", "rust"]]
FIELDS: list[dict[str, Any]] = [
    {"title": "another"},
    {"priority": 3, "estimate": 12.5},
    {"review": True},
    {"review": False},
    {"capabilities": ["gpu"]},
    {"spec": "weave the net", "acceptance": ["it holds", "it floats"]},
    {"attempts": 1, "paths": ["src/**"]},
    {"group": "docs", "budget": {"tokens": 500}},
]


class PlanRules(RuleBasedStateMachine):
    """A world, and what changes its plan."""

    database: ClassVar[str] = "sqlite"
    policy: ClassVar[dict[str, float]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.database, **self.policy)

    @property
    def seen(self) -> Seen:
        return self.world.seen

    @rule(needs=FEW, soft=FEW, maybe=FEW, before=FEW, review=SOMETIMES, repeat=SOMETIMES, skill=WHO)
    def add(
        self,
        needs: list[int],
        soft: list[int],
        maybe: list[int],
        before: list[int],
        review: bool,
        repeat: bool,
        skill: int,
    ) -> None:
        first = self._spec(needs, review=review, capabilities=CAPABILITIES[skill])
        first["before"] = self.world.some(before)
        second = self._spec([], needs=[first["key"]], soft=self.world.some(soft), attempts=1)
        second["candidates"] = self.world.some(maybe)
        second |= {"paths": [("src/**", "src/a.py", "docs/**")[skill % 3]], "estimate": skill * 9}
        second |= {"group": ("", "docs")[skill % 2], "budget": {"tokens": 400} if review else {}}
        self._add([first, second], f"add-{self.world.steps}" if repeat else "")

    @rule(
        needs=st.lists(WHICH, max_size=1),
        which=st.integers(0, 1),
        reuse=st.sampled_from(["", "exact", "normalised"]),
        review=SOMETIMES,
    )
    def add_again(self, needs: list[int], which: int, reuse: str, review: bool) -> None:
        self._again(needs, which, reuse, review=review)

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

    @rule(which=WHICH, state=st.sampled_from(["open", "done"]), existing=SOMETIMES)
    def import_again(self, which: int, state: str, existing: bool) -> None:
        """A plan that has a task of the board, and a new one that needs it."""
        world = self.world
        task = world.key(which)
        same = {"key": task, "title": "again", "state": state, "summary": "imported"}
        if state == "open":
            del same["summary"]
        new = self._spec([], needs=[task])
        how = "skip" if existing else "update"
        found = world.call(lambda b: b.import_tasks([same, new], existing=how))
        if found is None:
            return
        ended = how == "update" and state == "done" and world.seen.state(task) != "done"
        if ended and not any(one.task == task for one in found.left or ()):
            world.model.freed(task)
        world.model.added([new])
        world.keys.append(new["key"])
        world.observe()

    @rule(
        which=WHICH,
        with_lease=SOMETIMES,
        parts=st.integers(1, 3),
        chain=SOMETIMES,
        fields=st.sampled_from([{}, *FIELDS]),
        soft=FEW,
        answers=SOMETIMES,
    )
    def split(
        self,
        which: int,
        with_lease: bool,
        parts: int,
        chain: bool,
        fields: dict[str, Any],
        soft: list[int],
        answers: bool,
    ) -> None:
        world = self.world
        lease = world.lease(which) if with_lease else ""
        task = lease.split("#")[0] if lease else world.key(which)
        into = [self._spec([]) for _ in range(parts)]
        if chain and parts > 1:
            into[1]["needs"] = [into[0]["key"]]
        into[-1] |= fields | {"soft": world.some(soft)}
        if answers:
            hard = [edge[0] for edge in self.seen.edges if edge[1:] == (task, "hard")]
            into[0]["answers"] = sorted(hard)
        hold = world.hold_of(lease)
        if world.call(lambda b: b.split(task, into, lease=lease)) is None:
            return
        before = world.seen.state(task)
        assert before != "active" or hold is not None, f"{task} was split over its holder"
        world.model.freed(task)
        world.model.was_split(task, into)
        world.keys += [spec["key"] for spec in into]
        world.observe()

    @rule(which=WHICH, fields=st.sampled_from(FIELDS), stale=SOMETIMES)
    def edit_fields(self, which: int, fields: dict[str, Any], stale: bool) -> None:
        """A version that is not the task's is refused."""
        world = self.world
        task = world.key(which)
        version = int(world.seen.tasks[task]["version"]) if task in world.seen.tasks else 0
        wanted = version + 1 if stale else version
        edited = world.call(lambda b: b.edit(task, set=fields, expect_version=wanted))
        assert edited is None or not stale

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

    @rule(which=WHICH, how=st.sampled_from(["need", "soft", "drop"]))
    def settle_a_candidate(self, which: int, how: str) -> None:
        """Confirm one as a need or as soft, or reject it."""
        world = self.world
        guesses = sorted(edge[:2] for edge in self.seen.edges if edge[2] == "candidate")
        if not guesses:
            return
        task, upstream = world.pick(guesses, which)
        if how == "soft":
            world.call(lambda b: b.edit(task, add_soft=[upstream]))
        elif how == "need":
            self._edit(task, [upstream], [], [], "")
        else:
            self._edit(task, [], [upstream], [], "")

    @rule(
        which=WHICH,
        mode=st.sampled_from(["changed", "all", "none"]),
        with_lease=SOMETIMES,
        lease_of=WHICH,
    )
    def rework(self, which: int, mode: str, with_lease: bool, lease_of: int) -> None:
        world = self.world
        lease = world.lease(lease_of) if with_lease else ""
        named = world.key_in(which, "done", "failed", "held", "cancelled", "review")
        self._rework(named, lease, mode, [])

    @rule(which=WHICH, ups=st.lists(WHICH, min_size=1, max_size=2))
    def rework_with_needs(self, which: int, ups: list[int]) -> None:
        world = self.world
        named = world.key_in(which, "done", "failed", "held", "cancelled", "review", "active")
        self._rework(named, "", "changed", world.some(ups))

    @rule(which=WHICH, mode=st.sampled_from(["refuse", "cancel", "release"]))
    def cancel(self, which: int, mode: str) -> None:
        """One in three: a plan that is cancelled as often as it is worked on teaches nothing."""
        world = self.world
        if world.steps % 3:
            return world.claim(which % SESSIONS)
        task = world.key(which)
        named = [task, world.key(which * 5)][: 1 + which % 2]
        found = world.call(lambda b: b.cancel(named, dependents=mode, reason="not needed"))
        if found is None:
            return None
        world.model.freed(*found.cancelled)
        world.observe()
        if mode == "release":
            world.model.released_from(set(found.cancelled), world.seen)
        return None

    # -- what the rules share ------------------------------------------------------------------

    def _again(self, needs: list[int], which: int, reuse: str, *, review: bool) -> str:
        """The same work under other names, for which an earlier result may do; the first's key."""
        spec = ("weave the net", "weave  the net")[which]
        ups = [self.world.key_in(number, "done") for number in needs]
        asked = {"needs": ups, "spec": spec, "acceptance": ["it holds"], "review": review}
        first = self._spec([]) | asked
        second = self._spec([], needs=[first["key"]], spec="cast the net")
        self._add([first, second], reuse=reuse)
        return str(first["key"])

    def _spec(self, ups: list[int], **more: Any) -> dict[str, Any]:
        spec = {"key": self.world.new_key(), "needs": self.world.some(ups)}
        return spec | more

    def _add(self, specs: list[dict[str, Any]], name: str = "", reuse: str = "") -> None:
        world = self.world
        added = world.call(lambda b: b.add(specs, request=name, reuse=reuse))
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

    def _rework(self, named: str, lease: str, mode: str, ups: list[str]) -> None:
        world = self.world
        task = world.model.standing(named)
        active = world.seen.state(task) == "active"
        hold = world.hold_of(lease)
        found = world.call(
            lambda b: b.rework(named, "again", lease=lease, consumers=mode, add_needs=ups)
        )
        if found is None:
            return
        assert found.task == task
        assert not lease or hold is not None, f"{lease} is not current and was good for a rework"
        if not (active and lease):  # a worker's feedback throws nobody out
            world.model.freed(task)
        if found.requester:
            assert found.requester == lease.split("#", maxsplit=1)[0]
            world.model.freed(found.requester)
            world.model.needs[found.requester].add(task)
        world.model.needs[task] |= {self._lands(task, up) for up in ups}
        world.observe()

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
        new = {self._lands(task, up) for up in (*add, *(one["task"] for one in contracts))}
        gone = [self._lands(task, up) for up in gone]
        if lease:
            world.model.revived(task)
            if any(world.seen.state(up) != "done" for up in new - world.model.needs[task]):
                world.model.freed(task)
        world.model.needs[task] -= set(gone)
        world.model.needs[task] |= new
        world.observe()

    def _lands(self, task: str, upstream: str) -> str:
        """Where an edge goes that names `upstream`: to who stands in its place, but for a task's
        own edge to what it supersedes."""
        stands = self.world.model.standing(upstream)
        own = any(edge[:2] == (task, upstream) for edge in self.world.seen.edges)
        return upstream if own or stands == task else stands
