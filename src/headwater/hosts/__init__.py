"""Hosts: write and find Headwater's entry in the config files of MCP hosts."""

from headwater.hosts.host import DEFAULT_URL, Scope, Transport
from headwater.hosts.install import (
    Configured,
    Outcome,
    bootstrap,
    configured,
    detected,
    hooked,
    names,
)

__all__ = [
    "DEFAULT_URL",
    "Configured",
    "Outcome",
    "Scope",
    "Transport",
    "bootstrap",
    "configured",
    "detected",
    "hooked",
    "names",
]
