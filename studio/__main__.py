"""The one entry point: commands for people, and the processes that the studio starts for itself."""

from __future__ import annotations

import faulthandler
import os
import sys
from importlib import import_module

from studio.system.memory import share_arenas

# Loaded by name, so that each process holds only what its own job needs.
_ROLES = {
    "_keeper": "studio.keeper.process",
    "_engine": "studio.engine.process",
    "_source": "studio.capture.process",
    "_window": "studio.ui.process",
    "_probe": "studio.engine.probe",
    "_join": "studio.outputs.join_books",
    "_receiver": "studio.outputs.receiver",
    "_bench": "studio.bench.process",
    "_pauses": "studio.bench.pauses",
}


def main() -> None:
    """Run the process that the first argument names; without any the window opens; anything else is a command."""
    role = sys.argv[1] if len(sys.argv) > 1 else "_window"
    if role in _ROLES:
        # Nothing here multiplies matrices, and numpy would start a thread for each core to be ready for it.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        share_arenas()
        faulthandler.enable()  # what a native library does as it dies goes to the process's own error file
        sys.exit(import_module(_ROLES[role]).main(sys.argv[2:]))
    sys.exit(import_module("studio.cli.app").main(sys.argv[1:]))


if __name__ == "__main__":
    main()
