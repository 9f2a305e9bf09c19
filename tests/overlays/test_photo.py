from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.overlays.exif import orientation
from studio.overlays.photo import PhotoShelf, cover, load_photo


def jpeg(width: int, height: int, orientation: int = 1) -> bytes:
    """A JPEG whose left half is red and whose right half is blue or light blue, with an EXIF orientation."""
    data = cv2.imencode(".jpg", red_and_blue(width, height))[1].tobytes()
    exif = b"Exif\0\0" + tiff(orientation)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


def red_and_blue(width: int, height: int) -> np.ndarray:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 2] = (0, 0, 255)
    picture[:, width // 2 :] = (255, 0, 0)
    picture[height // 2 :, width // 2 :] = (255, 160, 0)  # no two turns of it look alike
    return picture


def tiff(orientation: int, order: str = "<") -> bytes:
    """An EXIF block that holds a make and an orientation."""
    make = struct.pack(order + "HHI4s", 0x010F, 2, 4, b"Me\0\0")
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    head = b"II*\0" if order == "<" else b"MM\0*"
    return head + struct.pack(order + "IH", 8, 2) + make + entry + struct.pack(order + "I", 0)


def png(width: int, height: int, exif: bytes, channels: int = 3) -> bytes:
    picture = red_and_blue(width, height)
    if channels == 4:
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA)
    data = cv2.imencode(".png", picture)[1].tobytes()
    chunk = b"eXIf" + exif
    return data[:33] + struct.pack(">I", len(exif)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:]


def webp(width: int, height: int, exif: bytes) -> bytes:
    """The extended form (RFC 9649): VP8X with the EXIF flag, the picture, then the EXIF."""
    picture = cv2.imencode(".webp", red_and_blue(width, height), [cv2.IMWRITE_WEBP_QUALITY, 90])[1].tobytes()[12:]
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunks = b"VP8X" + struct.pack("<II", 10, 0x08) + size + picture
    chunks += b"EXIF" + struct.pack("<I", len(exif)) + exif + b"\0" * (len(exif) % 2)
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def is_red(rgb: np.ndarray) -> bool:
    return bool(rgb[0] > 200 and rgb[2] < 60)


def test_a_photo_is_rgb_and_no_larger_than_asked(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(800, 400))
    photo = load_photo(tmp_path / "a.jpg", 100)
    assert photo.pixels is not None
    assert photo.pixels.shape == (100, 200, 3)
    assert is_red(photo.pixels[50, 20])
    assert photo.warning == ""


@pytest.mark.parametrize("kind", ["jpg", "png", "see-through png", "webp", "webp of a Mac"])
@pytest.mark.parametrize(
    ("orientation", "shape", "red_at"),
    [
        (1, (80, 100, 3), (40, 5)),
        (3, (80, 100, 3), (40, 95)),
        (6, (100, 80, 3), (5, 40)),
        (8, (100, 80, 3), (95, 40)),
    ],
)
def test_a_photo_taken_with_the_phone_turned_is_upright(
    tmp_path: Path, kind: str, orientation: int, shape: tuple[int, int, int], red_at: tuple[int, int]
) -> None:
    data = {
        "jpg": jpeg(100, 80, orientation),
        "png": png(100, 80, tiff(orientation)),
        "see-through png": png(100, 80, tiff(orientation), channels=4),
        "webp": webp(100, 80, tiff(orientation)),
        "webp of a Mac": webp(100, 80, b"Exif\0\0" + tiff(orientation, ">")),
    }[kind]
    (tmp_path / "a").write_bytes(data)
    pixels = load_photo(tmp_path / "a").pixels
    assert pixels is not None
    assert pixels.shape == shape
    assert is_red(pixels[red_at])


def test_every_orientation_is_turned_as_opencv_turns_a_jpeg(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / "a.jpg").write_bytes(jpeg(64, 48, number))
        (tmp_path / "a.png").write_bytes(png(64, 48, tiff(number)))
        one, other = load_photo(tmp_path / "a.jpg").pixels, load_photo(tmp_path / "a.png").pixels
        assert one is not None
        assert other is not None
        assert one.shape == other.shape
        assert np.abs(one.astype(int) - other).mean() < 12


@given(st.binary(max_size=64))
def test_broken_exif_leaves_a_photo_as_it_is_stored(exif: bytes) -> None:
    for cut in (exif, tiff(6)[: len(exif)], b"II*\0" + exif):
        assert orientation(png(8, 8, cut)) in range(65536)
        assert orientation(webp(8, 8, cut)[: 80 + len(exif)]) in range(65536)


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
    os.utime(path, ns=(1, 1))
    shelf = PhotoShelf()
    assert shelf.look(path) == ""
    path.write_bytes(b"no picture any more")
    os.utime(path, ns=(1, 1))
    kept = shelf.get(str(path)).pixels
    assert kept is not None
    assert kept.shape == (50, 50, 3)
    path.write_bytes(jpeg(80, 60))
    os.utime(path, ns=(2, 2))
    changed = shelf.get(path).pixels
    assert changed is not None
    assert changed.shape == (60, 80, 3)


def test_what_the_shelf_keeps_looks_like_the_photo(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    noise = cv2.GaussianBlur(rng.integers(0, 256, (600, 900, 3), np.uint8), (0, 0), 3)
    cv2.imwrite(str(tmp_path / "a.png"), noise)
    kept, photo = PhotoShelf(px=300).get(tmp_path / "a.png").pixels, load_photo(tmp_path / "a.png", 300).pixels
    assert kept is not None
    assert photo is not None
    assert np.abs(kept.astype(int) - photo).mean() < 1.5


def test_a_large_jpeg_is_decoded_small_and_looks_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(1600, 1200, 6))
    small, whole = load_photo(tmp_path / "a.jpg", 100).pixels, load_photo(tmp_path / "a.jpg", 1200).pixels
    assert small is not None
    assert whole is not None
    assert small.shape == (133, 100, 3)
    assert np.abs(cover(whole, 100, 133).astype(int) - small).mean() < 4


def _as_if_unread(paths: list[Path]) -> None:
    """From here on only what the shelf has kept is a picture, yet no file seems to have changed."""
    for path in paths:
        path.write_bytes(b"gone")
        os.utime(path, ns=(1, 1))


def _photos(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{n}.jpg" for n in range(count)]
    for path in paths:
        path.write_bytes(jpeg(40, 40))
        os.utime(path, ns=(1, 1))
    return paths


def test_a_full_shelf_keeps_the_photos_it_was_shown_first_and_knows_every_warning(tmp_path: Path) -> None:
    paths = _photos(tmp_path, 30)
    paths[29].write_bytes(b"broken")
    shelf = PhotoShelf(most_bytes=5_000)
    warnings = [shelf.look(path) for path in paths]
    assert [bool(one) for one in warnings] == [False] * 29 + [True]
    _as_if_unread(paths[:29])
    assert [shelf.look(path) for path in paths] == warnings
    assert shelf.get(paths[0]).pixels is not None
    assert shelf.get(paths[28]).pixels is None


def test_what_goes_on_air_takes_the_place_of_what_was_used_longest_ago(tmp_path: Path) -> None:
    paths = _photos(tmp_path, 30)
    shelf = PhotoShelf(most_bytes=5_000)
    for path in (*paths, paths[0], paths[29]):
        shelf.get(path)
    _as_if_unread(paths)
    assert shelf.get(paths[29]).pixels is not None
    assert shelf.get(paths[28]).pixels is not None
    assert shelf.get(paths[1]).pixels is None


def test_a_photo_larger_than_the_shelf_is_still_shown(tmp_path: Path) -> None:
    path = _photos(tmp_path, 1)[0]
    shelf = PhotoShelf(most_bytes=10)
    assert shelf.look(path) == ""
    assert shelf.get(path).pixels is not None


def test_hundreds_of_photos_fit(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (768, 1024, 3), np.uint8), (0, 0), 2)
    cv2.imwrite(str(tmp_path / "0.jpg"), picture)
    paths = [tmp_path / f"{n}.jpg" for n in range(5)]
    for path in paths:
        path.write_bytes((tmp_path / "0.jpg").read_bytes())
        os.utime(path, ns=(1, 1))
    shelf = PhotoShelf(most_bytes=60_000_000 * len(paths) // 300)  # of noise; photos are softer, so more of them fit
    for path in paths:
        shelf.look(path)
    _as_if_unread(paths)
    assert all(shelf.get(path).pixels is not None for path in paths)
