"""Languages: a BCP 47 tag's locale, and the best of several names for one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

_LONGEST = 35  # of a BCP 47 tag without extensions (RFC 5646, 4.4.1)


class LanguageError(ValueError):
    """A text that is no language that prices can be written in."""


@lru_cache(maxsize=256)
def locale_for(language: str) -> Locale:
    """CLDR's locale for a BCP 47 tag; a region or script that CLDR does not know falls back to the language's.

    Raises:
        LanguageError: CLDR does not know the language.
    """
    parts = language.split("-") if len(language) <= _LONGEST else []
    for end in range(len(parts), 0, -1):
        try:
            return Locale.parse("-".join(parts[:end]), sep="-")
        except UnknownLocaleError:
            continue
        except (ValueError, TypeError):
            break
    raise LanguageError(f"{language[:_LONGEST]!r} is no language code; write one such as en, pt-BR or zh-Hant")


def best_name(names: Mapping[str, str], language: str, default: str) -> str:
    """The name in exactly this language, else in the same language and script, else in the same language."""
    if language in names:
        return names[language]
    try:
        wanted = locale_for(language)
    except LanguageError:
        return default
    same = [(locale_for(tag), name) for tag, name in names.items() if _language(tag) == wanted.language]
    for locale, name in same:
        if _script(locale) == _script(wanted):
            return name
    return same[0][1] if same else default


def _language(tag: str) -> str:
    try:
        return str(locale_for(tag).language)
    except LanguageError:
        return ""


def _script(locale: Locale) -> str:
    """The script, the likely one where none is written: zh is Hans, zh-TW is Hant."""
    if locale.script:
        return str(locale.script)
    likely: str = get_global("likely_subtags").get(str(locale), "")
    return next((part for part in likely.split("_") if len(part) == 4), "")
