from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import InputError
from studio.show.contrast import channels, luminance, worst_contrast
from studio.show.theme import BUNDLED, LEAST_DIGITS, Theme, load_theme
from studio.workspace.resources import resource

INK = resource("themes", "ink.toml").read_text(encoding="utf-8")


@pytest.fixture(params=BUNDLED)
def theme(request: pytest.FixtureRequest) -> Theme:
    return load_theme(request.param)


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_bundled_themes_are_sound() -> None:
    assert {load_theme(name).name for name in BUNDLED} == {"Ink", "Kraft", "Porcelain"}


def test_a_theme_file_of_ones_own_is_read(tmp_path: Path) -> None:
    theme = load_theme(written(tmp_path, INK.replace('"Ink"', '"Moss"').replace("corner = 0.020", "corner = 0")))
    assert (theme.name, theme.sizes.corner) == ("Moss", 0.0)
    assert isinstance(theme.fonts.name_weight, int)


@pytest.mark.parametrize(
    ("before", "after", "field", "says"),
    [
        ("version = 1", "version = 2", "version", "found 2"),
        ('name = "Ink"', "name = 5", "name", "found 5"),
        ('name = "Ink"', 'name = "Ink"\nfont = "Arial"', "font", "unknown field"),
        ('panel = "#1a1612"', 'panel = "black"', "colours.panel", "found 'black'"),
        ('edge = "#4a4034"\n', "", "colours.edge", "it is missing"),
        ('edge = "#4a4034"', 'edge = "#4a4034"\nglow = 1', "colours.glow", "unknown field"),
        ("panel_opacity = 0.90", "panel_opacity = 1.5", "colours.panel_opacity", "found 1.5"),
        ("panel_opacity = 0.90", "panel_opacity = true", "colours.panel_opacity", "found True"),
        ("panel_opacity = 0.90", "panel_opacity = 0.4", "colours.name", "contrast"),
        ("panel_opacity = 0.90", "panel_opacity = nan", "colours.panel_opacity", "found nan"),
        ('badge_text = "#ffffff"', 'badge_text = "#ff9999"', "colours.badge_text", "contrast"),
        ("price_digits = 0.0475", "price_digits = 0.03", "sizes.price_digits", "found 0.03"),
        ("name_weight = 620", 'name_weight = "bold"', "fonts.name_weight", "found 'bold'"),
        ("[tall]", "[upright]", "upright", "unknown field"),
        ("[tall]", "[[tall]]", "tall", "found"),
    ],
)
def test_a_wrong_theme_is_refused_with_file_field_and_what_is_allowed(
    tmp_path: Path, before: str, after: str, field: str, says: str
) -> None:
    assert before in INK
    path = written(tmp_path, INK.replace(before, after, 1))
    with pytest.raises(InputError, match=re.escape(says)) as refusal:
        load_theme(path)
    assert refusal.value.where == f"{path}, {field}"
    assert refusal.value.do


@pytest.mark.parametrize("content", [b"colours = ", b"\xff\xfe\x00"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not TOML"):
        load_theme(path)


@pytest.mark.parametrize(
    ("content", "says"), [("a = " + "[" * 2000, "nested too deeply"), ("a = 1" + "0" * 5000, "not TOML")]
)
def test_toml_that_python_cannot_read_is_refused_too(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        load_theme(written(tmp_path, content))


def test_a_refusal_is_one_line_whatever_a_field_is_called(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown field") as refusal:
        load_theme(written(tmp_path, '"a\\nb" = 1'))
    assert len(str(refusal.value).splitlines()) == 1


def test_a_theme_that_does_not_exist_is_refused_with_the_names_of_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ink, kraft, porcelain"):
        load_theme("steel")
    with pytest.raises(InputError, match=r"cannot be read"):
        load_theme(tmp_path)


def test_no_bundled_theme_sets_prices_too_small(theme: Theme) -> None:
    assert theme.sizes.price_digits >= LEAST_DIGITS


def test_texts_can_be_read_on_every_picture(theme: Theme) -> None:
    """Not by the bound that validation uses, but against thousands of pictures' colours."""
    steps = np.linspace(0, 1, 17)
    for field in ("name", "price", "quiet", "stamp"):
        text = luminance(channels(getattr(theme.colours, field)))
        panel = np.array(channels(theme.colours.panel)) * theme.colours.panel_opacity
        for red in steps:
            for green in steps:
                for blue in steps:
                    seen = panel + (1 - theme.colours.panel_opacity) * np.array((red, green, blue))
                    ground = luminance((float(seen[0]), float(seen[1]), float(seen[2])))
                    assert (max(text, ground) + 0.05) / (min(text, ground) + 0.05) >= 4.5


def test_the_highest_contrast_is_that_of_black_on_white() -> None:
    assert worst_contrast("#000000", "#ffffff", 1.0) == pytest.approx(21.0)


colours = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@given(colours, colours, st.floats(0, 1), st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)))
def test_the_worst_contrast_is_a_lower_bound(
    text: str, panel: str, opacity: float, behind: tuple[float, float, float]
) -> None:
    seen = [opacity * p + (1 - opacity) * b for p, b in zip(channels(panel), behind, strict=True)]
    own, ground = luminance(channels(text)), luminance((seen[0], seen[1], seen[2]))
    ratio = (max(own, ground) + 0.05) / (min(own, ground) + 0.05)
    assert worst_contrast(text, panel, opacity) <= ratio + 1e-9


@pytest.mark.parametrize("field", ["name", "price", "quiet", "stamp", "badge_text", "tag_text"])
def test_a_text_is_refused_just_below_the_contrast_that_is_needed_and_taken_just_above(
    tmp_path: Path, field: str
) -> None:
    """On opaque black, grey of luminance 0.05 × ratio − 0.05 (WCAG 2.2): #757575 is 4.56:1, #737373 4.43:1."""

    def with_grey(grey: str) -> Path:
        text = INK.replace("panel_opacity = 0.90", "panel_opacity = 1.0")
        for ground in ("panel", "badge", "tag"):
            text = re.sub(rf'^{ground} = "#\w+"', f'{ground} = "#000000"', text, flags=re.MULTILINE)
        for one in ("badge_text", "tag_text", field):
            colour = grey if one == field else "#ffffff"
            text = re.sub(rf'^{one} = "#\w+"', f'{one} = "{colour}"', text, flags=re.MULTILINE)
        return written(tmp_path, text)

    load_theme(with_grey("#757575"))
    with pytest.raises(InputError, match=rf"colours\.{field}: its contrast"):
        load_theme(with_grey("#737373"))
