"""The `headwater` command: a thin face of the board for people and scripts."""
