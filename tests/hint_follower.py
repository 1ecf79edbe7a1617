"""Follows the hints of replies and errors as an agent would, at once, and takes it back.

Every call that a hint names must be one that there is, with arguments that there are; and where all
that it needs is known from the reply and the call, it must not be refused. Each is tried in a
transaction that is rolled back, so the story goes on as if nobody had followed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from pydantic import BaseModel

from headwater.board import Board
from headwater.cli.sections import SECTIONS
from headwater.errors import HeadwaterError
from headwater.operations.caller import Caller
from headwater.operations.look import look
from headwater.operations.unformed import formed
from headwater.server.tools import BY_NAME
from headwater.store.transaction import Tx
from headwater.verbs.base import Request
from headwater.verbs.look import GraphRequest
from headwater.verbs.people import PersonRequest
from headwater.verbs.sessions import JoinReply, JoinRequest
from headwater.verbs.work import Briefing
from hint_values import Facts, Heard, Outcome, filled, subjects, value_of
from said_calls import Said, arguments_in, calls_in, commands_in, fields_in

COMMANDS: Final = {name for names in SECTIONS.values() for name in names.split()}
PEOPLE: Final = ("merged", "answer", "done", "release")
EVERY_SKILL: Final = ["gpu", "rust", "cobol"]
PLANNER: Final = re.compile(r"\b(planner|who plans|person|whoever)\b")
ANOTHER: Final = re.compile(r"\banother agent\b")
ITS_OWN: Final = {"session_elsewhere", "unknown_session", "wrong_place", "already_holding"}
"""Refusals of a claim or check that are about the session, and say what comes before."""
NEXT_OBSTACLE: Final = {"missing_promises": "missing_evidence"}
"""What a finish is refused for is said one after the other."""
ARGUMENTS: Final = {name for face in BY_NAME.values() for name in face.request.model_fields}


class _TakenBackError(Exception):
    """Rolls a trial back, and carries its answer out of the transaction."""

    def __init__(self, answer: Outcome) -> None:
        self.answer = answer


def attempt(board: Board, requests: list[Request], caller: Caller) -> Outcome:
    """What the last of `requests` would be answered now, after the others. Nothing is changed.

    A session that a join opens is that of the next call.
    """

    def operation(tx: Tx) -> None:
        answer: Outcome | None = None
        for request in requests:
            opened = {"session": answer.session} if isinstance(answer, JoinReply) else {}
            made = request.model_copy(update=opened)
            try:
                if isinstance(made, GraphRequest):
                    answer = look(tx, board.id, caller, made)
                else:
                    answer = formed(board._operation(made, caller)(tx))  # pyright: ignore[reportPrivateUsage]
            except HeadwaterError as error:
                answer = error
        assert answer is not None
        raise _TakenBackError(answer)

    try:
        board.store.write(operation)
    except _TakenBackError as trial:
        return trial.answer
    raise AssertionError("a trial was not taken back")


@dataclass
class Follower:
    """One who reads every reply, and what it has learnt."""

    sessions: dict[str, str] = field(default_factory=dict[str, str])
    """Lease -> the session that it was given to."""
    windows: dict[str, str] = field(default_factory=dict[str, str])
    """Session -> how its window calls itself."""
    says_session: bool = False
    """Nothing but the call tells its session: then a hint says it, too."""
    newest: str = ""
    """The session that joined last."""
    followed: Counter[str] = field(default_factory=Counter[str])
    """How often each kind of call in a hint was followed."""
    unknown: Counter[str] = field(default_factory=Counter[str])
    """And how often one could not be, because something was not known."""

    def faults(self, board: Board, request: Request, caller: Caller, facts: Facts) -> Iterator[str]:
        """An answer has arrived: do what it says. What cannot be done is a fault."""
        session = self._learn(request, facts)
        if "outcome" in facts and facts["revision"] != board.revision():
            return  # the first reply to a finish that was repeated, word for word
        for part, hint in hints_of(facts):
            window = self.windows.get(session, "")
            heard = Heard(request, caller, session or self.newest, window, part, hint)
            for fault in self._follow(board, heard):
                yield f"{fault}\n{heard}"

    def _learn(self, request: Request, facts: Facts) -> str:
        """Remember what was handed out; whose call it was."""
        asked: str = getattr(request, "session", "")
        session = asked or self.sessions.get(getattr(request, "lease", ""), "")
        if isinstance(request, JoinRequest) and "session" in facts:
            session = self.newest = facts["session"]
            self.windows[session] = request.window or self.windows.get(asked, "")
        given = [*facts.get("leases", []), facts, facts.get("claimed", {})]
        self.sessions.update((one["lease"], session) for one in given if "lease" in one)
        return session

    # -- following -----------------------------------------------------------------------------

    def _follow(self, board: Board, heard: Heard) -> Iterator[str]:
        known = ARGUMENTS | _inner_names(type(heard.request))
        for name in fields_in(heard.hint):
            if name not in known and not _occurs(name, heard.facts):
                yield f"there is no {name} in the reply, and no argument of that name"
        for name, options in commands_in(heard.hint):
            if name not in COMMANDS:
                yield f"there is no command {name}"
            if name in PEOPLE and "KEY" in options:
                yield from self._type(board, heard, name)
        yield from self._make_again(board, heard)
        for said in calls_in(heard.hint):
            face = BY_NAME.get(said.verb)
            if face is None:
                yield f"there is no tool {said.verb}"
                continue
            if said.verb == "claim" and self.says_session and "session" not in dict(said.arguments):
                yield "claim without a session"
            strange = [name for name, _ in said.arguments if name not in face.request.model_fields]
            if strange:
                yield f"{said.verb} has no argument {', '.join(strange)}"
            elif heard.session or said.verb not in ("claim", "check"):  # else nobody has joined yet
                yield from self._call(board, heard, said, face.request)

    def _call(self, board: Board, heard: Heard, said: Said, model: type[Request]) -> Iterator[str]:
        kind = re.sub(r'"[^"]*"|\d+', "_", f"{said} {said.after}")
        for subject in subjects(heard, said):
            given = filled(heard, said, subject)
            if given is None:
                self.unknown[kind] += 1
                return
            try:
                requests: list[Request] = [model.parse(given)]
            except HeadwaterError as error:
                yield f"{said} with {given}: {error.message}"
                return
            by_another = ANOTHER.search(said.before)
            if by_another:
                requests.insert(0, JoinRequest(agent="another", capabilities=EVERY_SKILL))
            addressed = PLANNER.search(f"{heard.hint.partition(said.verb)[0]} {said.before}")
            caller = Caller(rights="plan") if addressed else heard.caller
            answer = attempt(board, requests, caller)
            self.followed[kind] += 1
            if isinstance(answer, HeadwaterError):
                if not _is_said_elsewhere(said, answer):
                    yield f"{said} with {given} is refused: {answer.code}: {answer.message}"
            elif by_another and isinstance(answer, Briefing) and answer.none:
                yield f"{said} finds nothing: {answer.as_dict()}"
            elif "other work" in said.after and getattr(answer, "already_holding", False):
                yield f"{said} gives what is held already"

    def _make_again(self, board: Board, heard: Heard) -> Iterator[str]:
        """The call that was made, made again with what the hint says."""
        request, verb = heard.request, heard.request.verb
        given = request.model_dump(exclude_defaults=True)
        said = list(arguments_in(heard.hint))
        for name, value in said:
            if name not in type(request).model_fields:
                if name not in _inner_names(type(request)):
                    yield f"{verb} has no argument {name}"
                return
            found = value_of(heard, verb, name, value, heard.facts)
            given[name] = {**given.get(name, {}), **found} if isinstance(found, dict) else found
        if not said:
            return
        answer = attempt(board, [type(request).parse(given)], heard.caller)
        self.followed[f"{verb} again with {', '.join(name for name, _ in said)}"] += 1
        if isinstance(answer, HeadwaterError):
            first = str(heard.facts.get("code", ""))
            if answer.code not in (NEXT_OBSTACLE.get(first), "bad_request" if first else ""):
                yield f"{verb} with {given} is refused: {answer.code}: {answer.message}"

    def _type(self, board: Board, heard: Heard, name: str) -> Iterator[str]:
        """A command with a task's key."""
        for subject in subjects(heard, None, command=name):
            request = PersonRequest.parse({"action": name, "task": subject["task"], "text": "so"})
            answer = attempt(board, [request], Caller(rights="plan"))
            self.followed[f"headwater {name}"] += 1
            if isinstance(answer, HeadwaterError):
                yield f"headwater {name} {subject['task']}: {answer.code}: {answer.message}"


def _is_said_elsewhere(said: Said, error: HeadwaterError) -> bool:
    """Refusals that the hint does not contradict: each names what is to be done before."""
    if error.code in ITS_OWN:
        return said.verb in ("claim", "check")
    budget_or_evidence = error.code in ("over_budget", "missing_evidence")
    is_container = "parts" in error.state
    return budget_or_evidence or is_container or "capabilities" in said.after


def hints_of(facts: Facts) -> Iterator[tuple[Facts, str]]:
    """Every text of the server's own that may name a call, and the reply that it is part of."""
    for name in ("next", "note", "history"):
        if isinstance(facts.get(name), str):
            yield facts, facts[name]
    for name in ("more", "warnings"):
        yield from ((facts, one) for one in facts.get(name, []) if isinstance(one, str))
    if isinstance(facts.get("claimed"), dict):
        yield from hints_of(facts["claimed"])


def _inner_names(model: type[BaseModel]) -> set[str]:
    """The names of what the parts of a request have."""
    found: set[str] = set()
    for one in model.model_fields.values():
        for part in get_args(one.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                found |= part.model_fields.keys()
    return found


def _occurs(name: str, facts: Any) -> bool:
    if isinstance(facts, dict):
        return name in facts or any(_occurs(name, one) for one in facts.values())
    return isinstance(facts, list) and any(_occurs(name, one) for one in facts)
