"""The sessions that live at one stdio connection, and which of them a call means that says none.

`Sessions.state` is one of these, and follows from who lives here:

    state      who lives here                         a call that says no session
    empty      nobody                                 has one opened for it
    opened     nobody; one was opened for such a call means that one
    unnamed    that one: such a call has succeeded    means that one; a join by name names it
    one        one that joined, or was here before    means that one
    several    more than one                          could mean any: it is refused

Whoever opens, calls, joins or ends says so by the method of that name; nothing else changes who
lives here. A session counts once, whatever token it has had: each take-over gives it another.
"""

from __future__ import annotations

from enum import StrEnum

_UNNAMED = "joined without a name"
_RESUMED = "resumed"


class State(StrEnum):
    EMPTY = "empty"
    OPENED = "opened"
    UNNAMED = "unnamed"
    ONE = "one"
    SEVERAL = "several"


class Sessions:
    """Who lives here: by its lasting name, the token that each has now and who it says it is."""

    def __init__(self) -> None:
        self._living: dict[str, tuple[str, str]] = {}
        self._opened = ""
        """The token of the one that was opened for calls without a session, until it has a name."""

    @property
    def state(self) -> State:
        if len(self._living) > 1:
            return State.SEVERAL
        if self._living:
            return State.UNNAMED if _name(self._opened) in self._living else State.ONE
        return State.OPENED if self._opened else State.EMPTY

    @property
    def meant(self) -> str:
        """The session that a call means that says none; empty if there is none, or several are."""
        match self.state:
            case State.OPENED:
                return self._opened
            case State.UNNAMED | State.ONE:
                return next(token for token, _ in self._living.values())
            case State.EMPTY | State.SEVERAL:
                return ""

    @property
    def is_ours(self) -> bool:
        """Whether that one was opened for such calls: no agent knows its token."""
        return self.meant == self._opened != ""

    @property
    def unnamed(self) -> str:
        """The session that the next join by name gives its name; empty if there is none."""
        return self._opened if self.state is State.UNNAMED else ""

    @property
    def tokens(self) -> list[str]:
        """All of them, and the one that was opened though nothing has come of it."""
        living = [token for token, _ in self._living.values()]
        return [*living, self._opened] if self._opened not in ("", *living) else living

    @property
    def listed(self) -> list[str]:
        """Who lives here, for a reader: the newest last, but for the one without a name."""
        unnamed = _name(self._opened)
        ordered = sorted(self._living, key=lambda name: name == unnamed)
        return [f"{token} ({who})" for token, who in (self._living[name] for name in ordered)]

    def opened(self, token: str) -> None:
        """A call without a session had one opened for it."""
        self._opened = token

    def called(self, token: str) -> None:
        """A call of that session succeeded: it lives here, also if it did not join here."""
        name = _name(token)
        stranger = _UNNAMED if name == _name(self._opened) else _RESUMED
        _, who = self._living.get(name, ("", stranger))
        self._living[name] = token, who

    def joined(self, token: str, agent: str) -> None:
        """A session was joined by name, or taken up again with its token."""
        name = _name(token)
        self._living.pop(name, None)
        self._living[name] = token, agent
        if name == _name(self._opened):
            self._opened = ""

    def ended(self, token: str) -> None:
        """This token is worth nothing any more: the session is over, or lives elsewhere."""
        name = _name(token)
        if self._living.get(name, (token,))[0] != token:
            return  # taken back meanwhile
        self._living.pop(name, None)
        if name == _name(self._opened):
            self._opened = ""


def _name(token: str) -> str:
    """What stays of a session's token when it is taken over."""
    return token.partition(".")[0]
