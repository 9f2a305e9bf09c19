"""Reading a buyer's comment as a claim. Pure: a text, the catalogue and the product on air in, a reading out.

It takes what is plain and leaves the rest to a person: only whole words count, and whatever stands beside an item
that is neither a choice, a quantity nor a known word makes the comment one to review.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from studio.shop.catalogue import Catalogue, ProductView, VariantView

Kind = Literal["claim", "question", "cancel", "review", "chat"]

MOST = 99  # of one item in one comment; above, a person looks

# Words that say no more than the item itself does. A later cut brings a pack for each language.
_TAKE = frozenset(
    ("mine", "sold", "take", "i'll take", "i take", "buy", "want", "me", "please", "pls", "and", "&",
     "要", "买", "買", "mío", "mía", "quero", "беру")
)  # fmt: skip
_ALONE = frozenset(("mine", "sold", "mío", "mía", "беру"))  # without an item: the one on air is meant
_CANCEL = re.compile(
    r"\bcancel\w*|\b(?:don't|do not|not?) (?:want|mine)\b|\bno longer\b|取消|不要|不买|キャンセル|ไม่เอา|отмен"
)
_QUESTION = re.compile(
    r"\?|؟|\bhow (?:much|many|big|long)\b|\bwhat\b|\bwhich\b|\bis (?:there|it)\b|\bdo you\b|\bprice\b"
    r"|多少|几钱|吗|有没有|いくら|\bcu[aá]nto\b|\bсколько\b|เท่าไ"
)
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060\u20e3\ufe0e\ufe0f\ufeff]")
_GAP = re.compile(r"[\s,;.!、。，！]+")
_TIMES = re.compile(r"(?:[x×*+=]\s*(\d{1,6})|(\d{1,6})\s*[x×*])(?!\w)|(\d{1,6})\s*[x×*](?=\s*\w)")
_COUNT = re.compile(r"(\d{1,6})\s*(?:pcs|pc|pieces|件|个|個|只|枚|点)?(?!\w)")
_WORD = re.compile(r"[\w'’-]+|\S")


@dataclass(frozen=True, slots=True)
class ClaimItem:
    """What is claimed: a product, its variant's SKU where it has choices, how many."""

    sku: str
    variant: str | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a comment says. `why`: the reason, in words."""

    kind: Kind
    items: tuple[ClaimItem, ...] = ()
    why: str = ""


@dataclass(slots=True)
class _Found:
    """An item on its way: what the words after its name add to it."""

    product: ProductView
    variant: VariantView | None = None
    options: list[str] = field(default_factory=list)
    quantities: list[int] = field(default_factory=list)


class _Doubt(Exception):
    """The comment is for a person; the message says why."""


class ClaimReader:
    """Reads comments with one state of the catalogue. `on_air` is what "mine" alone means, if anything is."""

    def __init__(self, catalogue: Catalogue, on_air: str = "") -> None:
        self._on_air = catalogue.find(on_air) if on_air else None
        self._names: dict[str, list[tuple[ProductView, VariantView | None]]] = {}
        for product in catalogue.products.values():
            for name in {folded(product.sku), folded(product.keyword)} - {""}:
                self._names.setdefault(name, []).append((product, None))
            for variant in product.variants:
                self._names.setdefault(folded(variant.sku), []).append((product, variant))
        self._longest_first = sorted(self._names, key=len, reverse=True)

    def read(self, text: str) -> Reading:
        """What one comment says."""
        plain = folded(text)
        try:
            found, words = self._scan(plain)
        except _Doubt as doubt:
            return _unsure(plain, str(doubt))
        if _QUESTION.search(plain):
            return Reading("question", why="it asks something")
        if _CANCEL.search(plain):
            return self._cancel(found)
        try:
            if not found:
                return self._without_item(plain, words)
            if words:
                raise _Doubt(f"beside an item it says {words[0]!r}, which is no choice and no quantity")
            items = tuple(_item(one) for one in found)
            if len({(one.sku, one.variant) for one in items}) < len(items):
                raise _Doubt("it names the same item twice")
        except _Doubt as doubt:
            return Reading("review", why=str(doubt))
        return Reading(
            "claim", items, "it names " + ", ".join(f"{one.variant or one.sku} × {one.quantity}" for one in items)
        )

    def _without_item(self, plain: str, words: Sequence[str]) -> Reading:
        """No item is named: "mine" and "+1" mean the one on air, everything else is talk."""
        count = re.fullmatch(r"\+\s*(\d{1,6})", plain)
        if not (count or (plain in _ALONE and not words)):
            parts = {part for word in words for part in re.findall(r"[^\W\d_]+|\d+", word)}
            if near := sorted(parts & self._names.keys()):
                raise _Doubt(f"it holds {near[0]!r}, but not as a word of its own")
            return Reading("chat", why="it names no item")
        if self._on_air is None:
            raise _Doubt("it means the item on air, and none is")
        item = _item(_Found(self._on_air, quantities=[int(count[1])] if count else []))
        return Reading("claim", (item,), f"it means the item on air, {item.variant or item.sku}")

    def _cancel(self, found: Sequence[_Found]) -> Reading:
        try:
            items = tuple(_item(one) for one in found)
        except _Doubt as doubt:
            return Reading("review", why=f"it takes something back, but {doubt}")
        return Reading("cancel", items, "it takes something back")

    def _scan(self, plain: str) -> tuple[list[_Found], list[str]]:
        """The items of a comment, left to right, and the words that are none of theirs. Raises _Doubt."""
        found: list[_Found] = []
        words: list[str] = []
        ahead: int | None = None  # a quantity before its item: 2 × bag
        at = 0
        while at < len(plain):
            if gap := _GAP.match(plain, at):
                at = gap.end()
            elif (name := self._name(plain, at)) is not None:
                if found and name.isdecimal() and not found[-1].quantities and plain[at - 1] not in ",;\n、，":
                    raise _Doubt(f"{name!r} may be an item or a quantity")
                found.append(self._meant(name))
                if ahead is not None:
                    found[-1].quantities.append(ahead)
                    ahead = None
                at += len(name)
            elif found and (option := _option(found[-1].product, plain, at)):
                found[-1].options.append(option)
                at += len(option)
            elif times := _TIMES.match(plain, at):
                before = times[3] or times[2]
                if before and (not found or found[-1].quantities):
                    ahead = int(before)
                elif found:
                    found[-1].quantities.append(int(before or times[1]))
                else:
                    words.append(times[0])
                at = times.end()
            elif found and (count := _COUNT.match(plain, at)):
                found[-1].quantities.append(int(count[1]))
                at = count.end()
            else:
                word = next((one for one in _TAKE if _whole(plain, at, one)), None)
                if word is None:
                    word = _WORD.match(plain, at)[0]  # type: ignore[index]  # a gap is the only thing it does not match
                    words.append(word)
                at += len(word)
        if ahead is not None:
            words.append(str(ahead))
        return found, words

    def _name(self, plain: str, at: int) -> str | None:
        return next((name for name in self._longest_first if _whole(plain, at, name)), None)

    def _meant(self, name: str) -> _Found:
        meant = self._names[name]
        if len({product.sku for product, _ in meant}) > 1:
            raise _Doubt(f"{name!r} stands for {' and '.join(sorted({product.sku for product, _ in meant}))}")
        return _Found(meant[0][0], next((variant for _, variant in meant if variant), None))


def folded(text: str) -> str:
    """A text as it is compared: one form of each letter and digit, lower case, nothing invisible."""
    plain = unicodedata.normalize("NFKC", _HIDDEN.sub("", text)).casefold()
    digits = "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in plain)
    return " ".join(digits.replace("’", "'").split())


def _whole(plain: str, at: int, word: str) -> bool:
    """Whether `word` stands at `at` as a whole word. A quantity may touch it: 包x2, 12+1, 2×包."""
    if not plain.startswith(word, at):
        return False
    end = at + len(word)
    starts = at == 0 or not _glued(plain[at - 1], word[0]) or bool(re.search(r"\d\s*[x×*]$", plain[:at]))
    ends = end == len(plain) or not _glued(word[-1], plain[end]) or bool(_TIMES.match(plain, end))
    return starts and ends


def _glued(left: str, right: str) -> bool:
    """Whether two neighbours belong to one word. A dash joins: BAG-01 is not BAG."""
    return (left.isalnum() or left in "-_'") and (right.isalnum() or right in "-_'")


def _option(product: ProductView, plain: str, at: int) -> str:
    values = {folded(value) for variant in product.variants for value in variant.options.values()}
    return max((one for one in values if one and _whole(plain, at, one)), key=len, default="")


def _item(found: _Found) -> ClaimItem:
    """The item with its variant and quantity. Raises _Doubt."""
    product = found.product
    if len(found.quantities) > 1:
        raise _Doubt(f"it gives {product.sku} more than one quantity")
    quantity = found.quantities[0] if found.quantities else 1
    if not 1 <= quantity <= MOST:
        raise _Doubt(f"{quantity} of {product.sku} is an unusual quantity")
    if not product.variants:
        return ClaimItem(product.sku, None, quantity)
    choices = [found.variant] if found.variant else list(product.variants)
    fitting = [one for one in choices if set(found.options) <= {folded(value) for value in one.options.values()}]
    if len(fitting) != 1:
        what = "which one it means is open" if fitting else "there is no such one"
        raise _Doubt(f"{product.sku} comes in several variants, and {what}")
    return ClaimItem(product.sku, fitting[0].sku, quantity)


def _unsure(plain: str, why: str) -> Reading:
    return Reading("question", why="it asks something") if _QUESTION.search(plain) else Reading("review", why=why)
