"""A cooperative crew brings any board to its end, with the calls that replies and views recommend.

Liveness: no task may wait for what can never come. The crew knows nothing of the store: a worker
and reviewers claim and finish, and where nothing is to be claimed a person follows what the view
`stuck` names. A board that they cannot bring to done and cancelled is a dead end.
"""

from __future__ import annotations

from typing import Any

from headwater.board import Board
from headwater.clock import ManualClock
from headwater.errors import HeadwaterError, MissingEvidence, MissingPromises
from headwater.verbs.base import Outcome
from headwater.verbs.work import Briefing

SKILLS = ["gpu", "rust"]


class Crew:
    """A worker, as many reviewers as it takes, and a person."""

    def __init__(self, board: Board, clock: ManualClock) -> None:
        self.board = board
        self.clock = clock
        self.story: list[str] = []
        self.hired = 0
        self.hands: list[str] = []

    def bring_to_an_end(self) -> None:
        """Raises AssertionError with the end of the story if they cannot."""
        for _ in range(20 * (1 + self.open())):
            if not self.open():
                return
            self.step()
        raise AssertionError("a dead end:\n" + "\n".join(self.story[-40:]))

    def step(self) -> None:
        """Everybody does one task; where nobody could, the person helps."""
        if not self.hands:
            self._hire("worker")
            self._hire("reviewer")
        worked = [self._work(session) for session in self.hands]
        if not any(worked):
            self._person()

    def open(self) -> int:
        """How many tasks are left."""
        counts: dict[str, int] = self.board.graph(limit=1).counts or {}
        return sum(n for state, n in counts.items() if state not in ("done", "cancelled"))

    def _hire(self, agent: str) -> None:
        policy = self.board.policy().policy or {}
        self.hired += 1
        joined = self.board.join(
            f"crew-{agent}-{self.hired}",
            capabilities=SKILLS,
            workspace=str(policy["workspace"]),
            branch=str(policy["branch"]),
        )
        self.hands.append(joined.session)

    # -- agents --------------------------------------------------------------------------------

    def _work(self, session: str) -> bool:
        """Claim and finish one task; False if there was none."""
        got = self.board.claim(session)
        if got.none is not None:
            self._say(f"nothing: {got.none.model_dump_json(exclude_none=True)}; {got.next}")
            return False
        assert got.lease
        outcome: Outcome = "approve" if got.kind == "review" else "done"
        self._say(f"{got.task}: {outcome}")
        self._finish(got, outcome)
        return True

    def _finish(self, got: Briefing, outcome: Outcome) -> None:
        assert got.lease
        said: dict[str, Any] = {"summary": "made by the crew"}
        for _ in range(3):
            try:
                self.board.finish(got.lease, outcome, **said)
            except MissingPromises as refusal:
                missing: Any = refusal.state["missing"]
                wanted = [str(one["to"]) for one in missing if "promise" in one]
                keys = [str(key) for one in missing for key in one.get("keys", ())]
                said |= {"delivered": dict.fromkeys(wanted, "as promised")} if wanted else {}
                said |= {"critical": dict.fromkeys(keys)} if keys else {}
            except MissingEvidence as refusal:
                missing = refusal.state["missing"]
                items = [str(one).partition(":")[0] for one in missing]
                said["evidence"] = dict.fromkeys(items, "seen")
            else:
                return
        raise AssertionError(f"{got.task} cannot be finished:\n" + "\n".join(self.story[-20:]))

    # -- the person ----------------------------------------------------------------------------

    def _person(self) -> None:
        found: list[dict[str, Any]] = self.board.graph("stuck").stuck or []
        self._say(f"stuck: {found}")
        done = [self._help(item) for item in found]
        if not any(done):
            self.clock.advance(minutes=61)

    def _help(self, item: dict[str, Any]) -> bool:
        """What is recommended; False if that is to wait."""
        task, board = str(item.get("task", "")), self.board
        try:
            match item["why"]:
                case "paused":
                    board.resume()
                case "held" if "budget is used up" in str(item["question"]):
                    board.edit(task, set={"budget": {}})
                    board.answer(task, "you have more")
                case "held" | "failed":
                    board.rework(task, "go on")
                case "upstream_cancelled":
                    board.edit(task, drop_needs=[str(item["upstream"])])
                case "over_budget":
                    group = str(item["pool"]).removeprefix("board").removeprefix("group ")
                    board.budget(group, minutes=0, tokens=0, usd=0)
                case "needs_review":
                    self._hire("reviewer")
                case "to_be_merged":
                    board.merged(task)
                case _:
                    return False
        except HeadwaterError as refusal:
            self._say(f"{item['why']} {task}: {refusal.code} {refusal.message}; {refusal.next}")
            return self._otherwise(item, refusal)
        return True

    def _otherwise(self, item: dict[str, Any], refusal: HeadwaterError) -> bool:
        """What the advice has as the second way, or the refusal: rework the cancelled upstream, or
        a part of the container."""
        parts: Any = refusal.state.get("parts") or []
        others = [*parts[:1], *([item["upstream"]] if "upstream" in item else [])]
        if not others:
            return False
        try:
            self.board.rework(str(others[0]), "needed after all")
        except HeadwaterError as again:
            refusal = again
            self._say(f"  {refusal.code} {refusal.message}; {refusal.next}")
            return False
        return True

    def _say(self, line: str) -> None:
        self.story.append(line)
