"""The show's overlays as PNG files, so that the peer lays the same pixels on the same places."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.bench.shows import TITLE, photo
from studio.media.picture import Size
from studio.overlays.card import draw_card
from studio.overlays.content import CardContent, PriceTagContent, TitleContent
from studio.overlays.fonts import start_text
from studio.overlays.percent import percent_off
from studio.overlays.photo import PhotoShelf
from studio.overlays.price_tag import draw_price_tag
from studio.overlays.raster import Raster
from studio.overlays.title_bar import draw_title_bar
from studio.show.theme import load_theme

_SIZE = Size(1920, 1080)


@dataclass(frozen=True, slots=True)
class Still:
    """A PNG file and the place of its upper left corner on the frame."""

    path: Path
    x: int
    y: int


def draw_stills(folder: Path) -> list[Still]:
    """Title bar, price tag and card of the benchmark's show, bottom first, as the studio draws them."""
    app = start_text()
    theme = load_theme("ink")
    card = CardContent(
        name="Carved shoulder bag",
        price_text="$179",
        was_text="$220",
        percent=percent_off(22_000, 17_900),
        quiet_line="12 left",
        photo=str(photo()),
    )
    rasters = {
        "title": draw_title_bar(TitleContent(TITLE), theme, _SIZE),
        "price": draw_price_tag(PriceTagContent("$179"), theme, _SIZE),
        "card": draw_card(card, theme, _SIZE, PhotoShelf()),
    }
    del app
    return [_save(raster, folder / f"{name}.png") for name, raster in rasters.items()]


def straight_bgra(premultiplied: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGBA with premultiplied colour as PNG wants it: BGRA (for cv2), colour not multiplied."""
    alpha = premultiplied[:, :, 3:].astype(np.float32)
    colour = premultiplied[:, :, 2::-1].astype(np.float32) * 255 / np.maximum(alpha, 1)
    return np.concatenate([np.rint(np.minimum(colour, 255)), alpha], axis=2).astype(np.uint8)


def _save(raster: Raster, path: Path) -> Still:
    cv2.imwrite(str(path), straight_bgra(raster.pixels))
    return Still(path, raster.x, raster.y)
