from __future__ import annotations

import os
import struct
import threading
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.capture.image import ImageSource
from studio.capture.source import Opening, Shot
from studio.errors import StudioError
from studio.show.model import Source
from tests.capture.conftest import make_plan
from tests.capture.manual_clock import ManualClock


def save(path: Path, brightness: int, size: tuple[int, int] = (64, 48)) -> None:
    done, data = cv2.imencode(path.suffix, np.full((size[1], size[0], 3), brightness, np.uint8))
    assert done
    path.write_bytes(data.tobytes())
    os.utime(path, ns=(brightness * 10**9, brightness * 10**9))


def opened(path: Path) -> tuple[ImageSource, ManualClock]:
    clock = ManualClock()
    source = Source(name="picture", kind="image", path=str(path))
    return ImageSource(Opening(make_plan(source), clock, threading.Event(), None)), clock


def next_shot(source: ImageSource) -> Shot:
    return next(shot for shot in iter(source.read, object()) if isinstance(shot, Shot))


@pytest.mark.parametrize("name", ["tasche.png", "皮包.jpg", "sac.webp"])
def test_a_picture_is_shown_again_and_again(tmp_path: Path, name: str) -> None:
    save(tmp_path / name, 255)
    source, clock = opened(tmp_path / name)
    began = clock.now
    shots = [next_shot(source) for _ in range(5)]
    assert shots[-1].stamp_ns - began == 1_000_000_000
    assert (shots[0].planes().y > 230).all()
    assert source.got == "64x48 picture"


def test_a_picture_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "one.png"
    save(path, 0)
    source, _ = opened(path)
    assert next_shot(source).planes().y.mean() == 16
    save(path, 255, (128, 96))
    found = next_shot(source).planes()
    assert found.size == (128, 96)
    assert found.y.mean() > 230


def test_while_a_picture_is_written_or_gone_the_old_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "one.png"
    save(path, 255)
    source, _ = opened(path)
    path.write_bytes(path.read_bytes()[:30])
    assert next_shot(source).planes().y.mean() > 230
    path.unlink()
    assert next_shot(source).planes().y.mean() > 230
    save(path, 0)
    assert next_shot(source).planes().y.mean() == 16


def test_a_huge_photo_is_kept_no_larger_than_it_is_useful(tmp_path: Path) -> None:
    save(tmp_path / "huge.jpg", 200, (4000, 3000))
    source, _ = opened(tmp_path / "huge.jpg")
    width, height = next_shot(source).planes().size
    assert (width, height) == (852, 640)


def test_what_is_no_picture_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match=r"The picture none\.png cannot be read"):
        opened(tmp_path / "none.png")
    (tmp_path / "text.png").write_text("hello", encoding="utf-8")
    with pytest.raises(StudioError, match=r"The picture text\.png is no JPEG, PNG or WebP picture: save it as"):
        opened(tmp_path / "text.png")
    save(tmp_path / "cut.png", 0)
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:40])
    with pytest.raises(StudioError, match=r"The picture cut\.png is damaged: save it as"):
        opened(tmp_path / "cut.png")


def one_colour_png(width: int, height: int) -> bytes:
    """A small file that fills much memory when it is decoded."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)  # one bit a pixel
    rows = zlib.compress(bytes((width // 8 + 1) * height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(one_colour_png(8000, 8000))
    with pytest.raises(StudioError, match=r"bomb\.png is 8000×8000; at most 60 megapixels are taken: save it as"):
        opened(tmp_path / "bomb.png")
