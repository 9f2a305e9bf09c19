"""A show file: TOML in, a checked show and its products out. Refused whole, or taken whole."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from studio.errors import InputError
from studio.shop.language import locale_for
from studio.shop.money import check_currency
from studio.shop.product import ShowProduct
from studio.show.model import PRESETS, Feed, Fit, Layer, Profile, Scene, Show, SoundUse, Source, SourceKind
from studio.show.showfile_destinations import read_destinations
from studio.show.showfile_fields import Table, did_you_mean
from studio.show.showfile_lines import key_lines
from studio.show.showfile_products import read_products
from studio.show.theme import load_theme
from studio.workspace.resources import resource

VERSION = 1
_LARGEST = 5_000_000  # bytes; a show of ten thousand products is below it
_AT_LINE = re.compile(r"^(.*) \(at (?:line (\d+), column \d+|end of document)\)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LoadedShow:
    """What a show file says, with every default filled in."""

    show: Show
    products: tuple[ShowProduct, ...]


def load_show(path: Path) -> LoadedShow:
    """Read and check a show file.

    Raises:
        InputError: it cannot be read or something in it is wrong.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(str(path), "is too large to be a show file", do="give a TOML file with version = 1")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "no such path"
        raise InputError(str(path), f"cannot be read ({reason})", do="give the path of a show file") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}, line {line}", "is not UTF-8 text", do="save the file as UTF-8") from error
    return parse_show(text, path)


def parse_show(text: str, path: Path) -> LoadedShow:
    """The show that `text` describes; `path` is the file's, for its neighbours and for messages.

    Raises:
        InputError: something in it is wrong.
    """
    values = _toml(text, path)
    root = Table(path, key_lines(text.replace("\r\n", "\n")), (), values)
    _version(root)
    root.only(
        "version", "title", "language", "currency", "sources", "scenes", "products", "feeds", "destinations",
        "on_air", "theme",
    )  # fmt: skip
    language = root.converted("language", _language, "en")
    currency = root.converted("currency", check_currency, "USD")
    sources = tuple(_source(one, path.parent) for one in root.tables("sources", least=1))
    _unique(root, "sources", [one.name for one in sources])
    with_pictures = [one.name for one in sources if one.has_pictures]
    scenes = tuple(_scene(one, with_pictures) for one in root.tables("scenes", least=1))
    _unique(root, "scenes", [one.name for one in scenes])
    products = read_products(root, currency, path.parent)
    feeds = tuple(_feed(one, language, currency) for one in root.tables("feeds", least=1))
    _unique(root, "feeds", [one.name for one in feeds])
    destinations = read_destinations(root, [feed.name for feed in feeds])
    _unique(root, "destinations", [one.name for one in destinations])
    on_air = root.table("on_air").only("scene", "feature", "record")
    show = Show(
        title=root.text("title"),
        language=language,
        currency=currency,
        sources=sources,
        scenes=scenes,
        feeds=feeds,
        destinations=destinations,
        theme=_theme(root, path.parent),
        first_scene=_reference(on_air, "scene", [one.name for one in scenes], scenes[0].name),
        first_feature=_feature(on_air, products),
        record=on_air.flag("record", default=True),
    )
    return LoadedShow(show, products)


def _toml(text: str, path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise InputError(str(path), "is nested too deeply", do="write plain tables") from error
    except ValueError as error:  # a syntax error, or a number too long for Python
        found = _AT_LINE.match(str(error))
        what = (found[1] if found else str(error)).splitlines()[0]
        line = (found[2] or str(text.count("\n") + 1)) if found else ""
        where = f"{path}, line {line}" if line else str(path)
        raise InputError(where, f"is no valid TOML: {what}", do="correct that line") from error


def _version(root: Table) -> None:
    written = root.integer("version", -(10**9), 10**9) if root.is_integer("version") else None
    if written == VERSION:
        return
    if written is not None and written > VERSION:
        raise root.error(
            "version", "was written for a newer Benchcast", do=f"update it, or write version = {VERSION}"
        )
    raise root.wrong("version", f"version = {VERSION}")


def _source(table: Table, folder: Path) -> Source:
    table.only("name", "kind", "device", "path", "loop", "audio", "gain_db", "delay_ms", "size", "fps")
    kind: SourceKind = table.choice("kind", get_args(SourceKind))
    path = ""
    if kind in {"file", "image"}:
        path = str((folder / table.text("path", allowed="the file's path")).absolute())
    elif kind == "url":
        path = _address(table)
    device: int | str = 0
    if "device" in table:
        is_number = table.is_integer("device")
        device = table.integer("device", 0, 99) if is_number else table.text("device", allowed="a number or a name")
    return Source(
        name=table.text("name", longest=60),
        kind=kind,
        device=device,
        path=path,
        loop=table.flag("loop", default=True),
        audio=table.choice("audio", get_args(SoundUse), "always"),
        gain_db=table.number("gain_db", -60, 30, 0.0),
        delay_ms=table.integer("delay_ms", 0, 10_000, 0),
        size=_size(table) if "size" in table else None,
        fps=table.number("fps", 1, 240, 30.0) if "fps" in table else None,
    )


def _address(table: Table) -> str:
    schemes = ("http", "https", "rtsp", "rtsps")
    address = table.text("path", allowed="the address")
    scheme, mark, rest = address.partition("://")
    if not mark or not rest or scheme.lower() not in schemes:
        raise table.error(
            "path", "is no address of a network camera", do=f"write one that begins with {'://, '.join(schemes)}://"
        )
    return address


def _theme(root: Table, folder: Path) -> str:
    """A bundled theme's name, or the absolute path of a theme file that can be used."""
    theme = root.text("theme", "ink")
    bundled = sorted(one.stem for one in resource("themes").glob("*.toml"))
    if theme in bundled:
        return theme
    file = (folder / theme).absolute()
    found = os.path.isfile(file)  # noqa: PTH113 - Path.is_file raises for names that no system takes
    if file.suffix.lower() != ".toml" or not found:
        raise root.error(
            "theme",
            f"there is no theme {theme!r}{did_you_mean(theme, bundled)}",
            do=f"write one of: {', '.join(bundled)}, or the path of a theme file that ends in .toml",
        )
    load_theme(file)
    return str(file)


def _scene(table: Table, sources: list[str]) -> Scene:
    table.only("name", "layers")
    layers = []
    for one in table.tables("layers", least=1):
        one.only("source", "rect", "fit")
        source = _reference(one, "source", sources)
        x, y, width, height = one.numbers("rect", 4, 0, 1) if "rect" in one else (0.0, 0.0, 1.0, 1.0)
        if width <= 0 or height <= 0 or x + width > 1.000001 or y + height > 1.000001:
            raise one.wrong(
                "rect", "x, y, width and height as shares of the picture, inside it, such as [0, 0, 1, 1]"
            )
        layers.append(Layer(source=source, rect=(x, y, width, height), fit=one.choice("fit", get_args(Fit), "cover")))
    return Scene(name=table.text("name", longest=60), layers=tuple(layers))


def _feed(table: Table, language: str, currency: str) -> Feed:
    table.only(
        "name", "size", "fps", "video_kbps", "audio_kbps", "profile", "preset", "language", "currency"
    )  # fmt: skip
    return Feed(
        name=table.text("name", longest=60),
        size=_size(table) if "size" in table else (1920, 1080),
        fps=table.number("fps", 1, 120, 30.0),
        video_kbps=table.integer("video_kbps", 100, 100_000, 4500),
        audio_kbps=table.integer("audio_kbps", 32, 320, 128),
        profile=table.choice("profile", get_args(Profile), "quality"),
        preset=table.choice("preset", ("auto", *PRESETS), "auto"),
        language=table.converted("language", _language, language),
        currency=table.converted("currency", check_currency, currency),
    )


def _size(table: Table) -> tuple[int, int]:
    width, height = table.numbers("size", 2, 64, 4096)
    if width % 2 or height % 2:
        raise table.wrong("size", "two even numbers, width and height, such as [1920, 1080]")
    return int(width), int(height)


def _language(tag: str) -> str:
    locale_for(tag)
    return tag


def _unique(root: Table, key: str, names: list[str]) -> None:
    for at, table in enumerate(root.tables(key)):
        if names[at] in names[:at]:
            raise table.error("name", f"{names[at]!r} is used twice", do=f"give each of the {key} its own name")


def _feature(on_air: Table, products: Sequence[ShowProduct]) -> str:
    """The SKU of the product that begins on air. Written as its own or a variant's, in any case."""
    written = on_air.text("feature", "")
    own = {one.sku.casefold(): one.sku for one in products}
    variants = {each.sku.casefold(): one.sku for one in products for each in one.variants}
    known = variants | own | {"": ""}
    if written.casefold() in known:
        return known[written.casefold()]
    hint = did_you_mean(written, [one.sku for one in products])
    raise on_air.error(
        "feature",
        f"no product of this file has the SKU {written!r}{hint}",
        do="write one of this file's; what is only in the catalogue goes on air by `benchcast feature SKU`",
    )


def _reference(table: Table, key: str, names: list[str], default: str | None = None) -> str:
    name = table.text(key, default)
    if name in names or name == default:
        return name
    known = ", ".join(names[:20]) or "none"
    raise table.error(key, f"there is no {name!r} here{did_you_mean(name, names)}", do=f"write one of: {known}")
