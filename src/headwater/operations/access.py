"""Access tokens: who may come in over HTTP, with which rights, to which boards.

A token is `hw_HANDLE_SECRET`: the handle finds its row, the secret has 256 random bits. The store
keeps the SHA-256 of the whole, so that nobody who reads the store can use what is in there; a
slow hash would add nothing to 256 random bits. A token is shown once, when it is made.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote
from typing import Final, cast, get_args

from headwater import limits
from headwater.errors import BadRequest, DuplicateKey
from headwater.operations.caller import Caller, Rights
from headwater.store.queries import access, boards
from headwater.store.rows import AccessRow
from headwater.store.store import Store
from headwater.store.transaction import Tx

RIGHTS: Final[tuple[Rights, ...]] = get_args(Rights)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_TOKEN: Final = re.compile(limits.ACCESS_TOKEN_PATTERN + r"\Z")


@dataclass(frozen=True, slots=True)
class Access:
    """What is known about a token; never the token itself."""

    name: str
    handle: str
    """What stands in it before its secret: `hw_HANDLE_SECRET`."""
    rights: Rights
    boards: tuple[str, ...]
    """Empty is all boards."""
    created_ms: int
    expires_ms: int
    """0 is never."""
    revoked_ms: int
    """0 is not revoked."""

    def state_at(self, now_ms: int) -> str:
        """`valid`, `expired` or `revoked`."""
        if self.revoked_ms:
            return "revoked"
        return "expired" if 0 < self.expires_ms <= now_ms else "valid"

    def caller(self) -> Caller:
        """What its calls are allowed to do, and under which name they are kept."""
        return Caller(credential=f"token:{self.name}", rights=self.rights)


def is_any_valid(store: Store) -> bool:
    """Can anybody come in by a token?"""
    return any(state == "valid" for _, state in listed(store))


def create(
    store: Store, name: str, rights: str, boards: Sequence[str] = (), days: float = 0
) -> tuple[Access, str]:
    """Make a token; it cannot be shown again. `days` 0 is without end.

    Raises:
        BadRequest: for a name, a right, a board or a time that cannot be.
        DuplicateKey: a token has, or had, this name: history must stay unambiguous.
    """
    if not _NAME.match(name):
        raise BadRequest(
            "a token's name has 1 to 64 letters, digits, dots, dashes or underscores",
            next="for instance: headwater token create --name build-server --role work",
        )
    if rights not in RIGHTS:
        raise BadRequest(f"there is no role {rights!r}", next=f"roles: {', '.join(RIGHTS)}")
    if not 0 <= days <= limits.TOKEN_DAYS:
        raise BadRequest(f"a token lasts at most {limits.TOKEN_DAYS} days; 0 is without end")
    handle = secrets.token_hex(6)
    token = f"hw_{handle}_{secrets.token_urlsafe(32)}"

    def write(tx: Tx) -> Access:
        _demand_boards(tx, boards)
        if tx.one(access.BY_NAME, name=name) is not None:
            raise DuplicateKey(
                f"a token named {name} exists, or was revoked",
                next="choose another name; headwater token list shows all",
            )
        expires_ms = tx.now_ms + round(days * limits.DAY_MS) if days else 0
        tx.run(
            access.INSERT,
            name=name,
            handle=handle,
            digest=_digest(token),
            rights=rights,
            boards=json.dumps(sorted(set(boards))),
            created_ms=tx.now_ms,
            expires_ms=expires_ms,
        )
        return _access(cast("AccessRow", tx.one(access.BY_NAME, name=name)))

    return store.write(write), token


def listed(store: Store) -> list[tuple[Access, str]]:
    """Every token that was ever made, each with its state now."""

    def read(tx: Tx) -> list[tuple[Access, str]]:
        found = [_access(row) for row in tx.all(access.ALL)]
        return [(one, one.state_at(tx.now_ms)) for one in found]

    return store.read(read)


def revoke(store: Store, name: str) -> Access:
    """End a token at once. Idempotent.

    Raises:
        BadRequest: if there is none of that name.
    """

    def write(tx: Tx) -> Access:
        tx.run(access.REVOKE, name=name, now_ms=tx.now_ms)
        row = tx.one(access.BY_NAME, name=name)
        if row is None:
            raise BadRequest(f"no token is named {name!r}", next="headwater token list")
        return _access(row)

    return store.write(write)


def held(store: Store, token: Access) -> list[tuple[str, str]]:
    """Boards and tasks: what sessions of a token hold, until the leases run out."""

    def read(tx: Tx) -> list[tuple[str, str]]:
        credential = token.caller().credential
        return sorted(tx.all(access.HELD, credential=credential))

    return store.read(read)


def holder_of(store: Store, token: str) -> Access | None:
    """Whose token this is; None for an unknown, expired or revoked one, all alike."""
    match = _TOKEN.match(token)
    if match is None:
        return None
    handle = match[1]

    def read(tx: Tx) -> Access | None:
        row = tx.one(access.BY_HANDLE, handle=handle)
        digest = row.digest if row else _digest("")
        if not hmac.compare_digest(digest, _digest(token)) or row is None:
            return None
        found = _access(row)
        return found if found.state_at(tx.now_ms) == "valid" else None

    return store.read(read)


def _demand_boards(tx: Tx, wanted: Sequence[str]) -> None:
    """A mistyped board would make a token that opens nothing."""
    known = {row.name for row in tx.all(boards.ALL)}
    strange = sorted(set(wanted) - known)
    if strange:
        raise BadRequest(
            f"no board named {', '.join(strange)}",
            next=f"boards: {', '.join(sorted(known)[:20]) or '(none)'}; its first task or setting "
            f"makes a board: headwater policy --profile balanced --board {quote(strange[0])}",
        )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _access(row: AccessRow) -> Access:
    return Access(
        name=row.name,
        handle=row.handle,
        rights=cast("Rights", row.rights),
        boards=tuple(json.loads(row.boards)),
        created_ms=row.created_ms,
        expires_ms=row.expires_ms,
        revoked_ms=row.revoked_ms,
    )
