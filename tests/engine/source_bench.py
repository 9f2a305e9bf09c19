"""A source's process as the engine sees it: its report and its rings, written by the test."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from studio.engine.inlets import SourceInlet
from studio.media.clock import Clock
from studio.media.picture import Rect, Size
from studio.media.ring import PictureRingWriter, SoundRingWriter
from studio.show.model import Layer, Source
from studio.show.plan import REPORT_BYTES, SourcePlan, SourceReport, request_for
from studio.workspace.paths import Workspace, slug
from studio.workspace.slots import SlotWriter

AnyClock = TypeVar("AnyClock", bound=Clock)


class SourceBench(Generic[AnyClock]):
    """`start` begins a process of the source; the inlet is the engine's, and lives on."""

    def __init__(
        self,
        workspace: Workspace,
        clock: AnyClock,
        layers: list[Layer],
        size: tuple[int, int],
        *,
        name: str = "bench",
        **source: Any,
    ) -> None:
        self.workspace, self.clock = workspace, clock
        requests = tuple(sorted({request_for(layer, size) for layer in layers}))
        self.plan = SourcePlan(Source(name=name, **{"kind": "demo", **source}), requests, sound=True, fps=30.0)
        self.inlet = SourceInlet(self.plan, workspace, clock)
        self._generation = 0
        self.start()

    def start(self, plan: SourcePlan | None = None) -> None:
        """Another process of the source, with rings of its own."""
        plan = plan or self.plan
        self._generation += 1
        stem = self.workspace.runtime / f"{slug(plan.source.name)}.{self._generation}"
        pictures, sound = stem.with_suffix(".pictures"), stem.with_suffix(".sound")
        self.pictures = PictureRingWriter(pictures, [Size(one.width, one.height) for one in plan.pictures])
        self.sound = SoundRingWriter(sound)
        self._slots = SlotWriter(self.workspace.source_status(plan.source.name), [REPORT_BYTES])
        self._report = SourceReport(
            4242, plan.digest, self._generation, str(pictures) if plan.pictures else "", str(sound)
        )

    def report(self, **changes: Any) -> None:
        """A sign of life, now."""
        given = {"state": "ok", "fps": 30.0, "got": "64x32 drawn", "beat_ns": self.clock.now_ns(), **changes}
        self._report = replace(self._report, **given)
        self._slots.write(0, msgspec.json.encode(self._report))

    def scribble(self, words: bytes) -> None:
        """Write something that is no report."""
        self._slots.write(0, words)

    def picture(self, grey: int, content: Rect | None = None) -> None:
        """Give a picture of one grey in all sizes, taken now; `content`: where there is something."""
        slots = self.pictures.next_slots()
        for slot in slots:
            slot.y.fill(grey)
            slot.u.fill(128)
            slot.v.fill(128)
        self.pictures.announce(self.clock.now_ns(), [content or Rect(0, 0, *slot.size) for slot in slots])
