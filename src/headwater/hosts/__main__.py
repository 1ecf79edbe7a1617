"""`python -m headwater.hosts [DIRECTORY]`: write the examples of `host-configs/` again."""

from __future__ import annotations

import sys
from pathlib import Path

from headwater.hosts.examples import write_examples


def main() -> None:
    """Write the examples below the directory named, or `host-configs`."""
    directory = Path(sys.argv[1] if len(sys.argv) > 1 else "host-configs")
    for path in write_examples(directory):
        sys.stderr.write(f"{path}\n")


if __name__ == "__main__":
    main()
