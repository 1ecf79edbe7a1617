"""How long a test waits for what must happen: on a busy machine a second may become a minute."""

PATIENCE_S = 120.0
WOKEN_S = 30.0
"""For the answer of a call that waits 45 s and is woken, or ended, before."""
