"""The threads of the engine that serve every show, whichever is prepared."""

from __future__ import annotations

from studio.engine.overlay_worker import OverlayWorker
from studio.engine.photos import PhotoReader
from studio.engine.sound import MixThread
from studio.media.clock import Clock


class Crew:
    """Who reads photos, who draws and who mixes."""

    def __init__(self, clock: Clock, epoch_ns: int) -> None:
        self.photos = PhotoReader(clock)
        self.overlays = OverlayWorker(self.photos.shelf)
        self.mix = MixThread(clock, epoch_ns)

    def start(self) -> None:
        self.photos.start()
        self.overlays.start()
        self.mix.start()

    def stop(self) -> None:
        self.overlays.stop()
        self.photos.stop()
        self.mix.stop()
