"""The window's process, as the program starts it."""

from __future__ import annotations

import faulthandler
import sys

from studio.errors import InputError, StudioError
from studio.system import use_utf8
from studio.ui.app import main as open_window
from studio.workspace.crashes import Presence
from studio.workspace.logs import error_file
from studio.workspace.paths import open_workspace


def main(_args: list[str]) -> int:
    """Open the window on this person's workspace; the exit status."""
    use_utf8()
    try:
        workspace = open_workspace()
        errors = error_file(workspace, "window")
        with Presence(workspace, "window"):
            if errors is not None:
                faulthandler.enable(errors)  # a terminal, if there is one, is closed before anybody reads it
            return open_window(workspace)
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        return 2 if isinstance(error, InputError) else 1
