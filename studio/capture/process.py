"""A source's process: `python -m studio _source`, with a `SourceOrder` as one line of JSON on standard input.

One process for each source, because a driver or a decoder may hang or crash: then this process is killed and started
again, and nothing else notices. SIGTERM ends it at once, by the system's own hand: it has nothing to put in order.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from studio import system
from studio.errors import StudioError
from studio.media.clock import SystemClock
from studio.show.plan import REPORT_BYTES, SourceOrder, SourceReport
from studio.system.locks import WorkspaceLock
from studio.workspace.paths import Workspace, open_workspace
from studio.workspace.slots import SlotWriter

EXIT_TAKEN = 3


def main(argv: Sequence[str]) -> int:  # noqa: ARG001 - the order comes by standard input
    """Work until killed; 2: the order cannot be read, 3: another process holds the source."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the command, not for us
    try:
        order = msgspec.json.decode(sys.stdin.readline(), type=SourceOrder)
        workspace = open_workspace(Path(order.home))
    except (msgspec.DecodeError, StudioError) as error:
        print(f"source: {error}", file=sys.stderr)  # noqa: T201 - the one line for who started us
        return 2
    lock = WorkspaceLock(workspace.source_lock(order.plan.source.name))
    if not lock.acquire():
        return EXIT_TAKEN
    _work(workspace, order)
    return 0


def _work(workspace: Workspace, order: SourceOrder) -> None:
    system.prepare_cameras()  # before cv2 is loaded, hence the imports here
    import cv2

    from studio.capture.loop import SourceLoop
    from studio.capture.orphan import OrphanWatch
    from studio.capture.report import Reporter
    from studio.capture.rings import make_rings
    from studio.capture.source import open_source

    cv2.setNumThreads(1)  # its pool's spinning costs more than it saves on a picture
    plan, clock, stop = order.plan, SystemClock(), threading.Event()
    threading.current_thread().name = f"source:{plan.source.name}"
    generation = clock.now_ns()
    rings = make_rings(workspace, plan, generation)
    first = SourceReport(os.getpid(), plan.digest, generation, rings.pictures_path, rings.sound_path)
    reporter = Reporter(SlotWriter(workspace.source_status(plan.source.name), [REPORT_BYTES]), first, clock)
    OrphanWatch(workspace, clock).start(stop)
    SourceLoop(plan, rings, reporter, clock, open_source, workspace.cameras).run(stop)
