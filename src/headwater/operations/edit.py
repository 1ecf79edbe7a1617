"""Edit: change a task's fields, edges and contracts."""

from __future__ import annotations

from typing import Any

from headwater.errors import BadRequest, Cycle
from headwater.graph.briefing import few
from headwater.graph.images import lane_of
from headwater.graph.states import State, Trigger
from headwater.operations import attempts, budgets, flow, holders, insertion, leases, order, paths
from headwater.operations.appending import appended
from headwater.operations.contracts import not_answered, that_stay
from headwater.operations.edited import ASKED, WORKED_BY
from headwater.operations.hereafter import go_on, how_told, parts_instead
from headwater.operations.images import compact
from headwater.operations.listing import told
from headwater.operations.standing import redirected_edit
from headwater.operations.structure import (
    ANSWERS,
    CANDIDATE,
    HARD,
    MORE_NEEDS,
    PART,
    SOFT,
    WAITS,
    answering,
    demand_needs,
    drop_answers,
    follow_pending,
    link,
    sentence,
    step_back,
    tell_producer,
    unlink,
)
from headwater.operations.versions import demand_version
from headwater.operations.work import Work
from headwater.store.queries import edges
from headwater.store.rows import EdgeRow, TaskRow, TextRow
from headwater.verbs.plan import Contract, EditReply, EditRequest, TaskAdditions, TaskChanges


def edit(work: Work, request: EditRequest) -> EditReply:
    """Apply the changes, all or none.

    Raises:
        UnknownTask, VersionConflict, Cycle, WrongState, BadRequest: nothing was changed.
        Forbidden: the caller may not plan, and a holder may not change that itself.
    """
    task, by_holder = _authorised(work, request)
    demand_version(task, request.expect_version)
    request, replaced = redirected_edit(work, task, request)
    text = work.text(task)
    changed = _set(task, text, appended(text, request))
    holders.demand_edit(work, task, changed, by_holder=by_holder)
    needs = list(request.add_needs)
    needs += [c.task for c in request.contracts if _is_new_need(work, task, c, request)]
    edges_asked = {
        "needs": needs or request.add_soft or request.drop_needs,
        "contracts": request.contracts,
    }
    if not (changed or any(edges_asked.values())):
        said = request.set.model_fields_set or request.append.model_fields_set
        raise BadRequest(
            "nothing to change" + (": the task says so already" if said else ""),
            next="give set={...}, append={...}, add_needs, add_soft, drop_needs or contracts",
        )
    waits = any(work.task(name).state != State.DONE for name in needs)
    stepping_back = waits and task.state == State.ACTIVE
    if needs:
        soft_helps = any(_edge(work, task, name) is None for name in needs)
        demand_needs(work, task, by_holder=by_holder, soft_helps=soft_helps, wanted=needs)
    besides = _besides(work, task, request, needs)
    recorded = None
    if stepping_back:
        recorded = step_back(work, task, MORE_NEEDS)
    elif waits:  # a late holder was never given what is new
        recorded = attempts.take_away(work, task, WAITS, MORE_NEEDS)
    changed += [name for name, asked in edges_asked.items() if asked]
    data = {"changed": changed, **({"attempt": recorded} if recorded else {})}
    work.record("edited", task, reason=request.reason, data=data)
    spoken = _edges(work, task, request, needs)
    if stepping_back:
        work.move(task, Trigger.WAIT_FOR)
    follow_pending(work, task)
    task.version += 1
    if "estimate" in changed:
        order.look_again(work, [task.id])
    if "capabilities" in changed:
        insertion.add_lanes(work, {task.lane})
    if "priority" in changed:
        task.bucket = work.bucket(task)
    task.purse = budgets.purse(work.board, task, text)
    work.save_spec(task, text)
    if "paths" in changed:
        paths.edited(work, task, text.paths)
    flow.settle_if_parked(work, task)
    order.settle_ranks(work)
    if not by_holder:
        _tell_holder(work, task, changed, request.append)
    if stepping_back:
        advice = f"your lease is over, {task.key} waits with your notes; claim(session) goes on"
    else:
        advice = ("read the edges; " if spoken else "") + _advice(work, task, changed, by_holder)
    return EditReply(
        task=task.key,
        state=task.state,
        version=task.version,
        changed=changed,
        edges=spoken or None,
        warnings=[
            *replaced,
            *besides,
            *not_answered(work, task, request),
            *that_stay(work, task, changed),
        ]
        or None,
        revision=work.revision,
        next=advice,
    )


def _advice(work: Work, task: TaskRow, changed: list[str], by_holder: bool) -> str:
    if task.state == State.DONE and not set(WORKED_BY).isdisjoint(changed):
        again = f'rework(task="{task.key}", feedback=...)'
        return f"{task.key} is done as it was asked for before: {again} has it done as it is now"
    if task.state == State.SPLIT and not set(ASKED).isdisjoint(changed):
        return parts_instead(work, task)
    if by_holder:
        return "go on"
    return how_told(work, task) if task.session_id else go_on(work)


def _authorised(work: Work, request: EditRequest) -> tuple[TaskRow, bool]:
    """The task, and whether its holder edits it. Without a lease only planners edit."""
    work.caller.demand("work" if request.lease else "plan", "edit")
    if request.session:
        leases.session_of(work, request.session)
    if not request.lease:
        return work.task(request.task), False
    advice = "edit the task you hold, or leave the lease out"
    task = leases.demand_on(work, request.lease, "edit", request.task, otherwise=advice)
    return task, True


def _set(task: TaskRow, text: TextRow, changes: TaskChanges) -> list[str]:
    """Apply field changes; the names of what really changed."""
    given: dict[str, Any] = changes.model_dump(exclude_none=True)
    old = _fields(task, text)
    task.title = given.get("title", task.title)
    text.spec = given.get("spec", text.spec)
    task.priority = given.get("priority", task.priority)
    task.attempts = given.get("attempts", task.attempts)
    task.grouping = given.get("group", task.grouping)
    if "estimate" in given:
        task.estimate_ms = round(given["estimate"] * 60_000)
    if "review" in given:
        task.review = int(given["review"])
    if "capabilities" in given:
        task.capabilities = compact(sorted(set(given["capabilities"])))
        task.lane = lane_of(given["capabilities"])
    if "acceptance" in given:
        text.acceptance = compact(given["acceptance"])
    if "paths" in given:
        text.paths = compact(given["paths"])
        task.has_paths = int(bool(given["paths"]))
    if changes.budget is not None:
        text.budget = compact(changes.budget.model_dump(exclude_defaults=True))
    now = _fields(task, text)
    return [name for name in now if now[name] != old[name]]


def _fields(task: TaskRow, text: TextRow) -> dict[str, str | int]:
    """What `set` can change, by its name there."""
    return {
        "title": task.title,
        "spec": text.spec,
        "acceptance": text.acceptance,
        "priority": task.priority,
        "estimate": task.estimate_ms,
        "capabilities": task.capabilities,
        "paths": text.paths,
        "review": task.review,
        "attempts": task.attempts,
        "budget": text.budget,
        "group": task.grouping,
    }


def _is_new_need(work: Work, task: TaskRow, contract: Contract, request: EditRequest) -> bool:
    """A contract with a task that is not needed (any more) asks for the hard edge too."""
    if contract.task in request.add_needs:
        return False
    if contract.task in request.drop_needs:
        return True
    edge = _edge(work, task, contract.task)
    return edge is None or edge.kind != HARD


def _edge(work: Work, task: TaskRow, name: str) -> EdgeRow | None:
    return work.tx.one(edges.ONE, task_id=task.id, upstream_id=work.task(name).id)


def _besides(work: Work, task: TaskRow, request: EditRequest, needs: list[str]) -> list[str]:
    """Warnings about what becomes of edges and contracts without being asked for by name."""
    promised = {contract.task for contract in request.contracts}
    found = [
        f"{name} is hard: with a contract {task.key} waits for it"
        for name in request.add_soft
        if name in promised and (name in request.drop_needs or _edge(work, task, name) is None)
    ]
    for name in dict.fromkeys([*request.drop_needs, *needs, *request.add_soft]):
        edge = _edge(work, task, name)
        if edge is None:
            continue
        if name in request.drop_needs:
            comes_back = name in request.add_needs or name in request.add_soft
            if comes_back and name not in promised and _has_contract(edge):
                found.append(f"{task.key}'s contract with {name} went with the edge")
        elif name in request.add_needs:
            continue
        elif name in promised and edge.kind in (SOFT, CANDIDATE):
            found.append(f"{name} was {edge.kind}: with a contract {task.key} waits for it")
        elif name in request.add_soft and edge.kind == HARD:
            found.append(f"{name} stays hard: drop_needs in the same call makes it soft")
    return found


def _has_contract(edge: EdgeRow) -> bool:
    return bool(edge.expect or edge.promise or edge.keys != "[]")


def _edges(work: Work, task: TaskRow, request: EditRequest, needs: list[str]) -> list[str]:
    """Drop first, then add, then write contracts. Returns what was done as sentences."""
    agreed = {contract.task: contract for contract in request.contracts}
    spoken = [_drop(work, task, name, is_followed=name in agreed) for name in request.drop_needs]
    for name in needs:
        if name == task.key:
            raise Cycle(f"{name} cannot need itself; nothing was changed")
        contract, producer = agreed.get(name), work.task(name)
        if link(work, task, producer, HARD, contract) and contract:
            tell_producer(work, producer, task.key, contract)
            del agreed[name]
        spoken.append(sentence(task.key, name, HARD))
    for name in request.add_soft:
        if name == task.key:
            raise Cycle(f"{name} cannot need itself; nothing was changed")
        if link(work, task, work.task(name), SOFT):  # a hard one stays hard
            spoken.append(sentence(task.key, name, SOFT))
    for name, contract in agreed.items():
        upstream = work.task(name)
        for producer in (*answering(work, task, upstream), upstream):
            _write(work, task, producer, contract)
        work.image_edges(task.id)
    return spoken


def _write(work: Work, task: TaskRow, producer: TaskRow, contract: Contract) -> None:
    """Change the contract of an edge, and tell who works on what is promised."""
    work.tx.run(
        edges.SAVE,
        task_id=task.id,
        upstream_id=producer.id,
        expect=contract.expect,
        promise=contract.promise,
        keys=compact(contract.keys),
    )
    tell_producer(work, producer, task.key, contract)


def _drop(work: Work, task: TaskRow, name: str, *, is_followed: bool) -> str:
    """Drop an edge with its contract, of which who works on that is told; `is_followed`: another
    contract comes in its place."""
    upstream = work.task(name)
    edge = work.tx.one(edges.ONE, task_id=task.id, upstream_id=upstream.id)
    if edge is None:
        raise BadRequest(
            f"{task.key} does not need {name}",
            next=f'graph(view="task", task="{task.key}") lists what it needs',
        )
    if edge.kind in (PART, ANSWERS):
        raise BadRequest(
            f"{name} is a part that {task.key} hears from through a split; it cannot be dropped",
            next="cancel the part, or drop the container",
        )
    unlink(work, task, upstream, edge)
    parts = drop_answers(work, task, upstream)
    gone = ""
    if _has_contract(edge):
        gone = "; their contract went with it"
        for producer in () if is_followed else (upstream, *parts):
            tell_producer(work, producer, task.key, Contract(task=producer.key))
    owed = f"; its parts answer no more: {few([one.key for one in parts])}" if parts else ""
    return f"{task.key} no longer needs {name}{gone}{owed}"


def _tell_holder(work: Work, task: TaskRow, changed: list[str], more: TaskAdditions) -> None:
    holder = task.session_id or task.lapsed_session_id  # who may still come back
    added = more.model_dump(exclude_defaults=True)
    if more.spec:
        added["spec"] = told(more.spec)
    data = {"changed": changed} | ({"added": added} if added else {})
    work.notify_session(holder, "task_edited", task=task.key, data=data)
