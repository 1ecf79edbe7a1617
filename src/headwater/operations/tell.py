"""Tell: a message to agents, groups or a topic, as a notice in the same store."""

from __future__ import annotations

import re

from headwater.errors import BadRequest, is_word
from headwater.operations import leases
from headwater.operations.notices import AGENT, UNSEEN, agent_of, meant, reached, was_seen
from headwater.operations.work import Work
from headwater.verbs.work import TellReply, TellRequest

_TARGET = re.compile(r"^(all|planners|(workers|reviewers)(:[^,:]{1,100})?|agent:[^:]{1,100})\Z")

_FORMS = "agent:NAME, workers, workers:CAPABILITY, reviewers, reviewers:CAPABILITY, planners, all"
_TOPIC = "or leave `to` out and give a topic: everybody gets it, under that topic"


def tell(work: Work, request: TellRequest) -> TellReply:
    """Publish a notice.

    Raises:
        BadRequest: the target has none of the known forms.
        UnknownTask: `task` names none.
    """
    work.caller.demand("work", "tell")
    if request.session:
        leases.session_of(work, request.session)
    target = request.to or ("all" if request.topic else "")
    if not _TARGET.match(target):
        target = AGENT + _agent_there(work, target)
    advice = "they read it at their next check"
    if target.startswith(AGENT):
        agent = agent_of(target.removeprefix(AGENT))
        target = AGENT + agent
        if not was_seen(work, agent):
            advice = (
                f"{UNSEEN}; who joins later does not get it: "
                f'graph(view="agents") lists them{meant(work, agent)}'
            )
    task = work.task(request.task) if request.task else None
    said = {"to": target, "topic": request.topic, "text": request.text}
    work.record("told", task, data={**said, **reached(work, target)})
    number = work.notify(
        target, "message", task=request.task, body=request.text, topic=request.topic
    )
    return TellReply(id=number, to=target, revision=work.revision, next=advice)


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
