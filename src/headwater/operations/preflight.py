"""Preflight: where a session stands, and whether the board lets its workers stand there.

The place is recorded when a session joins and confirmed when it claims; it is not looked up
again, so a session that moves joins again to say so.
"""

from __future__ import annotations

from headwater import processes
from headwater.errors import Fact, WrongPlace
from headwater.graph.policy import Policy
from headwater.operations.work import Work
from headwater.store.rows import SessionRow
from headwater.verbs.sessions import JoinRequest


def record(work: Work, session: SessionRow, request: JoinRequest) -> None:
    """Remember where a session says that it stands; what it leaves out stays as it was."""
    if request.workspace:
        session.workspace = request.workspace
    if request.workspace or request.branch or request.commit:  # a detached head has no branch
        session.branch = request.branch
        session.head = request.commit
    session.process = work.caller.process


def demand(policy: Policy, session: SessionRow) -> None:
    """Refuse work to a session that stands elsewhere than the policy says.

    Raises:
        WrongPlace: with the place that is wanted and the one where the session stands.
    """
    wrong = mismatch(policy, session)
    if wrong:
        window = ", window=YOUR_WINDOW" if session.window_name else ""
        raise WrongPlace(
            f"workers of this board {wrong}",
            state=_facts(policy, session),
            next=f"go there, then join(session=YOUR_SESSION{window}) if you have joined, and claim "
            "again; over HTTP say where you stand, too: "
            f"join(session=...{window}, workspace=..., branch=..., commit=...)",
        )


def mismatch(policy: Policy, session: SessionRow) -> str:
    """What is wrong with the session's place, with both values; empty if nothing is."""
    wrong: list[str] = []
    if policy.workspace and _plain(policy.workspace) != _plain(session.workspace):
        stands = session.workspace or "an unknown workspace"
        wrong.append(f"must stand in workspace {policy.workspace}; this session stands in {stands}")
    if policy.branch and policy.branch != session.branch:
        wrong.append(f"must stand on branch {policy.branch}; this session stands on {on(session)}")
    return ", and ".join(wrong)


def on(session: SessionRow) -> str:
    """The branch of a session in words."""
    if session.branch:
        return session.branch
    return f"a detached head at {session.head[:12]}" if session.head else "an unknown branch"


def is_same_window(work: Work, session: SessionRow) -> bool:
    """Whether the call comes from the host process in which the session lived last."""
    return bool(session.process) and session.process == work.caller.process


def is_other_window(work: Work, session: SessionRow) -> bool:
    """Whether it certainly comes from another one."""
    here = work.caller.process
    return bool(session.process and here) and session.process != here


def is_dead(session: SessionRow) -> bool:
    """Whether the host process of the session has certainly ended."""
    return bool(session.process) and processes.is_gone(session.process)


def is_alive_elsewhere(work: Work, session: SessionRow) -> bool:
    """Whether it belongs to a window that is still open beside this one."""
    return is_other_window(work, session) and not is_dead(session)


def _facts(policy: Policy, session: SessionRow) -> dict[str, Fact]:
    wanted = {"workspace": policy.workspace, "branch": policy.branch}
    stands = {"workspace": session.workspace, "branch": session.branch, "commit": session.head}
    return {
        "wanted": {name: value for name, value in wanted.items() if value},
        "stands": {name: value for name, value in stands.items() if value},
    }


def _plain(path: str) -> str:
    return path.rstrip("/\\") or path
