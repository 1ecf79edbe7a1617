"""Access tokens of an identity provider: JSON web tokens, checked as RFC 9068 says.

The provider's keys are fetched and kept by PyJWT; what is checked is the signature, the issuer,
the audience (a token for another server opens nothing here) and the time.
"""

from __future__ import annotations

import json
import logging
from http.client import HTTPException
from time import monotonic
from typing import Any, Final, cast
from urllib.request import HTTPRedirectHandler, Request, build_opener

import anyio.to_thread
import jwt

from headwater.operations.access import RIGHTS
from headwater.operations.caller import Caller, Rights
from headwater.server.http import OAuth
from headwater.server.keys import KeysUnavailable, Visitor

log = logging.getLogger(__name__)

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "EdDSA",
)
"""Signatures with a public key only: a secret shared with the provider is no proof of origin."""
PATIENCE_S: Final = 5
PAGE_BYTES: Final = 1024 * 1024
"""Of the provider's metadata or keys, at most."""
LEEWAY_S: Final = 30
SUBJECT_CHARS: Final = 255
"""As OpenID Connect bounds it. It is the credential, so that a shortened one could be another's."""
BOARDS_CLAIM: Final = "headwater_boards"
_SCOPE: Final = "headwater:"


class ProviderKeys:
    """Knows the visitors that an authorization server vouches for.

    The scope `headwater:work` (observe, work, plan, admin) gives the right; without one a token
    opens nothing. The claim `headwater_boards`, a list, limits it to these boards (to none, if it
    is empty).
    """

    def __init__(self, oauth: OAuth) -> None:
        self._oauth = oauth
        self._client: jwt.PyJWKClient | None = None
        self._threads = anyio.CapacityLimiter(4)

    async def visitor(self, token: str) -> Visitor | None:
        if token.count(".") != 2:
            return None
        try:
            claims = await anyio.to_thread.run_sync(self._claims, token, limiter=self._threads)
        except jwt.PyJWKClientConnectionError as error:
            raise _away(error) from error
        except (jwt.PyJWTError, ValueError) as error:
            return _refused(type(error).__name__)
        return _visitor(claims)

    def _claims(self, token: str) -> dict[str, Any]:
        if self._client is None:
            self._client = _Keys(self._jwks(), timeout=PATIENCE_S)
        key = self._client.get_signing_key_from_jwt(token)
        return jwt.decode(
            token,
            key.key,
            algorithms=list(ALGORITHMS),
            audience=self._oauth.audience,
            issuer=self._oauth.issuer,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )

    def _jwks(self) -> str:
        """Where the keys are: as given, or as the provider's metadata say (RFC 8414)."""
        if self._oauth.jwks:
            return self._oauth.jwks
        place = self._oauth.issuer.rstrip("/") + "/.well-known/openid-configuration"
        if not place.startswith(("https://", "http://")):
            raise ValueError("an issuer is an https URL")
        try:
            return str(_page(place)["jwks_uri"])
        except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
            raise _away(error) from error


class _Keys(jwt.PyJWKClient):
    """PyJWT's own way to fetch them waits as long as the host sends something, and takes all."""

    def fetch_data(self) -> Any:
        try:
            found = _page(self.uri, _Straight())
        except (OSError, HTTPException, ValueError) as error:
            raise jwt.PyJWKClientConnectionError(str(error)) from error
        return self._as_jwk_set_payload(found)


class _Straight(HTTPRedirectHandler):
    """Follows no redirection: keys come from where they were said to be."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        del req, fp, code, msg, headers, newurl


def _page(url: str, *handlers: HTTPRedirectHandler) -> Any:
    """The JSON at an address, whose scheme was checked."""
    request = Request(url, headers={"Accept": "application/json"})  # noqa: S310
    until_s = monotonic() + PATIENCE_S
    body = bytearray()
    with build_opener(*handlers).open(request, timeout=PATIENCE_S) as reply:
        while part := reply.read1():
            body += part
            if len(body) > PAGE_BYTES or monotonic() > until_s:
                raise ValueError(f"{url} does not come to an end")
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError(f"{url} is no JSON") from error


def _away(error: Exception) -> KeysUnavailable:
    log.warning("the authorization server's keys cannot be had: %s", error)
    return KeysUnavailable(
        "the authorization server cannot be asked about this access token",
        next="repeat the call in a few seconds; if that lasts, tell the person who runs Headwater",
    )


def _refused(why: str) -> None:
    """Whoever sets the provider up reads why; who comes with the token is not told."""
    log.info("an access token was refused: %s", why)


def _visitor(claims: dict[str, Any]) -> Visitor | None:
    scopes = str(claims.get("scope", "")).split()
    named = [scope.removeprefix(_SCOPE) for scope in scopes if scope.startswith(_SCOPE)]
    rights = [right for right in RIGHTS if right in named]
    boards = claims.get(BOARDS_CLAIM)
    is_limited = BOARDS_CLAIM in claims  # to no board at all, if the list is empty
    subject = str(claims["sub"])
    if not rights:
        return _refused(f"it has no scope {_SCOPE}ROLE")
    if not subject.isprintable() or not 0 < len(subject) <= SUBJECT_CHARS:
        return _refused("its subject is no name")
    if is_limited and not (isinstance(boards, list) and boards):
        return _refused(f"its {BOARDS_CLAIM} names no boards")
    caller = Caller(credential=f"oauth:{subject}", rights=cast("Rights", rights[-1]))
    return Visitor(caller, tuple(str(board) for board in cast("list[object]", boards or ())))
