from __future__ import annotations

import numpy as np

from studio.bench.stills import straight_bgra


def test_colour_is_no_longer_multiplied_and_is_turned_round() -> None:
    premultiplied = np.array([[[50, 100, 0, 128], [255, 0, 10, 255], [0, 0, 0, 0]]], np.uint8)
    assert straight_bgra(premultiplied).tolist() == [[[0, 199, 100, 128], [10, 0, 255, 255], [0, 0, 0, 0]]]
