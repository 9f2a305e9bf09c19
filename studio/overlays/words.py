"""The few words that the program itself puts on the picture, in the languages of buyers.

Plural forms by CLDR (Babel). A language that is not here reads English. Numbers are in the language's own digits
where prices are (CLDR's default numbering system).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from babel import Locale, UnknownLocaleError

_ARABIC_DIGITS = {"arab": 0x660, "arabext": 0x6F0}


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `left` by CLDR plural category, `other` at least; `{n}`, `{price}`, `{keyword}` are filled in."""

    left: dict[str, str]
    was: str
    sold_out: str
    back_soon: str
    say: str = "say “{keyword}”"


_WORDS = {
    "en": Words({"other": "{n} left"}, "was {price}", "SOLD OUT", "Back in a moment"),
    "es": Words({"one": "Queda {n}", "other": "Quedan {n}"}, "antes {price}", "AGOTADO", "Volvemos enseguida",
                "escribe «{keyword}»"),
    "pt": Words({"one": "Resta {n}", "other": "Restam {n}"}, "antes {price}", "ESGOTADO", "Voltamos já",
                "escreva “{keyword}”"),
    "fr": Words({"one": "Il en reste {n}", "other": "Il en reste {n}"}, "avant {price}", "ÉPUISÉ",
                "De retour dans un instant", "écrivez «\u00a0{keyword}\u00a0»"),
    "de": Words({"other": "Noch {n} da"}, "vorher {price}", "AUSVERKAUFT", "Gleich geht es weiter",
                "schreib „{keyword}“"),
    "it": Words({"one": "Ne resta {n}", "other": "Ne restano {n}"}, "prima {price}", "ESAURITO", "Torniamo subito"),
    "nl": Words({"other": "Nog {n} over"}, "was {price}", "UITVERKOCHT", "Zo terug"),
    "pl": Words({"other": "Zostało: {n}"}, "wcześniej {price}", "WYPRZEDANE", "Zaraz wracamy"),
    "ru": Words({"one": "Осталась {n} шт.", "other": "Осталось {n} шт."}, "было {price}", "ПРОДАНО",
                "Скоро вернёмся", "напишите «{keyword}»"),
    "uk": Words({"other": "Залишилось {n} шт."}, "було {price}", "ПРОДАНО", "Скоро повернемося"),
    "tr": Words({"other": "{n} adet kaldı"}, "önceki {price}", "TÜKENDİ", "Birazdan dönüyoruz"),
    "ar": Words(
        {
            "zero": "لم يبق شيء",
            "one": "بقيت قطعة واحدة",
            "two": "بقيت قطعتان",
            "few": "بقيت {n} قطع",
            "many": "بقيت {n} قطعة",
            "other": "بقيت {n} قطعة",
        },
        "كان {price}", "نفدت الكمية", "سنعود بعد لحظات", "اكتب «{keyword}»",
    ),
    "fa": Words({"other": "{n} عدد مانده"}, "قبلاً {price}", "تمام شد", "به‌زودی برمی‌گردیم"),
    "he": Words({"one": "נשאר אחד", "other": "נשארו {n}"}, "היה {price}", "אזל המלאי", "תכף חוזרים",
                "כתבו „{keyword}”"),
    "hi": Words({"other": "केवल {n} बचे"}, "पहले {price}", "बिक गया", "थोड़ी देर में लौटते हैं"),
    "th": Words({"other": "เหลือ {n} ชิ้น"}, "จาก {price}", "ขายหมดแล้ว", "เดี๋ยวกลับมา", "พิมพ์ “{keyword}”"),
    "vi": Words({"other": "Còn {n}"}, "trước {price}", "HẾT HÀNG", "Sẽ quay lại ngay"),
    "id": Words({"other": "Sisa {n}"}, "sebelumnya {price}", "HABIS", "Segera kembali"),
    "ja": Words({"other": "残り{n}点"}, "通常 {price}", "完売", "まもなく再開します", "「{keyword}」とコメント"),
    "ko": Words({"other": "{n}개 남음"}, "이전 {price}", "품절", "잠시 후 돌아옵니다", "댓글에 ‘{keyword}’"),
    "zh": Words({"other": "仅剩 {n} 件"}, "原价 {price}", "已售罄", "马上回来", "评论“{keyword}”"),
    "zh-Hant": Words({"other": "僅剩 {n} 件"}, "原價 {price}", "已售完", "馬上回來", "留言「{keyword}」"),
}  # fmt: skip
LANGUAGES = tuple(_WORDS)


def left_words(count: int, language: str) -> str:
    """How many are left: "12 left"."""
    locale = _locale(language)
    forms = _words(language).left
    form = forms.get(str(locale.plural_form(count)), forms["other"])
    return form.format(n=_number(count, locale))


def was_words(price: str, language: str) -> str:
    """The price before, in words: "was $220.00"."""
    return _words(language).was.format(price=price)


def say_words(keyword: str, language: str) -> str:
    """What buyers write to claim the product: "say “bag”". The keyword may run in another direction: isolated."""
    return _words(language).say.format(keyword=f"\u2068{keyword}\u2069")


def sold_out_words(language: str) -> str:
    return _words(language).sold_out


def back_soon_words(language: str) -> str:
    """What the slate says while there is no picture."""
    return _words(language).back_soon


def percent_words(percent: int, language: str) -> str:
    """A reduction, as on a badge: "−18%"."""
    locale = _locale(language)
    number = _number(percent, locale)
    # Left-to-right isolate: the minus stays before the number in right-to-left text too, as shops print it.
    return f"\u2066−{number}%\u2069"


@cache
def _locale(language: str) -> Locale:
    """CLDR's locale of the language that the words are in: the asked one, or English."""
    tag = language.replace("_", "-")
    parts = tag.split("-")
    for end in range(len(parts), 0, -1):
        try:
            locale = Locale.parse("-".join(parts[:end]), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
        if locale.language in _WORDS:
            return locale
    return Locale("en")


def _words(language: str) -> Words:
    locale = _locale(language)
    tag = language.lower().replace("_", "-")
    if locale.language == "zh" and any(part in tag.split("-") for part in ("hant", "tw", "hk", "mo")):
        return _WORDS["zh-Hant"]
    return _WORDS[str(locale.language)]


def _number(count: int, locale: Locale) -> str:
    zero = _ARABIC_DIGITS.get(str(locale.default_numbering_system))
    text = str(count)
    return text.translate({ord("0") + d: zero + d for d in range(10)}) if zero else text
