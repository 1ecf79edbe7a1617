"""Plan files of other tools, in use in public projects; not part of this repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PLACE = "HEADWATER_TEST_PLANS"
REAL = Path(os.environ.get(PLACE) or Path(__file__).parents[2] / "shared" / "data")

needs_real_plans = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"needs the plans of other projects, which are not at {REAL}"
)
