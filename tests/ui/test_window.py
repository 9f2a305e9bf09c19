from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from studio.media.clock import utc_now
from studio.shop.database import Shop
from studio.shop.orders import NewOrder, add_order
from studio.show.model import Feed
from studio.show.wanted import end
from studio.ui.app import first_size
from studio.ui.hold import HOLD_MS
from studio.ui.product_tile import ProductTile
from studio.ui.tile import Tile
from studio.ui.tokens import LIGHT
from studio.ui.window import Window
from studio.workspace.paths import Workspace
from tests.ui.fake_engine import LIVE, SHOW, FakeEngine


@pytest.fixture
def live(qtbot: QtBot, window: Window, engine: FakeEngine, shop: Shop) -> Window:
    """The window over a show on air, with its products read."""
    engine.wish()
    engine.tell()
    window.attach()
    qtbot.waitUntil(lambda: tile(window, "Product 9").isVisible())
    qtbot.waitUntil(window.bar.end.isVisible)
    return window


def tile(window: Window, name: str) -> Tile:
    found = [one for one in window.findChildren(Tile) if one.accessibleName().startswith(name)]
    return found[0] if found else Tile(window.run_of_show._tiles[0].theme)


def press(window: Window, key: Qt.Key) -> None:
    """Once; what was pressed before has been let go for long."""
    window._repeats.forget()
    QTest.keyClick(window.stage, key)


def told(window: Window) -> str:
    return window.stage.notice.accessibleName()


def labels(window: Window) -> str:
    return "\n".join(one.text() for one in window.findChildren(QLabel) if one.isVisible())


def test_the_picture_is_shown_whole_and_as_it_came(qtbot: QtBot, live: Window, engine: FakeEngine) -> None:
    engine.paint(200, 30, 60)
    shown = live.stage.picture

    def seen() -> bool:
        image = shown.grab().toImage()
        return image.pixelColor(image.rect().center()) == QColor(200, 30, 60)

    qtbot.waitUntil(seen)
    image, place = shown.grab().toImage(), shown.image_rect().toRect()
    for corner in (place.topLeft(), place.topRight(), place.bottomLeft(), place.bottomRight()):
        inside = corner + (place.center() - corner) / 12
        assert image.pixelColor(inside) == QColor(200, 30, 60)


def test_a_tall_picture_keeps_its_shape(qtbot: QtBot, live: Window, engine: FakeEngine) -> None:
    engine.paint(10, 200, 10, (540, 960))
    qtbot.waitUntil(lambda: live.stage.picture.aspect() < 1)
    place = live.stage.picture.image_rect()
    assert place.width() / place.height() == pytest.approx(540 / 960)
    assert place.height() <= live.stage.picture.height()


@pytest.mark.parametrize(
    ("key", "wish"),
    [
        (Qt.Key.Key_2, lambda wanted: wanted.feature == "P-2"),
        (Qt.Key.Key_9, lambda wanted: wanted.feature == "P-9"),
        (Qt.Key.Key_Space, lambda wanted: wanted.feature == ""),
        (Qt.Key.Key_F3, lambda wanted: wanted.scene == "Face"),
        (Qt.Key.Key_M, lambda wanted: wanted.muted),
        (Qt.Key.Key_G, lambda wanted: wanted.overlay_on("price")),
        (Qt.Key.Key_T, lambda wanted: not wanted.overlay_on("title")),
    ],
)
def test_a_key_writes_its_wish(live: Window, engine: FakeEngine, key: Qt.Key, wish: Callable[[object], bool]) -> None:
    assert not wish(engine.wanted())
    press(live, key)
    assert wish(engine.wanted())
    assert told(live)


@pytest.mark.parametrize(
    ("name", "wish"),
    [
        ("Product 3", lambda wanted: wanted.feature == "P-3"),
        ("Scene Close-up", lambda wanted: wanted.scene == "Close-up"),
        ("Hide card", lambda wanted: wanted.feature == ""),
        ("Mute", lambda wanted: wanted.muted),
    ],
)
def test_a_click_writes_its_wish_and_leaves_the_keys_to_the_show(
    live: Window, engine: FakeEngine, name: str, wish: Callable[[object], bool]
) -> None:
    QTest.mouseClick(tile(live, name), Qt.MouseButton.LeftButton)
    assert wish(engine.wanted())
    assert live.focusWidget() is live.stage


def test_the_second_page_has_the_same_keys(live: Window, engine: FakeEngine) -> None:
    press(live, Qt.Key.Key_PageDown)
    press(live, Qt.Key.Key_2)
    assert engine.wanted().feature == "P-11"
    press(live, Qt.Key.Key_5)
    assert engine.wanted().feature == "P-11"
    press(live, Qt.Key.Key_PageUp)
    press(live, Qt.Key.Key_3)
    assert engine.wanted().feature == "P-3"


def test_a_key_that_is_held_acts_once(qtbot: QtBot, live: Window, engine: FakeEngine) -> None:
    """Some X servers send a held key as unmarked pairs of release and press."""
    QTest.keyPress(live.stage, Qt.Key.Key_M)
    repeat = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_M, Qt.KeyboardModifier.NoModifier, "m", True)
    QApplication.sendEvent(live.stage, repeat)
    for _ in range(3):
        QTest.keyRelease(live.stage, Qt.Key.Key_M)
        QTest.keyPress(live.stage, Qt.Key.Key_M)
    assert engine.wanted().muted
    with qtbot.waitSignal(live._repeats.let_go):
        QTest.keyRelease(live.stage, Qt.Key.Key_M)
    press(live, Qt.Key.Key_M)
    assert not engine.wanted().muted


def test_a_focused_button_comes_before_the_space_key(live: Window, engine: FakeEngine) -> None:
    tile(live, "Mute").setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(tile(live, "Mute"), Qt.Key.Key_Space)
    assert engine.wanted().muted
    assert engine.wanted().feature == "BAG-01"
    QTest.keyClick(tile(live, "Mute"), Qt.Key.Key_Escape)
    assert live.focusWidget() is live.stage


def test_ending_by_key_needs_the_hold(qtbot: QtBot, live: Window, engine: FakeEngine) -> None:
    press(live, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: "Hold it" in told(live))
    assert engine.wanted().mode == "live"
    with qtbot.waitSignal(live.bar.end.held, timeout=5 * HOLD_MS):
        QTest.keyPress(live.stage, Qt.Key.Key_End)
        QTest.keyRelease(live.stage, Qt.Key.Key_End)  # a repeat, unmarked
        QTest.keyPress(live.stage, Qt.Key.Key_End)
    QTest.keyRelease(live.stage, Qt.Key.Key_End)
    assert engine.wanted().mode == "off"


def test_the_product_on_air_says_so(qtbot: QtBot, live: Window, engine: FakeEngine) -> None:
    bag, other = tile(live, "Carved"), tile(live, "Product 2")
    qtbot.waitUntil(lambda: "on air" in bag.accessibleDescription())
    engine.tell(feature="P-2")
    qtbot.waitUntil(lambda: "on air" in other.accessibleDescription())
    assert "on air" not in bag.accessibleDescription()


def test_a_new_order_comes_on_top_and_into_the_totals(qtbot: QtBot, live: Window, shop: Shop) -> None:
    add_order(shop, NewOrder(sku="BAG-01", quantity=2, at=utc_now(), buyer="Anna", channel="YouTube"))
    qtbot.waitUntil(lambda: "$358.00" in labels(live))
    add_order(shop, NewOrder(sku="P-2", quantity=1, at=utc_now(), buyer="小鱼"))
    qtbot.waitUntil(lambda: "$378.00" in labels(live))
    model = live.orders._model
    assert [model.data(model.index(row)) for row in (0, 1)] == [
        "Order 1002, 小鱼, 1 × Product 2, $20.00, open",
        "Order 1001, Anna, 2 × Carved shoulder bag, $358.00, open",
    ]
    assert "10 left" in tile(live, "Carved").accessibleDescription()


def test_a_refused_destination_is_told_and_tried_again_by_click_and_key(
    qtbot: QtBot, live: Window, engine: FakeEngine
) -> None:
    refused = replace(LIVE.destinations[0], state="refused", reason="bad key")
    engine.tell(destinations=(refused, LIVE.destinations[1]))
    qtbot.waitUntil(lambda: tile(live, "YouTube: refused").isVisible())
    assert "YouTube refused the show: bad key" in told(live)
    QTest.mouseClick(tile(live, "YouTube: refused"), Qt.MouseButton.LeftButton)
    assert engine.wanted().destinations["YouTube"].retries == 1
    press(live, Qt.Key.Key_R)
    assert engine.wanted().destinations["YouTube"].retries == 2
    QTest.mouseClick(tile(live, "Facebook: live"), Qt.MouseButton.LeftButton)
    assert engine.wanted().destinations["Facebook"].retries == 0
    assert engine.wanted().destinations["Facebook"].on


def test_several_feeds_are_seen_in_turn(qtbot: QtBot, live: Window, engine: FakeEngine) -> None:
    engine.wish(replace(SHOW, feeds=(Feed(name="wide"), Feed(name="tall", size=(1080, 1920)))))
    engine.tell()
    qtbot.waitUntil(lambda: tile(live, "See tall").isVisible())
    press(live, Qt.Key.Key_V)
    assert live.poll.feed == 1
    assert tile(live, "See wide").isVisible()


@pytest.mark.long
def test_when_the_status_stands_still_the_window_says_so(qtbot: QtBot, live: Window) -> None:
    qtbot.waitUntil(lambda: "has not answered" in told(live), timeout=10_000)
    assert "NO ANSWER" in live.windowTitle()


def test_without_an_engine_nothing_is_running(qtbot: QtBot, window: Window) -> None:
    window.attach()
    qtbot.waitUntil(lambda: "Nothing is running" in labels(window))
    assert window.bar.open.isVisible()
    assert not window.bar.end.isVisible()


def test_without_a_show_it_says_what_to_do(qtbot: QtBot, window: Window, engine: FakeEngine) -> None:
    engine.tell(mode="off", show_id="", scene="", feature="", feeds=(), sources=(), destinations=(), recordings=())
    window.attach()
    qtbot.waitUntil(lambda: "No show yet" in labels(window))
    assert "benchcast live" in labels(window)
    for key in (Qt.Key.Key_1, Qt.Key.Key_F1, Qt.Key.Key_Space, Qt.Key.Key_R, Qt.Key.Key_V, Qt.Key.Key_PageDown):
        press(window, key)
    assert engine.wanted().feature == ""


def test_off_air_a_loaded_show_may_go_live_by_a_held_press_only(
    qtbot: QtBot, live: Window, engine: FakeEngine
) -> None:
    engine.store.change(end)
    engine.tell(mode="off")
    qtbot.waitUntil(live.bar.live.isVisible)
    press(live, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: "Hold it for a second to go live" in told(live))
    assert engine.wanted().mode == "off"
    assert not live.bar.end.isVisible()


@pytest.fixture
def cut_off(qtbot: QtBot, window: Window, engine: FakeEngine, keeper: None) -> Window:
    """The window over a show that was cut off."""
    engine.wish_that_was_cut_off()
    engine.tell(mode="off")
    window.attach()
    qtbot.waitUntil(window.bar.resume.isVisible)
    return window


def _says(window: Window, words: str) -> bool:
    return words in told(window)


def test_a_show_that_was_cut_off_is_asked_about_with_two_buttons(
    qtbot: QtBot, cut_off: Window, engine: FakeEngine
) -> None:
    assert f"{SHOW.title} was on air and was cut off" in labels(cut_off)
    assert "CUT OFF" in cut_off.windowTitle()
    before = engine.wanted()
    for key, words in ((Qt.Key.Key_End, "carry the show on"), (Qt.Key.Key_L, "leave the show")):
        press(cut_off, key)
        qtbot.waitUntil(partial(_says, cut_off, words))
    press(cut_off, Qt.Key.Key_O)
    assert "carry it on or leave it" in told(cut_off)
    assert engine.wanted() == before
    left, right = (one for one in cut_off.bar.findChildren(Tile) if one.isVisible())
    assert {left, right} == {cut_off.bar.leave, cut_off.bar.resume}
    assert not left.geometry().intersects(right.geometry())


def test_one_of_them_carries_it_on(qtbot: QtBot, cut_off: Window, engine: FakeEngine) -> None:
    with qtbot.waitSignal(cut_off.jobs.said, timeout=20_000):
        QTest.keyPress(cut_off.stage, Qt.Key.Key_End)
    QTest.keyRelease(cut_off.stage, Qt.Key.Key_End)
    assert engine.wanted().mode == "live"
    qtbot.waitUntil(cut_off.bar.end.isVisible)
    assert not cut_off.bar.leave.isVisible()


def test_the_other_leaves_it(qtbot: QtBot, cut_off: Window, engine: FakeEngine) -> None:
    with qtbot.waitSignal(cut_off.bar.leave.held, timeout=5 * HOLD_MS):
        QTest.keyPress(cut_off.stage, Qt.Key.Key_L)
    QTest.keyRelease(cut_off.stage, Qt.Key.Key_L)
    assert engine.wanted().mode == "off"
    assert "stays where it is" in told(cut_off)
    qtbot.waitUntil(cut_off.bar.live.isVisible)
    assert not cut_off.bar.resume.isVisible()


def test_broken_files_are_words_and_not_the_end(qtbot: QtBot, window: Window, workspace: Workspace) -> None:
    workspace.status.write_bytes(b"rubbish" * 1000)
    workspace.wanted_db.write_bytes(b"rubbish" * 1000)
    workspace.shop_db.write_bytes(b"rubbish" * 1000)
    window.attach()
    qtbot.waitUntil(lambda: "wanted.db" in told(window))
    qtbot.waitUntil(lambda: "benchcast.db" in labels(window))
    press(window, Qt.Key.Key_M)
    assert "cannot be used" in told(window)


def test_everything_that_can_be_pressed_has_a_name_and_room_for_a_finger(live: Window) -> None:
    shown = [one for one in live.findChildren(Tile) if one.isVisible()]
    assert len(shown) > 20
    for one in shown:
        assert one.accessibleName(), one
        assert one.width() >= 44, one.accessibleName()
        assert one.height() >= 44, one.accessibleName()


def test_at_its_smallest_nothing_overlaps(live: Window) -> None:
    shown = [one for one in live.findChildren(Tile) if one.isVisible()]
    places = [(one, one.rect().translated(one.mapTo(live, one.rect().topLeft()))) for one in shown]
    for index, (one, place) in enumerate(places):
        assert live.rect().contains(place), one.accessibleName()
        for other, there in places[index + 1 :]:
            assert not place.intersects(there), (one.accessibleName(), other.accessibleName())


def test_the_light_theme_is_light(qtbot: QtBot, live: Window) -> None:
    dark = live.grab().toImage().pixelColor(live.width() // 2, 4)
    live.run_of_show._tiles[0].theme.use(LIGHT)
    light = live.grab().toImage().pixelColor(live.width() // 2, 4)
    assert dark.lightness() < 60
    assert light == QColor(LIGHT.panel)


def test_product_keys_stay_put_when_something_sells_out(qtbot: QtBot, live: Window, shop: Shop) -> None:
    before = [one.accessibleName() for one in live.findChildren(ProductTile)]
    add_order(shop, NewOrder(sku="P-2", quantity=2, at=utc_now()))
    qtbot.waitUntil(lambda: "sold out" in tile(live, "Product 2").accessibleDescription())
    assert [one.accessibleName() for one in live.findChildren(ProductTile)] == before


def test_the_first_size_never_reaches_beyond_the_screen() -> None:
    assert first_size(QSize(1366, 728)) == QSize(1366, 728)
    assert first_size(QSize(3840, 2160)) == QSize(1440, 900)
