"""Reads the shop beside the window: catalogue, order log and small photos, again whenever somebody wrote."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader

from studio.errors import StudioError
from studio.media.clock import Clock
from studio.shop.catalogue import Catalogue
from studio.shop.catalogue_rows import read_catalogue
from studio.shop.database import Shop, check, open_shop
from studio.shop.orders import OrderLine, read_orders
from studio.shop.place import shop_path
from studio.workspace.paths import Workspace
from studio.workspace.watch import DatabaseWatch, file_id

log = logging.getLogger(__name__)

_LOOK_NS = 200_000_000
_AGAIN_NS = 3_000_000_000
_THUMB = QSize(144, 144)  # pixels: 48 at three times the density


@dataclass(frozen=True, slots=True)
class Goods:
    """The shop at one moment; `trouble` says why it cannot be read, if so."""

    catalogue: Catalogue = field(default_factory=Catalogue.empty)
    orders: tuple[OrderLine, ...] = ()
    photos: Mapping[str, QImage] = field(default_factory=dict)
    trouble: str = ""


class Shelf(QObject):
    """Emits `changed` with new goods. Opens, reads and decodes on threads of its own, never on the window's."""

    changed = Signal(object)

    def __init__(self, workspace: Workspace, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._clock = workspace, clock
        self._stop = threading.Event()
        self._opener = threading.Thread(target=self._open, name="shop:open", daemon=True)
        self._shop: Shop | None = None
        self._file: tuple[int, int] | None = None  # which one is open
        self._watch: DatabaseWatch | None = None
        self._photos: dict[Path, tuple[int, QImage]] = {}  # file: its time stamp, its thumb

    def start(self) -> None:
        self._opener.start()

    def stop(self) -> None:
        self._stop.set()
        self._opener.join(10)
        if self._watch is not None:
            self._watch.stop()
        if self._shop is not None:
            self._shop.close()

    def _open(self) -> None:
        while not self._stop.is_set():
            try:
                path = self._open_shop().path
            except StudioError as error:
                self.changed.emit(Goods(trouble=str(error)))
                self._clock.wait_until(self._clock.now_ns() + _AGAIN_NS, self._stop)
                continue
            self._watch = DatabaseWatch(path, self._read, self._clock, "shop", every_ns=_LOOK_NS)
            self._watch.start()
            return

    def _open_shop(self) -> Shop:
        """The shop, opened anew when another file has taken its place: a restored one, say. Raises StudioError."""
        path = shop_path(self._workspace)
        file = file_id(path)
        if self._shop is not None and file not in {None, self._file}:
            self._shop.close()
            self._shop = None
        if self._shop is None:
            check(path, new=True)
            self._shop = open_shop(self._workspace)
            self._file = file or file_id(path)
        return self._shop

    def _read(self) -> None:
        """On the watch's thread, which tries again whatever fails."""
        try:
            shop = self._open_shop()
            catalogue, orders = read_catalogue(shop), tuple(read_orders(shop))
        except StudioError as error:
            self.changed.emit(Goods(trouble=str(error)))
            raise
        photos = {one.sku: self._thumb(one.photo) for one in catalogue.products.values() if one.photo}
        self.changed.emit(Goods(catalogue, orders, {sku: made for sku, made in photos.items() if not made.isNull()}))

    def _thumb(self, path: Path) -> QImage:
        """A small picture of the photo; a null one when it cannot be read."""
        try:
            stamp = path.stat().st_mtime_ns
        except OSError:
            return QImage()
        known = self._photos.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        reader = QImageReader(str(path))
        reader.setAutoTransform(True)
        if reader.size().isValid():
            reader.setScaledSize(reader.size().scaled(_THUMB, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
        image = reader.read()
        if image.isNull():
            log.info("photo %s cannot be read: %s", path.name, reader.errorString())
        self._photos[path] = stamp, image
        return image
