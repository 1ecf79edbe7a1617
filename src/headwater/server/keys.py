"""What opens the door over HTTP: the store's access tokens, or an identity provider's."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Protocol

import anyio.to_thread

from headwater.errors import HeadwaterError, StoreUnavailable
from headwater.operations import access
from headwater.operations.caller import Caller
from headwater.store.store import Store

CHECKS_AT_ONCE: Final = 8
KNOWN: Final = 4096
"""Tokens remembered, for when the database is away."""


class KeysUnavailable(HeadwaterError):
    """Whether a token opens something cannot be known now."""

    code = "keys_unavailable"
    retryable = True


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a request is from, as its credential says."""

    caller: Caller
    boards: tuple[str, ...] = ()
    """The boards it may use; empty is all."""

    def may_use(self, board: str) -> bool:
        return not self.boards or board in self.boards

    def may_found(self, board: str) -> bool:
        """May a board that is not there yet be made for it?"""
        return board in self.boards or self.caller.rights == "admin"


class Keys(Protocol):
    """Knows who a bearer token belongs to."""

    async def visitor(self, token: str) -> Visitor | None:
        """None for a token that opens nothing, whatever the reason.

        Raises:
            StoreError, KeysUnavailable: if that cannot be known now.
        """
        ...


class StoreKeys:
    """The tokens that `headwater token create` made. Looked up at every request, so that a
    revoked one ends at once.

    While the database is away those are let in that were known before: all that their calls can
    get then is to be told so, in words that an agent understands.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[str, Visitor] = OrderedDict()
        self._threads = anyio.CapacityLimiter(CHECKS_AT_ONCE)

    async def visitor(self, token: str) -> Visitor | None:
        try:
            found = await anyio.to_thread.run_sync(
                access.holder_of, self._store, token, limiter=self._threads
            )
        except StoreUnavailable:
            if token in self._known:
                return self._known[token]
            raise
        self._known.pop(token, None)
        if found is None:
            return None
        visitor = self._known[token] = Visitor(found.caller(), found.boards)
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)
        return visitor


class AnyOf:
    """Several kinds of keys: the first that knows the token."""

    def __init__(self, *keys: Keys) -> None:
        self._keys = keys

    async def visitor(self, token: str) -> Visitor | None:
        for one in self._keys:
            found = await one.visitor(token)
            if found is not None:
                return found
        return None


OPEN: Final = Visitor(Caller(credential="local", rights="plan"))
"""Everybody, where a person asked for a server without tokens on this machine."""
