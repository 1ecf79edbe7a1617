"""How long a test waits for what must happen."""

PATIENCE_S = 30.0
"""A busy machine needs a fraction of it; a wake-up that was lost shows, since calls wait 45 s."""
