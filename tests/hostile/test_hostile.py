"""The quick form of `python -m tests.hostile`, and that it finds what there is to find."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.media.clock import SystemClock
from tests.hostile.limits import newest
from tests.hostile.run import assail
from tests.hostile.target import Probe, Tables, Target
from tests.hostile.targets import TARGETS

pytestmark = pytest.mark.long


@pytest.mark.hypothesis
@pytest.mark.parametrize("name", TARGETS)
def test_a_door_takes_any_bytes(name: str, tmp_path: Path) -> None:
    target = TARGETS[name]
    outcome = assail(name, target, target.few, SystemClock(), tmp_path)
    assert not outcome.problem
    assert outcome.inputs >= target.few


def _throw(probe: Probe, folder: Path, inputs: int = 40) -> str:
    def opened(_room: Path) -> Iterator[Probe]:
        yield probe

    return assail("door", Target(1, st.binary(), opened), inputs, SystemClock(), folder).problem


def test_what_a_door_does_not_take_is_kept_whole(tmp_path: Path) -> None:
    def probe(data: bytes) -> None:
        if len(data) > 9:
            raise KeyError("b" * 300)

    problem = _throw(probe, tmp_path)
    assert problem.startswith("KeyError: 'bbb")
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes() == bytes(10)
    assert str(kept) in problem


_GROWS = """
import sys
from pathlib import Path
from tests.hostile.test_hostile import _throw

hoard = []
print(_throw(lambda _: hoard.append(bytes([1]) * 1_000_000), Path(sys.argv[1])))
"""


def test_a_door_that_grows_is_found(tmp_path: Path) -> None:
    """In a process of its own: what this one held at its busiest does not count as growth."""
    done = subprocess.run([sys.executable, "-c", _GROWS, tmp_path], capture_output=True, text=True, check=True)
    assert "MB grown" in done.stdout


def test_a_door_that_leaves_handles_open_is_found(tmp_path: Path) -> None:
    hoard: list[object] = []
    file = tmp_path / "file"
    file.touch()
    try:
        assert "handles left open" in _throw(lambda _: hoard.append(file.open()), tmp_path)
    finally:
        for one in hoard:
            one.close()  # type: ignore[attr-defined]  # files


_STUCK = """
import sys
from hypothesis import strategies as st
from tests.hostile.__main__ import main
from tests.hostile.target import Target
from tests.hostile.targets import TARGETS

def opened(folder):
    def probe(data):
        while data:
            pass
    yield probe

TARGETS["stuck"] = Target(1, st.just(b"spin"), opened)
main(["--door", "stuck", "--inputs", "5", "--patience", "0.2", "--noted", sys.argv[1]])
"""


def test_a_door_that_hangs_is_ended_and_its_input_known(tmp_path: Path) -> None:
    noted = tmp_path / "newest"
    done = subprocess.run([sys.executable, "-c", _STUCK, noted], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Timeout" in done.stderr
    assert "in probe" in done.stderr
    assert newest(noted) == b"spin"


def test_a_refusal_that_changed_something_is_found(tmp_path: Path) -> None:
    tables = Tables(tmp_path / "a.db")
    tables.db.execute("CREATE TABLE one (two TEXT)")
    tables.close()
    tables = Tables(tmp_path / "a.db")
    no = StudioError("no", do="")

    def refuse(*, changing: bool) -> None:
        with tables.unchanged_if_refused():
            if changing:
                tables.db.execute("INSERT INTO one VALUES ('three')")
            raise no

    refuse(changing=False)
    with pytest.raises(AssertionError, match="changed all the same"):
        refuse(changing=True)
    tables.close()
