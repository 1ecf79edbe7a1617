"""Hosts: write and find Headwater's entry in the config files of MCP hosts."""

from headwater.hosts.found import configured, hooked, names
from headwater.hosts.host import DEFAULT_URL
from headwater.hosts.install import bootstrap
from headwater.hosts.outcome import Outcome
from headwater.hosts.removal import remove

__all__ = ["DEFAULT_URL", "Outcome", "bootstrap", "configured", "hooked", "names", "remove"]
