"""Tell: a message to agents, groups or a topic, as a notice in the same store."""

from __future__ import annotations

import re

from headwater import limits
from headwater.errors import BadRequest, is_word
from headwater.graph.notices import AGENT
from headwater.graph.states import CLOSED
from headwater.operations import leases
from headwater.operations.notices import UNSEEN, agent_of, meant, reached, was_seen
from headwater.operations.settings import set_policy
from headwater.operations.work import Work
from headwater.store.rows import TaskRow
from headwater.verbs.work import TellReply, TellRequest

_TARGET = re.compile(r"^(all|planners|(workers|reviewers)(:[^,:]{1,100})?|agent:[^:]{1,100})\Z")

_RULES, _NEW_RULES = "rules", "rules:new"
_FORMS = (
    "agent:NAME, workers, workers:CAPABILITY, reviewers, reviewers:CAPABILITY, planners, all, "
    f"{_RULES}, {_NEW_RULES}"
)
_AT_CHECK = "they read it at their next check, or with their next task"
_NOBODY = "no other session that is here now gets it"
_TOPIC = "or leave `to` out and give a topic: everybody gets it, under that topic"


def tell(work: Work, request: TellRequest) -> TellReply:
    """Publish a notice, or what holds for all tasks from now on.

    Raises:
        BadRequest: the target has none of the known forms; the rules are too long.
        UnknownTask: `task` names none.
    """
    work.caller.demand("work", "tell")
    if request.session:
        leases.session_of(work, request.session)
    if request.to in (_RULES, _NEW_RULES):
        return _rule(work, request)
    target = request.to or ("all" if request.topic else "")
    if not _TARGET.match(target):
        target = AGENT + _agent_there(work, target)
    if target.startswith(AGENT):
        target = AGENT + agent_of(target.removeprefix(AGENT))
    task = work.task(request.task) if request.task else None
    count = reached(work, target)
    known = {} if count is None else {"reached": count}
    said = {"to": target, "topic": request.topic, "text": request.text}
    work.record("told", task, data={**said, **known})
    number = work.notify(
        target, "message", task=request.task, body=request.text, topic=request.topic
    )
    advice = _when_read(work, target, count) + _for_later(work, task, target)
    return TellReply(id=number, to=target, reached=count, revision=work.revision, next=advice)


def _rule(work: Work, request: TellRequest) -> TellReply:
    """Say it to all, and in every briefing: beside what was said so before, or instead of it."""
    work.caller.demand("plan", "tell rules")
    if request.task or request.topic:
        raise BadRequest(
            "rules hold for all tasks: they have neither a task nor a topic",
            next="what holds for one task belongs into its spec: edit",
        )
    said, before = request.text.strip(), work.policy.rules
    if not said:
        raise BadRequest("a rule needs text", next="headwater policy rules= takes all of them back")
    kept = "" if request.to == _NEW_RULES else before
    if f"\n{said}\n" not in f"\n{kept}\n":  # who repeats a rule means it once
        now = f"{kept}\n{said}".strip()
        if len(now.encode()) > limits.RULES_BYTES:
            raise _too_long(before, now)
        set_policy(work, {"rules": now}, "")
    return TellReply(
        to=request.to,
        rules=work.policy.rules,
        revision=work.revision,
        next="all of `rules` stands in every briefing from now on; "
        f'tell(to="{_NEW_RULES}", text) replaces it; who is at work reads it at the next check',
    )


def _too_long(before: str, now: str) -> BadRequest:
    size = len(now.encode())
    return BadRequest(
        f"with this the rules are {size} bytes; the limit is {limits.RULES_BYTES}, as every "
        "briefing has them",
        state={"rules": before},
        next=f'tell(to="{_NEW_RULES}", text) says all of them anew, shorter',
    )


def _when_read(work: Work, target: str, count: int | None) -> str:
    if count != 0:
        return f"{_AT_CHECK}; answers reach you so, too"
    agent = target.removeprefix(AGENT) if target.startswith(AGENT) else ""
    if agent and not was_seen(work, agent):
        lists = 'graph(view="agents") lists them'
        return f"{UNSEEN}; who was here before gets it when it is back: {lists}{meant(work, agent)}"
    return f"{_NOBODY}: who is away gets it when it resumes, who joins later does not"


def _for_later(work: Work, task: TaskRow | None, target: str) -> str:
    """What a planner says about a task is for those who are there: not for its next holder."""
    if task is None or task.state in CLOSED or target == "planners" or not work.caller.may("plan"):
        return ""
    return f'; edit(task="{task.key}") says it to who claims {task.key} later'


def _agent_there(work: Work, name: str) -> str:
    """The agent that is meant by a name without more, if one of that name was seen.

    Raises:
        BadRequest: none was, or no name is given.
    """
    agent = agent_of(name)
    if name and was_seen(work, agent):
        return agent
    if not name:
        raise BadRequest(f"`to` or `topic` is needed; `to` is one of: {_FORMS}", next=_TOPIC)
    form = f"agent:{name} for an agent ({UNSEEN}); " if is_word(name) else ""
    raise BadRequest(f"`to` is none of: {_FORMS}", next=form + _TOPIC)
