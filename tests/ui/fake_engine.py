"""An engine as the window sees one: its lock, its status map, and what is wanted. No pictures are composed."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from studio.show.model import Destination, Feed, Layer, Scene, Show, Source
from studio.show.status import (
    AudioStatus,
    DestinationStatus,
    FeedStatus,
    RecordingStatus,
    SourceStatus,
    Status,
)
from studio.show.status_map import StatusMapWriter
from studio.show.wanted import Lease, Wanted, opened
from studio.show.wanted_store import WantedStore
from studio.system.locks import WorkspaceLock
from studio.workspace.paths import Workspace

SHOW = Show(
    title="Carved leather, evening show",
    language="en",
    currency="USD",
    sources=(Source(name="bench", kind="demo"), Source(name="face", kind="demo")),
    scenes=(
        Scene(name="Bench", layers=(Layer(source="bench"),)),
        Scene(name="Close-up", layers=(Layer(source="bench", rect=(0, 0, 2, 2)),)),
        Scene(name="Face", layers=(Layer(source="face"),)),
        Scene(name="Back soon", layers=()),
    ),
    feeds=(Feed(name="wide"),),
    destinations=(
        Destination(name="YouTube", feed="wide", url="rtmp://127.0.0.1/live"),
        Destination(name="Facebook", feed="wide", url="rtmp://127.0.0.1/live"),
    ),
    first_feature="BAG-01",
)

LIVE = Status(
    t=6127.4,
    revision=3,
    mode="live",
    show_id="evening",
    scene="Bench",
    feature="BAG-01",
    feeds=(FeedStatus(name="wide", fps=30.0, frames=183822, kbps=4480, size=(1920, 1080)),),
    sources=(SourceStatus(name="bench", state="ok", fps=30.0), SourceStatus(name="face", state="ok", fps=30.0)),
    destinations=(
        DestinationStatus(name="YouTube", feed="wide", state="live", kbps=4521, frames=183810),
        DestinationStatus(name="Facebook", feed="wide", state="live", kbps=4498, frames=183810),
    ),
    recordings=(RecordingStatus(feed="wide", state="on", path="show.mp4", seconds=6127.0),),
    audio=AudioStatus(peak_db=-14.2),
)


class FakeEngine:
    """Writes what a test says is actual into the workspace's status map."""

    def __init__(self, workspace: Workspace) -> None:
        self._lock = WorkspaceLock(workspace.lock("engine"))
        assert self._lock.acquire()
        self.map = StatusMapWriter(workspace.status)
        self.store = WantedStore(workspace.wanted_db)

    def wish(self, show: Show = SHOW, change: Callable[[Wanted], Wanted] = lambda now: now) -> None:
        """What is wanted, as if somebody had gone live with the show."""
        self.store.change(lambda _: change(replace(opened(show), mode="live", show_id=LIVE.show_id)))

    def wish_that_was_cut_off(self) -> None:
        """What is wanted, as another boot of the computer has left it, ten minutes into the show."""
        lease = Lease(show_id=LIVE.show_id, boot_id="another boot", stamp_ns=10**15, started_ns=10**15 - 600 * 10**9)
        self.store.begin(replace(opened(SHOW), mode="live", show_id=LIVE.show_id), lease)

    def wanted(self) -> Wanted:
        return self.store.read()[1]

    def tell(self, status: Status = LIVE, **changes: object) -> None:
        self.map.write_status(replace(status, **changes))

    def paint(self, red: int, green: int, blue: int, size: tuple[int, int] = (960, 540), feed: int = 0) -> None:
        """A preview in one colour."""
        self.map.write_preview(feed, *size, bytes((blue, green, red, 255)) * (size[0] * size[1]))

    def die(self) -> None:
        """Free the lock, as the end of its process does; the map stays behind."""
        self._lock.release()

    def close(self) -> None:
        self.map.close()
        self.store.close()
        self._lock.release()
