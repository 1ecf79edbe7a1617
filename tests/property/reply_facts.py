"""What replies claim, compared with what the store holds before and after the call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from plan_model import Seen

from headwater.verbs.base import Reply, Request
from headwater.verbs.look import GraphReply, GraphRequest, TaskReply
from headwater.verbs.plan import (
    AddReply,
    CancelReply,
    EditReply,
    ReworkReply,
    SplitReply,
)
from headwater.verbs.sessions import Held, JoinReply
from headwater.verbs.work import Briefing, CheckReply, ClaimRequest, Finished, Nothing

OPEN = ("waiting", "ready", "active", "review", "held", "failed", "split")
WAITING = ("waiting", "review", "held", "failed", "split")


class ReplyFacts:
    """One reply, and the board before and after it."""

    def __init__(
        self, request: Request, reply: Reply, before: Seen, after: Seen, now_ms: int
    ) -> None:
        self.request = request
        self.reply = reply
        self.before = before
        self.after = after
        self.now_ms = now_ms

    def wrong(self) -> Iterator[str]:
        """Each claim that is not true."""
        reply = self.reply
        revision = getattr(reply, "revision", None)
        touched = {of for _, of in self.after.events}
        if isinstance(reply, Finished) and reply.task not in touched:
            return  # the first reply to a repeated call
        if revision not in (None, self.after.revision):
            if self.before.revision == self.after.revision:
                return  # the same
            yield f"revision {revision}, the board has {self.after.revision}"
        for kind, check in _CHECKS.items():
            if isinstance(reply, kind):
                yield from check(self, reply)

    # -- helpers -------------------------------------------------------------------------------

    def states(self, what: str, keys: Iterator[str] | list[str], *allowed: str) -> Iterator[str]:
        for key in keys:
            if self.after.state(key) not in allowed:
                yield f"{what}: {key} is {self.after.state(key) or 'not there'}"

    def same(self, what: str, said: Any, is_so: Any) -> Iterator[str]:
        if said != is_so:
            yield f"{what}: said {said!r}, is {is_so!r}"

    def moved(self, sources: tuple[str, ...], *targets: str) -> set[str]:
        """Tasks that went from one of the sources into one of the targets."""
        return {
            key
            for key in self.before.tasks
            if self.before.state(key) in sources and self.after.state(key) in targets
        }

    def left_s(self, key: str) -> int:
        return max(0, (int(self.after.tasks[key]["lease_until_ms"]) - self.now_ms) // 1000)

    def happened(self, kind: str, key: str) -> bool:
        return (kind, key) in self.after.events

    # -- replies -------------------------------------------------------------------------------

    def finished(self, reply: Finished) -> Iterator[str]:
        claimed = reply.claimed.task if reply.claimed else None
        if claimed != reply.task and not self.happened("over_budget", reply.task):
            yield from self.same("state", reply.state, self.after.state(reply.task))
        freed = self.moved(("waiting",), "ready", "active", "done", "review")
        freed -= {*(reply.reused or ()), reply.task}  # a late one had been sent back to wait
        late = {key for kind, key in self.after.events if kind in ("expired", "released")}
        said = set(reply.unblocked) - set(reply.reopened or ())
        yield from self.same("unblocked", said - late, freed - late)
        shelved = {key for kind, key in self.after.events if kind == "over_budget"}
        yield from self.states(
            "unblocked", sorted(set(reply.unblocked) - {claimed} - shelved), "ready"
        )
        reopened = self.moved(("done",), "ready", "waiting", "held", "active")
        said = {one for one in reply.reopened or () if self.before.state(one) == "done"}
        yield from self.same("reopened", said - {claimed}, reopened - {claimed})
        yield from self.states("told", list(reply.told or ()), "active")
        yield from self.states("reused", list(reply.reused or ()), "done", "review")
        if reply.retry_in_s is not None and claimed != reply.task:
            due_ms = int(self.after.tasks[reply.task]["due_ms"])
            yield from self.same("retry_in_s", reply.retry_in_s, -(-(due_ms - self.now_ms) // 1000))
        if reply.claimed is not None:
            yield from self.briefing(reply.claimed)

    def reworked(self, reply: ReworkReply) -> Iterator[str]:
        row = self.after.tasks[reply.task]
        yield from self.same("state", reply.state, row["state"])
        yield from self.same("round", reply.round, row["round"])
        yield from self.new_edges(reply.edges, reply.requester or "")
        yield from self.states("waiting", reply.waiting, "waiting", "ready")
        yield from self.states("active", reply.active, "active")
        yield from self.states("done", reply.done, "done", "review")
        mine = {task for task, up, kind in self.after.edges if up == reply.task and kind == "hard"}
        for key in mine:
            state = self.after.state(key)
            listed = [n for n in ("waiting", "active", "done") if key in getattr(reply, n)]
            if state in ("waiting", "ready", "active", "done", "review") and len(listed) != 1:
                yield f"the consumer {key} ({state}) is listed under {listed}"
        if reply.requester:
            yield from self.states("requester", [reply.requester], "waiting", "ready")
            if self.after.tasks[reply.requester]["session_id"]:
                yield "the requester still holds its task"

    def cancelled(self, reply: CancelReply) -> Iterator[str]:
        gone = self.moved(OPEN, "cancelled")
        yield from self.same("cancelled", set(reply.cancelled), gone)
        yield from self.states("spared", reply.spared, "done", "held", "ready", "split")
        edges = {edge for edge in self.after.edges if edge[2] not in ("part", "answers")}
        for key in reply.released:
            left = [up for task, up, _ in edges if task == key and up in gone]
            if left:
                yield f"released: {key} still needs {left}"
        lost = {task for task, up, kind in self.before.edges - self.after.edges if up in gone}
        yield from self.same("released", set(reply.released), lost)

    def added(self, reply: AddReply | SplitReply) -> Iterator[str]:
        listed = reply.tasks if isinstance(reply, AddReply) else reply.children
        for one in listed:
            yield from self.same(f"state of {one.key}", one.state, self.after.state(one.key))
        new = set(self.after.tasks) - set(self.before.tasks)
        yield from self.same("tasks", {one.key for one in listed}, new)
        edges = {
            f"{task} needs {up}" + ("" if kind == "hard" else f" ({kind})")
            for task, up, kind in self.after.edges - self.before.edges
            if kind not in ("part", "answers")
        }
        said = {one for one in reply.edges if " needs " in one}
        redirected = any(" supersedes " in one for one in reply.edges)
        if not redirected:
            yield from self.same("edges", said, edges)
        if isinstance(reply, SplitReply):
            yield from self.same("state", reply.state, self.after.state(reply.task))
            answers = {
                f"{task} is answered by {up}"
                for task, up, kind in self.after.edges - self.before.edges
                if kind == "answers"
            }
            yield from self.same("answers", {e for e in reply.edges if "answered" in e}, answers)

    def edited(self, reply: EditReply) -> Iterator[str]:
        row = self.after.tasks[reply.task]
        yield from self.same("state", reply.state, row["state"])
        yield from self.same("version", reply.version, row["version"])
        yield from self.new_edges(reply.edges, "")

    def new_edges(self, said: Sequence[str] | None, requester: str) -> Iterator[str]:
        """But for those that the call itself makes: a requester needs what it sent back."""
        new = {
            f"{task} needs {up}" + ("" if kind == "hard" else f" ({kind})")
            for task, up, kind in self.after.edges - self.before.edges
            if kind not in ("part", "answers") and task != requester
        }
        if not new <= set(said or ()):
            yield f"edges: said {said}, new are {sorted(new)}"

    def briefing(self, reply: Briefing) -> Iterator[str]:
        if reply.none is not None:
            yield from self.nothing(reply.none)
        if reply.task is None:
            return
        row = self.after.tasks[reply.task]
        for name in ("round", "attempt", "attempts", "fence"):
            yield from self.same(name, getattr(reply, name), row[name])
        kind = "review" if row["state"] == "review" else "work"
        yield from self.same("kind", reply.kind, kind)
        yield from self.states("task", [reply.task], "active", "review")
        yield from self.same("expires_in_s", reply.expires_in_s, self.left_s(reply.task))
        for up in reply.upstream or ():
            yield from self.same(
                f"state of {up.task}", up.state or "done", self.after.state(up.task)
            )
        for one in reply.neighbours or ():
            yield from self.states("neighbour", [one.task], "active")
        hard = {t for t, up, kind in self.after.edges if up == reply.task and kind == "hard"}
        for owed in reply.owes or ():
            if owed.to not in hard and not any(
                e[0] == owed.to and e[1] == reply.task for e in self.after.edges
            ):
                yield f"owes to {owed.to}, which does not need it"

    def nothing(self, none: Nothing) -> Iterator[str]:
        tasks = self.after.tasks.values()
        now = self.now_ms
        by = {state: [r for r in tasks if r["state"] == state] for state in OPEN}
        unfinished = [r for r in tasks if r["state"] in OPEN]
        if none.reason in ("all_done", "planners_asked") and unfinished:
            yield f"{none.reason}, but {[r['key'] for r in unfinished]}"
        if none.reason == "empty" and tasks:
            yield "empty, but there are tasks"
        if not unfinished and tasks and none.reason not in ("all_done", "planners_asked", "paused"):
            yield f"{none.reason}, but everything is done"
        decided = len(by["held"]) + len(by["failed"])
        cut_off = len(by["waiting"]) if none.reason == "stuck" else 0
        yield from self.same("stuck", none.counts.get("stuck", 0), decided or cut_off)
        backing = [r for r in by["ready"] if r["due_ms"] > now]
        yield from self.same("backoff", none.counts.get("backoff", 0), len(backing))
        merges = [r for r in by["review"] if r["gate"] == "merge" and not r["pending"]]
        yield from self.same("to_be_merged", none.counts.get("to_be_merged", 0), len(merges))
        free = [r for r in by["review"] if r["gate"] == "review" and not r["session_id"]]
        yield from self.same("needs_review", none.counts.get("needs_review", 0), len(free))
        waits = len(by["active"]) + len(by["review"]) - len(free) - len(merges)
        for state in ("active", "review", "waiting"):
            yield from self.same(state, none.counts.get(state, 0), len(by[state]))
        for one in none.active or ():
            key = str(one["task"])
            state = "review" if one.get("kind") == "review" else "active"
            yield from self.states("active", [key], state)
            yield from self.same(f"until_s of {key}", one["until_s"], self.left_s(key))
            for freed in one.get("frees", ()):
                waits_for = (self.after.state(freed), self.after.tasks[freed]["pending"])
                yield from self.same(f"{freed} waits", waits_for, ("waiting", 1))
        for one in none.blocked_by or ():
            key = str(one["task"])
            yield from self.same(f"state of {key}", one["state"], self.after.state(key))
        for one in none.reviews or ():
            key = str(one["task"])
            yield from self.states("reviews", [key], "review")
            yield from self.same(f"holder of {key}", self.after.tasks[key]["session_id"], 0)
        if none.soonest is not None and none.soonest["in_s"] == 0:
            yield f"soonest is now: {none.soonest}"
        counted = (
            *none.counts,
            *(["wait"] if waits else []),
            "all_done",
            "planners_asked",
            "empty",
            "paused",
            "partial",
        )
        narrow = isinstance(self.request, ClaimRequest) and self.request.kind != "any"
        if none.reason not in counted and not narrow:
            yield f"the reason {none.reason} has no count: {none.counts}"

    def held(self, leases: list[Held]) -> Iterator[str]:
        for one in leases:
            row = self.after.tasks[one.task]
            yield from self.same(
                f"lease of {one.task}", one.kind, "review" if row["state"] == "review" else "work"
            )
            if not row["session_id"]:
                yield f"{one.task} is said to be held"
            yield from self.same(f"{one.task} expires", one.expires_in_s, self.left_s(one.task))
            yield from self.same("fence", int(one.lease.split("#")[1].split(".")[0]), row["fence"])

    def checked(self, reply: CheckReply) -> Iterator[str]:
        yield from self.held(reply.leases)
        for one in reply.lost or ():
            free = not self.after.tasks[one.task]["session_id"]
            if one.by and free and not self.happened("expired", one.task):
                yield f"{one.task} is lost to {one.by}, and nobody holds it"

    def joined(self, reply: JoinReply) -> Iterator[str]:
        yield from self.held(reply.leases)
        yield from self.same("counts", reply.counts, self.census())
        for one in reply.resumable or ():
            for key in one.holds:
                row = self.after.tasks[key]
                if not (row["session_id"] or row["lapsed_session_id"]):
                    yield f"resumable: nobody holds {key}"

    def census(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in self.after.tasks.values():
            found[row["state"]] = found.get(row["state"], 0) + 1
        return found

    def graph(self, reply: GraphReply) -> Iterator[str]:
        request = self.request
        assert isinstance(request, GraphRequest)
        if request.at:
            return
        if reply.counts is not None:
            yield from self.same("counts", reply.counts, self.census())
        for one in (reply.tasks or []) if reply.view == "list" else []:
            row = self.after.tasks[str(one["key"])]
            for name in ("state", "version"):
                yield from self.same(f"{name} of {one['key']}", one[name], row[name])
            for name in ("priority", "pending", "gate"):
                yield from self.same(
                    f"{name} of {one['key']}", one.get(name) or None, row[name] or None
                )
            hard = sum(e[0] == one["key"] and e[2] == "hard" for e in self.after.edges)
            yield from self.same(f"needs of {one['key']}", one.get("needs", 0), hard)
            yield from self.same(
                f"holder of {one['key']}", "holder" in one, bool(row["session_id"])
            )
            if "until_s" in one:
                yield from self.same("until_s", one["until_s"], self.left_s(str(one["key"])))
        if reply.stuck is not None:
            yield from self.stuck(reply)
        for one in reply.critical or ():
            yield from self.states("critical", [str(one["key"])], *OPEN)
        for agent in reply.agents or ():
            for held in agent["holds"]:
                yield from self.states("holds", [str(held["task"])], "active", "review")
                yield from self.same("until_s", held["until_s"], self.left_s(str(held["task"])))

    def stuck(self, reply: GraphReply) -> Iterator[str]:
        waits = self.waiting_on()
        expected = {
            "held": "held",
            "failed": "failed",
            "needs_review": "review",
            "no_reviewer": "review",
            "to_be_merged": "review",
            "paths_busy": "ready",
            "backoff": "ready",
            "kept_for": "ready",
            "no_session": "ready",
            "nobody_here": "ready",
        }
        for item in reply.stuck or []:
            why = str(item["why"])
            if why in expected:
                yield from self.states(why, [str(item["task"])], expected[why])
            if why == "upstream_cancelled":
                yield from self.states(why, [str(item["upstream"])], "cancelled")
            if "waiting" in item:
                yield from self.same(
                    f"waiting on {item['task']}", item["waiting"], waits.get(str(item["task"]), 0)
                )
        if reply.note is None:
            for state in ("held", "failed"):
                said = {str(i["task"]) for i in reply.stuck or [] if i["why"] == state}
                is_so = {k for k in self.after.tasks if self.after.state(k) == state}
                yield from self.same(state, said, is_so)

    def waiting_on(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for task, up, kind in self.after.edges:
            if kind == "hard" and self.after.state(task) in WAITING:
                found[up] = found.get(up, 0) + 1
        return found

    def task(self, reply: TaskReply) -> Iterator[str]:
        request = self.request
        assert isinstance(request, GraphRequest)
        if request.at:
            return
        row = self.after.tasks[reply.key]
        for name in ("state", "version", "round", "attempt", "attempts"):
            yield from self.same(name, getattr(reply, name), row[name])
        if reply.state not in ("done", "cancelled", "split"):
            pending = sum(
                e[0] == reply.key and e[2] == "hard" and self.after.state(e[1]) != "done"
                for e in self.after.edges
            )
            yield from self.same("pending", reply.pending, pending)
        yield from self.same("holder", reply.holder is not None, bool(row["session_id"]))
        if reply.until_s is not None:
            yield from self.same("until_s", reply.until_s, self.left_s(reply.key))
        for link in (*(reply.needs or ()), *(reply.consumers or ())):
            yield from self.same(f"state of {link.task}", link.state, self.after.state(link.task))
        for child in reply.children or ():
            yield from self.same("child", child["state"], self.after.state(str(child["key"])))


_CHECKS: dict[type[Reply], Any] = {
    Finished: ReplyFacts.finished,
    ReworkReply: ReplyFacts.reworked,
    CancelReply: ReplyFacts.cancelled,
    AddReply: ReplyFacts.added,
    SplitReply: ReplyFacts.added,
    EditReply: ReplyFacts.edited,
    Briefing: ReplyFacts.briefing,
    CheckReply: ReplyFacts.checked,
    JoinReply: ReplyFacts.joined,
    GraphReply: ReplyFacts.graph,
    TaskReply: ReplyFacts.task,
}
