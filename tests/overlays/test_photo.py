from __future__ import annotations

import os
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.overlays.image_size import declared_size
from studio.overlays.photo import PhotoShelf, cover, load_photo


def jpeg(width: int, height: int, orientation: int = 1) -> bytes:
    """A JPEG whose left half is red and whose right half is blue, with an EXIF orientation."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 2] = (0, 0, 255)
    picture[:, width // 2 :] = (255, 0, 0)
    data = cv2.imencode(".jpg", picture)[1].tobytes()
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0" + b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


def is_red(rgb: np.ndarray) -> bool:
    return bool(rgb[0] > 200 and rgb[2] < 60)


def test_a_photo_is_rgb_and_no_larger_than_asked(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(800, 400))
    photo = load_photo(tmp_path / "a.jpg", 100)
    assert photo.pixels is not None
    assert photo.pixels.shape == (100, 200, 3)
    assert is_red(photo.pixels[50, 20])
    assert photo.warning == ""


@pytest.mark.parametrize(("orientation", "red_at"), [(1, (50, 5)), (3, (50, 95)), (6, (5, 50)), (8, (95, 50))])
def test_a_photo_taken_with_the_phone_turned_is_upright(
    tmp_path: Path, orientation: int, red_at: tuple[int, int]
) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(100, 100, orientation))
    pixels = load_photo(tmp_path / "a.jpg").pixels
    assert pixels is not None
    assert is_red(pixels[red_at])


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    picture = np.zeros((20, 20, 4), np.uint8)
    picture[:10] = (0, 0, 255, 255)
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    pixels = load_photo(tmp_path / "a.png").pixels
    assert pixels is not None
    assert is_red(pixels[2, 2])
    assert tuple(pixels[15, 5]) == (255, 255, 255)


@pytest.mark.parametrize(
    "picture",
    [
        np.full((20, 30), 77, np.uint8),
        np.full((20, 30), 77 * 256, np.uint16),
        np.full((20, 30, 3), 77 * 256, np.uint16),
    ],
)
def test_grey_and_deep_pictures_become_rgb_too(tmp_path: Path, picture: np.ndarray) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    pixels = load_photo(tmp_path / "a.png").pixels
    assert pixels is not None
    assert pixels.shape == (20, 30, 3)
    assert (pixels == 77).all()


def test_names_in_any_script_are_found(tmp_path: Path) -> None:
    (tmp_path / "手工 包ü.jpg").write_bytes(jpeg(50, 50))
    assert load_photo(tmp_path / "手工 包ü.jpg").pixels is not None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no JPEG, PNG or WebP"),
        (b"hello", "no JPEG, PNG or WebP"),
        (b"\xff\xd8", "no JPEG, PNG or WebP"),
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 50, 50), "damaged"),
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 100_000, 100_000), "100000×100000"),
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 0, 5), "0×5"),
        (jpeg(64, 64)[:120], "no JPEG, PNG or WebP"),
        (b"ftypheic" * 9, "no JPEG, PNG or WebP"),
    ],
)
def test_a_bad_photo_is_a_warning_that_names_it(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "bag.jpg").write_bytes(content)
    photo = load_photo(tmp_path / "bag.jpg")
    assert photo.pixels is None
    assert "bag.jpg" in photo.warning
    assert why in photo.warning


def test_a_photo_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jpg", tmp_path, "\0"):
        photo = load_photo(path)
        assert photo.pixels is None
        assert photo.warning


@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp"])
def test_the_declared_size_is_the_decoded_one(extension: str) -> None:
    data = cv2.imencode(extension, np.zeros((33, 57, 3), np.uint8))[1].tobytes()
    assert declared_size(data) == (57, 33)
    assert all(declared_size(data[:length]) in {None, (57, 33)} for length in range(len(data)))


def test_a_lossless_webp_declares_its_size() -> None:
    data = cv2.imencode(".webp", np.zeros((33, 57, 3), np.uint8), [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()
    assert declared_size(data) == (57, 33)


def test_cover_fills_the_place_with_the_middle() -> None:
    picture = np.zeros((100, 300, 3), np.uint8)
    picture[:, 100:200] = 255
    filled = cover(picture, 40, 40)
    assert filled.shape == (40, 40, 3)
    assert filled[:, 2:-2].min() > 240
    assert cover(picture, 1, 500).shape == (500, 1, 3)


def test_a_photo_is_decoded_once_until_its_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(50, 50))
    shelf = PhotoShelf()
    first = shelf.get(path)
    assert shelf.get(str(path)) is first
    path.write_bytes(jpeg(80, 60))
    os.utime(path, ns=(1, 1))
    changed = shelf.get(path).pixels
    assert changed is not None
    assert changed.shape == (60, 80, 3)


def test_the_shelf_keeps_only_the_latest(tmp_path: Path) -> None:
    shelf = PhotoShelf(most=2)
    paths = [tmp_path / f"{n}.jpg" for n in range(3)]
    for path in paths:
        path.write_bytes(jpeg(20, 20))
    first, second = shelf.get(paths[0]), shelf.get(paths[1])
    shelf.get(paths[0])
    shelf.get(paths[2])
    assert shelf.get(paths[0]) is first
    assert shelf.get(paths[1]) is not second
