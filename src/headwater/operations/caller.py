"""Who calls: the identity and the rights, from the credential and never from an argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from headwater.errors import Forbidden

Rights = Literal["observe", "work", "plan", "admin"]
_WITH_LEASE = {
    "edit": "with its lease you may edit what the task you hold says and reads; ",
    "split": "with its lease you may split the task you hold; ",
    "rework": "with your lease you may send an upstream of your task back; ",
}
_ORDER: tuple[Rights, ...] = ("observe", "work", "plan", "admin")


@dataclass(frozen=True, slots=True)
class Caller:
    """The credential behind a call and what its transport implies."""

    credential: str = "local"
    rights: Rights = "admin"
    lease_ms: int = 0
    """How long its leases last; 0 is the board's policy."""
    renewed: bool = False
    """True if a server renews its leases in the background while its host is there."""
    name: str = ""
    """Written into the log for calls of no session; empty is the credential."""
    default_agent: str = ""
    host: str = ""
    process: str = ""
    """The host process that it calls from, where the transport shows it."""
    default_session: str = ""
    """The session of calls that name none. The first join by name on its connection names it."""

    def may(self, needed: Rights) -> bool:
        """Does this caller have that right?"""
        return _ORDER.index(self.rights) >= _ORDER.index(needed)

    def demand(self, needed: Rights, verb: str, first: str = "") -> None:
        """Refuse a caller whose rights are too low; `first`: what it may do without them.

        Raises:
            Forbidden: naming the right that is needed and the one held.
        """
        if not self.may(needed):
            raise Forbidden(
                f"{verb} needs the right {needed!r}; this credential has {self.rights!r}",
                next=first + self._instead(needed, verb),
            )

    def for_planners(self, advice: str) -> str:
        """Advice that takes the right to plan; whoever lacks it is told whom it is for."""
        return advice if self.may("plan") else f"for who plans: {advice}"

    def _instead(self, needed: Rights, verb: str) -> str:
        if needed == "plan" and self.may("work"):
            return f'{_WITH_LEASE.get(verb, "")}tell(to="planners", text=...) asks who may'
        return "ask whoever runs the board, or use graph to read"


LOCAL = Caller()
