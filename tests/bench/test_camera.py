from __future__ import annotations

import urllib.request

import cv2
import numpy as np

from studio.bench.camera import Camera, split_jpegs
from studio.media.clock import SystemClock


def _jpeg(grey: int) -> bytes:
    picture = np.random.default_rng(grey).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    done, data = cv2.imencode(".jpg", picture)
    assert done
    return data.tobytes()


def test_a_file_of_pictures_is_split_at_their_seams() -> None:
    pictures = [_jpeg(number) for number in range(3)]
    assert split_jpegs(b"".join(pictures)) == pictures
    assert split_jpegs(pictures[0]) == pictures[:1]


def test_a_viewer_is_shown_the_pictures_in_turn_again_and_again() -> None:
    pictures = [_jpeg(1), _jpeg(2)]
    shown = []
    with Camera(pictures, SystemClock(), fps=200) as camera, urllib.request.urlopen(camera.url, timeout=10) as stream:
        assert stream.headers.get_content_type() == "multipart/x-mixed-replace"
        for _ in range(3):
            while not (line := stream.readline()).startswith(b"Content-Length:"):
                pass
            stream.readline()
            shown.append(stream.read(int(line.split(b":")[1])))
    assert set(shown) <= set(pictures)
    assert shown[0] == pictures[0]
