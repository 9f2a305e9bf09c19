"""3. From the commit of `feature` or `price` to the first composed frame whose pixels differ."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.bench.camera import Camera
from studio.bench.clips import camera_pictures
from studio.bench.ground import Ground
from studio.bench.media import luma_frames
from studio.bench.result import Result, judged, percentile
from studio.bench.shows import LOGS, OTHER, PRODUCT, Home, OnAir, Plan, camera_and_tone
from studio.errors import StudioError
from studio.show.wanted import with_feature

_BOUND_MS = 2 * 1000 / 30 + 50
_GAP_S = 0.75  # between two changes: the movement of one is over before the next
_MOVEMENT_NS = 700_000_000  # from a commit to the end of what moves because of it
_SEEN = 24  # of 255: a pixel that changes by so much was drawn anew, and not only encoded anew
_PIXELS = 150  # so many of them; a changed digit has more
# The camera fills the frame; where the card is, a still picture lies over it, so that only the card changes there.
_STILL = (0.0, 0.5, 0.5, 0.5)
_LAYERS = f'{{ source = "camera" }}, {{ source = "still", rect = {list(_STILL)} }}'


def measure(ground: Ground) -> list[Result]:
    with ExitStack() as stack:
        camera = stack.enter_context(Camera(camera_pictures(ground), ground.clock))
        home = stack.enter_context(Home(ground))
        folder = home.workspace.home
        cv2.imwrite(str(folder / "still.png"), np.full((540, 960, 3), 96, np.uint8))
        sources = [*camera_and_tone(camera.url), ("still", "image", 'path = "still.png"')]
        recording = home.workspace.recordings / "show.mp4"
        show = Plan(sources, layers=_LAYERS, kbps=8000).write(folder)
        on_air = stack.enter_context(OnAir(home, show, "--record", str(recording)))
        on_air.wait_on_air()
        ground.wait(ground.lengths.warm_s)
        ground.say(f"changing the product on air, {ground.lengths.changes} times")
        features = _change(ground, _features(home))
        ground.say(f"changing the price on air, {ground.lengths.changes} times")
        prices = _change(ground, _prices(home))
        ground.wait(1)
        on_air.end()
        lease = home.store.lease()
        if lease is None or not lease.started_ns:
            raise StudioError("The show wrote down no beginning", do=LOGS)
        ground.say("looking for the changes in the recording")
        changed = [lease.started_ns + round(at * 1e9) for at in change_times(recording)]
    stray = strays(features + prices, [at for at in changed if at > features[0]])
    return [
        _judge("change.feature", "from the commit of a product to its first frame", features, changed, stray),
        _judge("change.price", "from the commit of a price to its first frame", prices, changed, stray),
    ]


def delays_ms(commits: Sequence[int], changed: Sequence[int]) -> list[float]:
    """For each commit, how long after it the next frame came that differs from the one before, in ms.

    Commits that no change follows before the next commit are left out: whoever counts them finds them missing.
    """
    delays = []
    for at, commit in enumerate(commits):
        until = commits[at + 1] if at + 1 < len(commits) else commit + 1_000_000_000
        found = bisect_right(changed, commit)
        if found < len(changed) and changed[found] < until:
            delays.append((changed[found] - commit) / 1e6)
    return delays


def change_times(path: Path) -> list[float]:
    """When, in seconds after the first picture, the card's part of the picture became another."""
    times: list[float] = []
    before: NDArray[np.uint8] | None = None
    first: float | None = None
    for at, luma in luma_frames(path):
        first = at if first is None else first
        height, width = luma.shape
        x, y, w, h = (round(share * side) for share, side in zip(_STILL, (width, height) * 2, strict=True))
        part = luma[y + 8 : y + h, x : x + w - 8].copy()  # not the seams, at which the camera's picture bleeds in
        if before is not None and np.count_nonzero(cv2.absdiff(part, before) > _SEEN) > _PIXELS:
            times.append(at - first)
        before = part
    return times


def strays(commits: Sequence[int], changed: Sequence[int]) -> int:
    """How many changed frames belong to no commit: where there are any, the others may be chance too."""
    return sum(
        1 for at in changed if not (before := bisect_right(commits, at)) or at - commits[before - 1] > _MOVEMENT_NS
    )


def _judge(name: str, what: str, commits: list[int], changed: Sequence[int], stray: int) -> Result:
    delays = delays_ms(commits, changed)
    if not delays:
        raise StudioError("The recording shows no change", do=LOGS)
    p50, p95, most = percentile(delays, 0.5), percentile(delays, 0.95), max(delays)
    return judged(
        name,
        what,
        p95,
        "ms",
        bound=_BOUND_MS,
        holds=len(delays) == len(commits) and not stray,
        values={
            "p50_ms": p50,
            "p95_ms": p95,
            "max_ms": most,
            "changes": len(commits),
            "found": len(delays),
            "strays": stray,
        },
        detail=(
            f"p95 of {len(commits)}, {len(delays)} found; half within {p50:.0f} ms, all within {most:.0f} ms"
            + (f"; {stray} frames changed by themselves" if stray else "")
        ),
    )


def _change(ground: Ground, change: Callable[[int], int]) -> list[int]:
    """Make the changes, at instants that do not follow the feed's ticks; when each was committed."""
    jitter = random.Random(1)  # noqa: S311 - no secret: the same instants each time
    commits = []
    for number in range(ground.lengths.changes):
        commits.append(change(number))
        ground.wait(_GAP_S + jitter.random() / 10)
    return commits


def _features(home: Home) -> Callable[[int], int]:
    return lambda number: home.want(partial(with_feature, sku=(OTHER, PRODUCT)[number % 2]))


def _prices(home: Home) -> Callable[[int], int]:
    from studio.shop.catalogue_rows import change_price
    from studio.shop.database import open_shop

    shop = open_shop(home.workspace)
    on_air = home.status().feature

    def change(number: int) -> int:
        change_price(shop, on_air, f"{31 + number * 37 % 60}.00")
        return home.ground.clock.now_ns()

    return change
