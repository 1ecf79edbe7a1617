"""The names that a server is known by, as they stand in the Host and Origin of requests."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Final

from mcp.server.transport_security import TransportSecuritySettings

from headwater.errors import BadRequest
from headwater.server.http import HttpOptions

_LOCAL: Final = ("127.0.0.1", "localhost", "[::1]")
_ANYWHERE: Final = ("0.0.0.0", "::", "localhost")  # noqa: S104
_NAME: Final = re.compile(r"([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")


def security(options: HttpOptions) -> TransportSecuritySettings:
    """The names that a request may be addressed to, and pages of which may send one.

    Armed for every address: a server that listens on all of them is still known by few names.

    Raises:
        BadRequest: for a name that no request could be addressed to.
    """
    own = () if options.host in _ANYWHERE else (bracketed(options.host),)
    further = [_name(given) for given in options.names]
    names = [*dict.fromkeys(name.lower() for name in (*_LOCAL, *own, *further))]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[*names, *(f"{name}:*" for name in names)],
        allowed_origins=[
            f"{scheme}://{name}{port}"
            for scheme in ("http", "https")
            for name in names
            for port in ("", ":*")
        ],
    )


def bracketed(host: str) -> str:
    """An address as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def _name(given: str) -> str:
    name = f"[{given}]" if _is_ipv6(given) else given.lower()
    if not _NAME.fullmatch(name):
        raise BadRequest(
            f"{given!r} is no name of a server: no request could be addressed to it",
            next="give what stands in its URL between // and the next /: "
            "--name tasks.example.com (non-ASCII names in their form xn--...)",
        )
    return name


def _is_ipv6(given: str) -> bool:
    try:
        IPv6Address(given)
    except ValueError:
        return False
    return True
