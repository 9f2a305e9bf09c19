"""What takes bytes from outside, and how each must take any: in its own words or not at all, and unchanged by it."""

from __future__ import annotations

from hypothesis import strategies as st

from studio.workspace.resources import resource
from tests.hostile import doors_files, doors_rtmp, doors_state, samples
from tests.hostile.bytes_from import changed, noise
from tests.hostile.target import Target
from tests.outputs.test_rtmp import _hostile as rtmp_answers
from tests.show.test_showfile import SHOW

_RTMP = samples.rtmp_messages()
# The first byte says how many good answers come before.
_answers = st.builds(lambda step, said: bytes([step]) + said, st.integers(0, 4), changed(_RTMP) | rtmp_answers)
_show = changed([SHOW.encode()])
_THEMES = [path.read_bytes() for path in sorted(resource("themes").glob("*.toml"))]
_ANSWERS = tuple(bytes([step]) + one for step in range(5) for one in _RTMP)
_JSON = list(samples.JSON)
_json = changed(_JSON, samples.JSON_WORDS) | noise()
_TABLES = (samples.TABLE, samples.SHOPIFY)
_STATUS = [samples.status_map(samples.STATUS)]

TARGETS: dict[str, Target] = {
    "rtmp": Target(
        0.19, _answers | noise(), doors_rtmp.connection, _ANSWERS
    ),
    "publisher": Target(0.02, _answers, doors_rtmp.publisher, few=20),
    "destination": Target(0.005, changed(_RTMP) | rtmp_answers, doors_rtmp.destination, few=20),
    "show": Target(0.12, _show | noise(), doors_files.show_file, (SHOW.encode(),)),
    "live": Target(0.01, _show, doors_files.live, few=40),
    "theme": Target(0.08, changed(_THEMES) | noise(), doors_files.theme, tuple(_THEMES)),
    "table": Target(0.12, changed(_TABLES) | noise(), doors_files.table, _TABLES),
    "workbook": Target(0.02, samples.workbooks(), doors_files.workbook, samples.SHEET_XML, few=60),
    "import": Target(0.01, changed(_TABLES) | samples.workbooks(), doors_files.imported, few=40),
    "photo": Target(0.08, changed(samples.pictures()) | noise(), doors_files.photo),
    "comments": Target(0.1, changed([samples.COMMENTS], samples.JSON_WORDS) | noise(), doors_files.comments,
                       (samples.COMMENTS, *_JSON)),
    "claim": Target(
        0.1,
        st.lists(samples.WORDS | st.text(max_size=6)).map(lambda words: "".join(words).encode()),
        doors_files.claim,
        samples.CLAIMS,
    ),
    "status": Target(
        0.08, changed(_STATUS) | changed([samples.STATUS, *_JSON], samples.JSON_WORDS) | noise(), doors_state.status
    ),
    "slots": Target(0.04, changed([_STATUS[0][:400]]) | noise(), doors_state.slots),
    "wanted": Target(0.015, _json, doors_state.wanted, few=60),
    "requests": Target(0.015, _json, doors_state.requests, few=60),
    "options": Target(0.005, _json, doors_state.options, tuple(_JSON), few=40),
}  # fmt: skip
