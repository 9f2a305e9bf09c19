"""The one entry point: commands for people, and the processes that the studio starts for itself."""

from __future__ import annotations

import sys

_ROLES = ("_keeper", "_engine", "_source", "_window")


def main() -> None:
    """Run the process that the first argument names; anything else is a command."""
    role = sys.argv[1] if len(sys.argv) > 1 else ""
    if role == "_source":
        from studio.capture.process import main as run
    elif role == "_engine":
        from studio.engine.process import main as run
    elif role == "_keeper":
        from studio.keeper.process import main as run
    else:
        from studio.cli.app import main as run
    sys.exit(run(sys.argv[2:] if role in _ROLES else sys.argv[1:]))


if __name__ == "__main__":
    main()
