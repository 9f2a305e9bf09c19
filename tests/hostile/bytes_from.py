"""Strategies: bytes that nobody meant, and good bytes with a few of them changed."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

_INTERESTING = [b"\0", b"\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\0\0\0\0", b"\n", b'"', b"'", b"{", b"="]


def noise(most: int = 200) -> st.SearchStrategy[bytes]:
    return st.binary(max_size=most)


def changed(seeds: Sequence[bytes], extra: st.SearchStrategy[bytes] | None = None) -> st.SearchStrategy[bytes]:
    """A seed with up to five stretches of it replaced, cut off or doubled."""
    instead = st.sampled_from(_INTERESTING) | st.binary(max_size=12)
    if extra is not None:
        instead |= extra
    change = st.tuples(st.integers(0, 1 << 20), st.integers(0, 40), instead)
    return st.builds(_apply, st.sampled_from(list(seeds)), st.lists(change, max_size=5), st.integers(0, 1 << 20))


def _apply(seed: bytes, changes: list[tuple[int, int, bytes]], cut: int) -> bytes:
    data = seed
    for at, length, instead in changes:
        start = at % (len(data) + 1)
        data = data[:start] + instead + data[start + length :]
    # One in eight is cut off somewhere.
    return data[: cut // 8 % (len(data) + 1)] if cut % 8 == 0 else data
