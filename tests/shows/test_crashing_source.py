"""A source whose process crashes as it opens, as with a faulty driver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.workspace.paths import Workspace
from tests.shows.studio import Studio, show_file

# The interpreter imports this as it starts: before or after the source has said that it is there.
_AT_ONCE = "import os, sys\nif '_source' in sys.orig_argv:\n    os.abort()\n"
_WHILE_OPENING = """
import os, sys
if "_source" in sys.orig_argv:
    import importlib.abc

    class Driver(importlib.abc.MetaPathFinder):
        def find_spec(self, name, path, target=None):
            if name == "studio.capture.demo":
                os.abort()
            return None

    sys.meta_path.insert(0, Driver())
"""


@pytest.fixture(params=[_AT_ONCE, _WHILE_OPENING], ids=["at once", "while it opens"])
def studio(workspace: Workspace, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Studio]:
    """One whose sources crash."""
    (tmp_path / "crash").mkdir()
    (tmp_path / "crash" / "sitecustomize.py").write_text(request.param)
    made = Studio(workspace, {"PYTHONPATH": str(tmp_path / "crash")})
    yield made
    made.close()


def test_a_show_whose_source_crashes_whenever_it_is_opened_ends_with_4(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path))
    assert live.wait() == 4
    assert "bench" in live.errors
    assert "crashed each time it was opened" in live.errors
    assert len(live.errors.strip().splitlines()) == 1
    assert live.final.recordings == ()
    studio.wait_ended()
