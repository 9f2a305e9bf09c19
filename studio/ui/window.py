"""The one window: composes its parts, hands them what was found, and keys to actions."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from studio.media.clock import Clock, utc_now
from studio.ui.actions import Actions
from studio.ui.bar import HOLD_KEY, LEAVE_KEY, Bar
from studio.ui.chips import Chips
from studio.ui.desk import Desk
from studio.ui.jobs import Jobs
from studio.ui.keys import key_name
from studio.ui.orders import Orders
from studio.ui.poll import Poll
from studio.ui.repeats import KeyRepeats
from studio.ui.run_of_show import RunOfShow
from studio.ui.shelf import Goods, Shelf
from studio.ui.stage import Stage
from studio.ui.theme import Theme, style_sheet
from studio.ui.view import (
    Pulse,
    clock_text,
    destination_chips,
    engine_line,
    meter,
    notice,
    pill,
    presence,
    recording_chip,
    scene_tiles,
    welcome,
)
from studio.ui.view_shop import order_rows, product_rows, totals
from studio.workspace.paths import Workspace

_LEFT, _RIGHT = (324, 420), (292, 400)  # pixels of a side column: at least, at most


class Window(QWidget):
    """Attaches to a workspace when shown; detaches when closed. The show does not notice either."""

    def __init__(self, workspace: Workspace, clock: Clock, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Benchcast")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._workspace, self._theme = workspace, theme
        self._pulse, self._goods = Pulse(), Goods()
        desk = Desk(workspace)
        self.poll = Poll(workspace, desk, clock, self)
        self.shelf = Shelf(workspace, clock, self)
        self.actions_ = Actions(desk, self)
        self.jobs = Jobs(workspace, clock, self)
        self.bar, self.chips = Bar(theme), Chips(theme)
        self.run_of_show, self.stage, self.orders = RunOfShow(theme), Stage(theme), Orders(theme)
        self._repeats = KeyRepeats(self)
        self._lay_out()
        self._connect()
        self._dress()
        self.stage.setFocus()

    def start(self) -> None:
        """Attach, and see that the engine runs, now and for as long as the window is open."""
        self.attach()
        self.jobs.keep()
        self.poll.unkept.connect(self.jobs.keep)

    def attach(self) -> None:
        """Look at the files from now on."""
        self.poll.start()
        self.shelf.start()

    def open_show(self, path: Path) -> None:
        self.jobs.stop()  # the keeper that is just being started
        self.jobs.open(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.poll.stop()
        self.jobs.stop()
        self.shelf.stop()
        super().closeEvent(event)

    def resizeEvent(self, _event: object) -> None:
        share = self.width() * 22 // 100
        self.run_of_show.setFixedWidth(max(_LEFT[0], min(_LEFT[1], share)))
        self.orders.setFixedWidth(max(_RIGHT[0], min(_RIGHT[1], share)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        name = _name(event)
        if not name:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat() and self._repeats.pressed(name):
            self._act(name)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self._repeats.released(_name(event))
        super().keyReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self._repeats.forget()
        super().changeEvent(event)

    def _act(self, key: str) -> None:
        """Do what a key means."""
        if key.isdigit():
            self._feature(self.run_of_show.sku_of_key(int(key)))
        elif key.startswith("F") and key[1:].isdigit():
            self._scene_key(int(key[1:]))
        elif key in {HOLD_KEY, LEAVE_KEY}:
            self.bar.held_key_down(key)
        else:
            plain = {
                "Space": lambda: self.actions_.show_or_hide_card(self._product_name),
                "M": self.actions_.toggle_mute,
                "G": lambda: self.actions_.toggle_overlay("price"),
                "T": lambda: self.actions_.toggle_overlay("title"),
                "R": self._retry,
                "V": self._next_view,
                "O": self._ask_for_show,
                "PgUp": lambda: self.run_of_show.turn(-1),
                "PgDn": lambda: self.run_of_show.turn(1),
                "Esc": self.stage.setFocus,
            }
            if key in plain:
                plain[key]()

    def _feature(self, sku: str) -> None:
        if sku:
            self.actions_.feature(sku, self._product_name(sku))

    def _scene_key(self, number: int) -> None:
        show = self._pulse.wanted.show
        if show is not None and number <= min(8, len(show.scenes)):
            self.actions_.scene(show.scenes[number - 1].name)

    def _retry(self) -> None:
        for name in self.chips.failing():
            self.actions_.destination(name, "retry")

    def _next_view(self) -> None:
        show = self._pulse.wanted.show
        if show is not None and len(show.feeds) > 1:
            self.poll.feed = (self.poll.feed + 1) % min(4, len(show.feeds))
            self._show()

    def _ask_for_show(self) -> None:
        now = presence(self._pulse)
        if now in {"live", "going", "ending", "stuck", "cut"}:
            first = "was cut off: carry it on or leave it" if now == "cut" else "is on air: end it"
            self.stage.notice.complain(f"A show {first} before you open another")
            return
        chosen, _ = QFileDialog.getOpenFileName(self, "Open a show", str(Path.home()), "Shows (*.toml)")
        if chosen:
            self.jobs.open(Path(chosen))

    def _product_name(self, sku: str) -> str:
        product, show = self._goods.catalogue.find(sku), self._pulse.wanted.show
        return sku if product is None else product.name_in(show.language if show else "en")

    def _take_pulse(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._show()

    def _take_goods(self, goods: Goods) -> None:
        self._goods = goods
        self._show_shop(orders_too=True)

    def _take_picture(self, width: int, height: int, rows: bytes) -> None:
        picture = self.stage.picture
        before = picture.aspect()
        picture.show_rows(width, height, rows)
        if picture.aspect() != before:
            self.stage.place()

    def _show(self) -> None:
        pulse, now = self._pulse, presence(self._pulse)
        status, wanted, show = pulse.status, pulse.wanted, pulse.wanted.show
        running = status is not None and now not in {"nothing", "starting"}
        on_air = now in {"live", "ending", "stuck"}
        self.bar.show_state(
            show.title if show else "",
            meter(status.audio, muted=wanted.muted) if status and running else None,
            pill(now),
            clock_text(status.t) if status and on_air else "",
            now=now,
            loaded=show is not None,
        )
        self.setWindowTitle(f"{pill(now).word} · Benchcast" if now != "off" else "Benchcast")
        stage = self.stage
        stage.show_welcome(
            *welcome(now, loaded=show is not None, logs=str(self._workspace.logs), title=show.title if show else "")
        )
        if not running:
            stage.picture.clear()
        stage.picture.set_live(now == "live")
        stage.scenes.show_scenes(scene_tiles(show, status if running else None, wanted))
        stage.show_wishes(wanted, [feed.name for feed in show.feeds] if show else [], self.poll.feed)
        stage.notice.show_wrong(notice(pulse))
        chips = destination_chips(status if on_air else None, wanted)
        recording = recording_chip(status.recordings) if status and on_air else None
        line = engine_line(status.feeds) if status and running else ""
        self.chips.show_chips(chips, recording, line, "No destination: rehearsal" if show else "")
        self._show_shop()

    def _show_shop(self, *, orders_too: bool = False) -> None:
        goods, status, wanted = self._goods, self._pulse.status, self._pulse.wanted
        show = wanted.show
        language, currency = (show.language, show.currency) if show else ("en", "USD")
        shown = status.feature if status is not None and presence(self._pulse) in {"live", "ending", "stuck"} else ""
        rows = product_rows(goods.catalogue, language, currency, actual=shown, wanted=wanted.feature)
        empty = goods.trouble or "No products yet. A show file brings them, or: benchcast products import FILE"
        self.run_of_show.show_rows(rows, goods.photos, empty)
        if orders_too:
            since = utc_now() - timedelta(hours=12)
            lines = order_rows(goods.orders, language)
            sums = totals(goods.orders, language, since)
            self.orders.show_orders(lines, sums, goods.trouble or "Orders will stand here, the newest on top.")

    def _lay_out(self) -> None:
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.run_of_show)
        middle.addWidget(self.stage, 1)
        middle.addWidget(self.orders)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(1)
        whole.addWidget(self.bar)
        whole.addLayout(middle, 1)
        whole.addWidget(self.chips)
        self.setMinimumSize(1280, 720)

    def _connect(self) -> None:
        self.poll.pulse.connect(self._take_pulse)
        self.poll.picture.connect(self._take_picture)
        self.shelf.changed.connect(self._take_goods)
        for speaker in (self.actions_, self.jobs):
            speaker.said.connect(self.stage.notice.say)
            speaker.failed.connect(self.stage.notice.complain)
        self.run_of_show.chosen.connect(self._feature)
        self.stage.scenes.chosen.connect(self.actions_.scene)
        self.stage.hide_card.clicked.connect(lambda: self._act("Space"))
        self.stage.price.clicked.connect(lambda: self._act("G"))
        self.stage.title.clicked.connect(lambda: self._act("T"))
        self.stage.mute.clicked.connect(lambda: self._act("M"))
        self.stage.view.clicked.connect(lambda: self._act("V"))
        self.chips.asked.connect(self.actions_.destination)
        self.bar.end.held.connect(self.actions_.end)
        self.bar.end.let_go.connect(lambda: self.stage.notice.say("Hold it for a second to end the show"))
        self.bar.live.held.connect(self.jobs.go_live)
        self.bar.live.let_go.connect(lambda: self.stage.notice.say("Hold it for a second to go live"))
        self.bar.resume.held.connect(self.jobs.carry_on)
        self.bar.resume.let_go.connect(lambda: self.stage.notice.say("Hold it for a second to carry the show on"))
        self.bar.leave.held.connect(self.actions_.leave)
        self.bar.leave.let_go.connect(lambda: self.stage.notice.say("Hold it for a second to leave the show"))
        self._repeats.let_go.connect(self.bar.held_key_up)
        self.bar.open.clicked.connect(self._ask_for_show)
        self._theme.changed.connect(self._dress)

    def _dress(self) -> None:
        self.setStyleSheet(style_sheet(self._theme.tokens))


def _name(event: QKeyEvent) -> str:
    return key_name(event.key(), event.nativeScanCode(), event.nativeVirtualKey(), event.modifiers())
