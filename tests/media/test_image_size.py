from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.media.image_size import MOST_BYTES, PictureRefused, declared_size, read_picture


@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp"])
def test_the_declared_size_is_the_decoded_one(extension: str) -> None:
    data = cv2.imencode(extension, np.zeros((33, 57, 3), np.uint8))[1].tobytes()
    assert declared_size(data) == (57, 33)
    assert all(declared_size(data[:length]) in {None, (57, 33)} for length in range(len(data)))


def test_a_lossless_webp_declares_its_size() -> None:
    data = cv2.imencode(".webp", np.zeros((33, 57, 3), np.uint8), [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()
    assert declared_size(data) == (57, 33)


@pytest.mark.parametrize(
    ("width", "height", "taken"),
    [(10_000, 6_000, True), (10_000, 6_001, False), (2**31 - 1, 2**31 - 1, False), (0, 5, False)],
)
def test_only_what_can_be_decoded_safely_is_read(tmp_path: Path, width: int, height: int, *, taken: bool) -> None:
    path = tmp_path / "bag.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height))
    if taken:
        assert read_picture(path) == (path.read_bytes(), (width, height))
    else:
        with pytest.raises(PictureRefused, match=f"is {width}×{height}; at most 60 megapixels are taken"):
            read_picture(path)


def test_a_file_that_is_too_large_is_not_read_at_all(tmp_path: Path) -> None:
    with (tmp_path / "bag.png").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(PictureRefused, match="is larger than 40 MB"):
        read_picture(tmp_path / "bag.png")


def test_what_declares_no_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bag.bmp").write_bytes(cv2.imencode(".bmp", np.zeros((4, 4, 3), np.uint8))[1].tobytes())
    with pytest.raises(PictureRefused, match="no JPEG, PNG or WebP"):
        read_picture(tmp_path / "bag.bmp")
