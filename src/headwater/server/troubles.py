"""What calls fail with that is the store's fault.

Whoever runs the server should read it in the log, and not hear it from the agents.
"""

from __future__ import annotations

import logging
from time import monotonic
from typing import Final

from headwater.errors import HeadwaterError, StoreError

log = logging.getLogger(__name__)

AGAIN_S: Final = 60.0
"""The same trouble is logged once in this time, and for so long it counts as present."""


class Troubles:
    """The store's troubles that calls have met lately."""

    def __init__(self) -> None:
        self._logged_s: dict[str, float] = {}
        self._last = ""
        self._last_s = 0.0

    def met(self, error: HeadwaterError) -> None:
        """A call failed with this."""
        if not isinstance(error, StoreError):
            return
        now_s = monotonic()
        self._last, self._last_s = error.code, now_s
        before_s = self._logged_s.get(error.code)
        if before_s is None or now_s - before_s >= AGAIN_S:
            self._logged_s[error.code] = now_s
            log.warning("calls fail with %s: %s", error.code, error.message)

    @property
    def present(self) -> str:
        """The code of what a call met in the last minute; empty if none did."""
        return self._last if monotonic() - self._last_s < AGAIN_S else ""
