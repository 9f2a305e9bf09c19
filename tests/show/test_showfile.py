from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from studio.errors import InputError
from studio.show.model import Destination
from studio.show.showfile import LoadedShow, load_show, parse_show
from studio.workspace.resources import resource

SHOW = """\
version = 1
title = "Carved leather, evening show"
language = "en"
currency = "USD"

[[sources]]
name = "bench"
kind = "camera"
device = 0
loop = true
audio = "always"

[[sources]]
name = "voice"
kind = "microphone"
device = "USB Audio"
gain_db = -3
delay_ms = 40

[[scenes]]
name = "Bench"
layers = [ { source = "bench", rect = [0, 0, 1, 1], fit = "cover" } ]

[[products]]
sku = "BAG-01"
name = "Carved shoulder bag"
price = "179.00"
was = "220.00"
stock = 12
photo = "bag.jpg"
keyword = "12"
variants = [
  { sku = "BAG-01-RED", options = { color = "red" }, stock = 4 },
]
names = { es = "Bolso de hombro tallado", zh = "手工雕花肩包" }
prices = { EUR = "165.00", CNY = "1280.00" }

[[products]]
sku = "FOX-03"
name = "Key fob, fox"
price = "14"

[[feeds]]
name = "wide"
size = [1920, 1080]
fps = 29.97
video_kbps = 4500
audio_kbps = 128
profile = "quality"
preset = "auto"

[[feeds]]
name = "tall"
size = [1080, 1920]
language = "zh-Hans"
currency = "CNY"

[[destinations]]
name = "shop"
feed = "tall"
url = "rtmp://127.0.0.1/live"
key_env = "SHOP_KEY"

[[destinations]]
name = "tube"
platform = "youtube"
key = "keyring"

[on_air]
scene = "Bench"
feature = "BAG-01"
record = true
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "bag.jpg").write_bytes(b"photo")
    return tmp_path / "show.toml"


def _changed(path: Path, old: str, new: str) -> LoadedShow:
    assert SHOW.count(old) == 1, old
    return parse_show(SHOW.replace(old, new), path)


def _complaint(path: Path, old: str, new: str) -> str:
    with pytest.raises(InputError) as caught:
        _changed(path, old, new)
    return str(caught.value)


def test_a_show_file_gives_the_show_and_its_products(path: Path) -> None:
    path.write_text(SHOW, encoding="utf-8")
    loaded = load_show(path)
    show, bag = loaded.show, loaded.products[0]
    assert [one.name for one in show.sources] == ["bench", "voice"]
    assert (show.source("voice").device, show.source("voice").gain_db) == ("USB Audio", -3.0)
    assert show.scene("Bench").layers[0].rect == (0.0, 0.0, 1.0, 1.0)
    assert (show.feed("wide").fps, show.feed("tall").size) == (29.97, (1080, 1920))
    assert (show.first_scene, show.first_feature, show.record) == ("Bench", "BAG-01", True)
    assert (bag.price, bag.was, bag.prices) == (17900, 22000, {"EUR": 16500, "CNY": 128000})
    assert (bag.photo, bag.variants[0].options) == (path.parent / "bag.jpg", {"color": "red"})


def test_what_is_left_out_has_its_default(path: Path) -> None:
    loaded = parse_show(SHOW, path)
    wide, fox = loaded.show.feed("wide"), loaded.products[1]
    assert (wide.language, wide.currency) == ("en", "USD")
    assert (fox.keyword, fox.stock, fox.was, fox.photo) == ("FOX-03", None, None, None)
    assert loaded.show.destinations == (
        Destination(name="shop", feed="tall", url="rtmp://127.0.0.1/live", key_from="env", key_env="SHOP_KEY"),
        Destination(name="tube", feed="wide", url="rtmps://a.rtmps.youtube.com:443/live2", platform="youtube"),
    )
    shortest = parse_show(
        'version = 1\ntitle = "T"\n[[sources]]\nname = "a"\nkind = "demo"\n'
        '[[scenes]]\nname = "s"\nlayers = [{source = "a"}]\n[[feeds]]\nname = "f"\n',
        path,
    ).show
    assert (shortest.language, shortest.currency, shortest.first_scene, shortest.first_feature) == (
        "en",
        "USD",
        "s",
        "",
    )
    assert shortest.record
    assert shortest.sources[0].audio == "always"


def test_the_sample_show_is_right() -> None:
    loaded = load_show(resource("sample", "sample.toml"))
    assert loaded.show.sources[0].kind == "demo"
    assert all({"es", "zh", "ar"} <= set(one.names) for one in loaded.products)
    assert all({"EUR", "CNY"} <= set(one.prices) for one in loaded.products)
    photos = [one.photo for one in loaded.products]
    assert all(photo is not None and photo.stat().st_size <= 60_000 for photo in photos)


@pytest.mark.parametrize(
    ("old", "new", "where", "complaint"),
    [
        ("version = 1", "version = 2", "line 1, version", "newer Benchcast"),
        ("version = 1", "version = true", "line 1, version", "found true: write version = 1"),
        ("version = 1", "version = 1.0", "line 1, version", "found 1.0: write version = 1"),
        ("version = 1", "version = 0", "line 1, version", "found 0: write version = 1"),
        ("version = 1", "", "version", "is missing: write version = 1"),
        ('title = "', 'titel = "', "line 2, titel", "did you mean 'title'"),
        ('language = "en"', 'language = "klingon"', "line 3, language", "no language code"),
        ('currency = "USD"', 'currency = "usd"', "line 4, currency", "did you mean USD"),
        ('kind = "camera"', 'kind = "cam"', "line 8, sources 1, kind", "did you mean 'camera'"),
        ("device = 0", "device = -1", "line 9, sources 1, device", "from 0 to 99"),
        ('name = "voice"', 'name = "bench"', "line 14, sources 2, name", "used twice"),
        ("gain_db = -3", "gain_db = nan", "line 17, sources 2, gain_db", "found nan"),
        ("delay_ms = 40", "delay_ms = true", "line 18, sources 2, delay_ms", "found true"),
        ('source = "bench"', 'source = "bnch"', "line 22, scenes 1, layers 1, source", "did you mean 'bench'"),
        ('source = "bench"', 'source = "voice"', "line 22, scenes 1, layers 1, source", "write one of: bench"),
        ("[0, 0, 1, 1]", "[0, 0, 1, 0]", "line 22, scenes 1, layers 1, rect", "shares"),
        ("[0, 0, 1, 1]", "[0.5, 0, 0.6, 1]", "line 22, scenes 1, layers 1, rect", "shares"),
        ('fit = "cover"', 'fit = "cove"', "line 22, scenes 1, layers 1, fit", "cover, contain"),
        ('"179.00"', "179.00", "line 27, products 1, price", "found 179.0"),
        ('"179.00"', '"179,00"', "line 27, products 1, price", "'179,00' is no amount"),
        ('"179.00"', '"179.005"', "line 27, products 1, price", "finer than USD"),
        ('"220.00"', '"179.00"', "line 28, products 1, was", "a price above"),
        ("stock = 12", "stock = -1", "line 29, products 1, stock", "found -1"),
        ('"bag.jpg"', '"bog.jpg"', "line 30, products 1, photo", "there is no file"),
        ("stock = 4", "stok = 4", "line 33, products 1, variants 1, stok", "did you mean 'stock'"),
        ('"BAG-01-RED"', '"FOX-03"', "line 39, products 2, sku", "'FOX-03' is used twice"),
        ('"BAG-01-RED"', '"Bag-01"', "line 25, products 1, sku", "'Bag-01' differs from 'BAG-01' only in case"),
        ('"FOX-03"', '"bag-01-red"', "line 39, products 2, sku", "differs from 'BAG-01-RED' only in case"),
        ('es = "B', 'e_s = "B', "line 35, products 1, names, e_s", "no language code"),
        ('EUR = "165.00"', 'EURO = "165.00"', "line 36, products 1, prices, EURO", "did you mean EUR"),
        ('CNY = "1280.00"', 'JPY = "12.5"', "line 36, products 1, prices, JPY", "finer than JPY"),
        (
            'price = "14"',
            'price = "14"\nkeyword = "１２"',
            "line 42, products 2, keyword",
            "what buyers type for BAG-01",
        ),
        ("[1920, 1080]", "[1921, 1080]", "line 45, feeds 1, size", "even"),
        ("[1920, 1080]", "[19200, 1080]", "line 45, feeds 1, size", "from 64 to 4096"),
        ("[1920, 1080]", "[0, 720]", "line 45, feeds 1, size", "write 2 numbers from 64 to 4096 in brackets"),
        ("fps = 29.97", "fps = 0", "line 46, feeds 1, fps", "from 1 to 120"),
        ('preset = "auto"', 'preset = "slowest"', "line 50, feeds 1, preset", "veryfast"),
        ('feed = "tall"', 'feed = "tal"', "line 60, destinations 1, feed", "did you mean 'tall'"),
        (
            'platform = "youtube"',
            'platform = "youtub"',
            "line 66, destinations 2, platform",
            "did you mean 'youtube'",
        ),
        ('platform = "youtube"', 'platform = "tiktok"', "line 64, destinations 2, url", "address of its own"),
        ("rtmp://127.0.0.1/live", "http://127.0.0.1/whip", "line 61, destinations 1, url", "WHIP is not available"),
        ("rtmp://127.0.0.1/live", "rtmp://127.0.0.1", "line 61, destinations 1, url", "no RTMP address"),
        ('scene = "Bench"', 'scene = "Banch"', "line 70, on_air, scene", "did you mean 'Bench'"),
        ('feature = "BAG-01"', 'feature = "BAG-1"', "line 71, on_air, feature", "did you mean 'BAG-01'"),
        ("record = true", 'record = "yes"', "line 72, on_air, record", "true or false"),
        ('title = "Carved', "title = Carved", "line 2", "no valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_field(
    path: Path, old: str, new: str, where: str, complaint: str
) -> None:
    said = _complaint(path, old, new)
    assert said.startswith(f"{path}, {where}")
    assert complaint in said
    assert "\n" not in said


@pytest.mark.parametrize("table", ["sources", "scenes", "feeds"])
def test_a_show_needs_a_source_a_scene_and_a_feed(path: Path, table: str) -> None:
    without = re.sub(rf"\[\[{table}\]\]\n(?:.+\n)+", "", SHOW)
    with pytest.raises(InputError, match=table):
        parse_show(without, path)


@pytest.mark.parametrize(
    "line",
    [
        'url = "rtmp://127.0.0.1/live/canary-4711-key"',
        'url = "rtmp://127.0.0.1/live?token=canary-4711"',
        'url = "rtmp://ann:canary-4711@127.0.0.1/live"',
        'url = "canary-4711"',
        'url = "rtmp://127.0.0.1:canary-4711/live"',
        'url = ["canary-4711"]',
        'url = "canary-4711\\u0000"',
        'url = "rtmp://127.0.0.1/live"\nkey = "canary-4711"',
        'url = "rtmp://127.0.0.1/live"\nkey_env = "canary-4711"',
        'url = "rtmp://127.0.0.1/live"\nstream_key = "canary-4711"',
    ],
)
def test_a_key_in_the_file_is_refused_without_showing_it(path: Path, line: str) -> None:
    said = _complaint(path, 'url = "rtmp://127.0.0.1/live"\nkey_env = "SHOP_KEY"', line)
    assert "destinations 1" in said
    assert "canary" not in said


def test_files_lie_beside_the_show_file(path: Path) -> None:
    show = _changed(path, 'kind = "camera"', 'kind = "file"\npath = "clips/one.mp4"').show
    assert show.source("bench").path == str(path.parent / "clips" / "one.mp4")


@pytest.mark.parametrize("written", ["BAG-01", "bag-01", "BAG-01-RED", "bag-01-Red"])
def test_what_begins_on_air_is_named_as_anywhere_else(path: Path, written: str) -> None:
    assert _changed(path, 'feature = "BAG-01"', f'feature = "{written}"').show.first_feature == "BAG-01"


def test_a_product_of_the_catalogue_alone_does_not_begin_on_air(path: Path) -> None:
    said = _complaint(path, 'feature = "BAG-01"', 'feature = "OLD-7"')
    assert "on_air, feature: no product of this file has the SKU 'OLD-7'" in said
    assert "benchcast feature" in said


def test_a_network_camera_has_an_address(path: Path) -> None:
    show = _changed(path, 'kind = "camera"', 'kind = "url"\npath = "rtsp://10.0.0.5/cam"').show
    assert show.source("bench").path == "rtsp://10.0.0.5/cam"
    assert "begins with http://" in _complaint(path, 'kind = "camera"', 'kind = "url"\npath = "10.0.0.5"')


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"\xff\xfe\x00", "line 1: is not UTF-8"),
        (b"a = " + b"[" * 20_000, "show.toml"),
        (b"a = " + b"1" * 5_000, "no valid TOML"),
        (b"a = 0x" + b"f" * 5_000, "a: no such field"),
    ],
)
def test_a_file_that_is_no_show_file_is_refused_in_words(path: Path, data: bytes, complaint: str) -> None:
    path.write_bytes(b"version = 1\n" * data.startswith(b"a") + data)
    with pytest.raises(InputError, match=complaint):
        load_show(path)


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_show(tmp_path / "gone.toml")
    with pytest.raises(InputError, match="cannot be read"):
        load_show(tmp_path)


def test_windows_line_ends_and_marks_change_nothing(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + SHOW.replace("\n", "\r\n").encode())
    assert load_show(path) == parse_show(SHOW, path)
    path.write_bytes(SHOW.replace("fps = 29.97", "fps = 0").replace("\n", "\r\n").encode())
    with pytest.raises(InputError, match="line 46, feeds 1, fps"):
        load_show(path)


_NASTY = st.sampled_from(
    [
        *(
            '""',
            "0",
            "-1",
            "1e400",
            "nan",
            "true",
            "[]",
            "{}",
            "[[]]",
            "[[sources]]",
            '"\\u0000"',
            '"☃"',
            "1979-05-27",
        ),
        *("'" * 3, '"' * 3, '"', "\n", " ", "=", ".", "#", "[", "]", "{", "}", ",", "\\", "\r", "a.b.c = 1", '"/"'),
        f'"{"x" * 5000}"',
    ]
)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 40), _NASTY | st.text(max_size=8)), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@example([(0, 11, "version = 99999999999999999999")])
def test_any_mutation_is_a_show_or_an_input_error(path: Path, changes: list[tuple[int, int, str]]) -> None:
    text = SHOW
    for at, length, instead in changes:
        start = at % (len(text) + 1)
        text = text[:start] + instead + text[start + length :]
    _show_or_complaint(text, path)


_VALUES = re.compile(r"(?<== )[^\n]+")


@given(st.integers(0, 200), _NASTY | st.floats().map(str) | st.integers().map(str) | st.text(max_size=9).map(repr))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_any_value_in_any_field_is_a_show_or_an_input_error(path: Path, which: int, value: str) -> None:
    found = list(_VALUES.finditer(SHOW))
    place = found[which % len(found)]
    _show_or_complaint(SHOW[: place.start()] + value + SHOW[place.end() :], path)


def _show_or_complaint(text: str, path: Path) -> None:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        loaded = load_show(path)
    except InputError as error:
        said = str(error)
    else:
        assert loaded.show.feeds
        return
    assert said.startswith(str(path))
    assert len(said.splitlines()) == 1


def test_a_theme_is_bundled_or_a_file_beside_the_show(tmp_path: Path) -> None:
    (tmp_path / "bag.jpg").touch()
    path = tmp_path / "show.toml"

    def themed(theme: str) -> str:
        show = SHOW.replace("version = 1\n", f'version = 1\ntheme = "{theme}"\n')
        return parse_show(show, path).show.theme

    assert parse_show(SHOW, path).show.theme == "ink"
    assert themed("kraft") == "kraft"
    (tmp_path / "mine.toml").write_bytes(resource("themes", "ink.toml").read_bytes())
    assert themed("mine.toml") == str(tmp_path / "mine.toml")
    (tmp_path / "bad.toml").write_text("version = 1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.toml, name: it is missing"):
        themed("bad.toml")
    for wrong in ("kreft", "other.toml"):
        with pytest.raises(InputError, match=r"show\.toml, line 2, theme.*(ink, kraft, porcelain)"):
            themed(wrong)
