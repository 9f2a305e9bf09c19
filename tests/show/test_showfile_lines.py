from __future__ import annotations

import tomllib

from studio.show.showfile_lines import key_lines

TEXT = '''\
a = "x" # [b]
"q.r" = 'y'
d.e = """
[no]
k = 1
"""
[t]
x = [
  1, # ]
  { y = "}", z = [2] },
]
[[many]]
n = 1
[many.inner]
m = 2
[[many]]
n = 1979-05-27 07:32:00
[[many.deep]]
o = -1.5e3
"\\u0061b" = ''\'
'' ''\'
p = "\\""
'''


def test_each_key_table_and_item_has_its_line() -> None:
    tomllib.loads(TEXT)
    lines = key_lines(TEXT)
    assert lines == {
        ("a",): 1,
        ("q.r",): 2,
        ("d",): 3,
        ("d", "e"): 3,
        ("t",): 7,
        ("t", "x"): 8,
        ("t", "x", 0): 9,
        ("t", "x", 1): 10,
        ("t", "x", 1, "y"): 10,
        ("t", "x", 1, "z"): 10,
        ("t", "x", 1, "z", 0): 10,
        ("many", 0): 12,
        ("many", 0, "n"): 13,
        ("many", 0, "inner"): 14,
        ("many", 0, "inner", "m"): 15,
        ("many", 1): 16,
        ("many", 1, "n"): 17,
        ("many", 1, "deep", 0): 18,
        ("many", 1, "deep", 0, "o"): 19,
        ("many", 1, "deep", 0, "ab"): 20,
        ("many", 1, "deep", 0, "p"): 22,
    }
