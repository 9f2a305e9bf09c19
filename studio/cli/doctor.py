"""`benchcast doctor`: what this computer has for a show, each part ok or what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from subprocess import PIPE, TimeoutExpired

import msgspec
import typer

from studio.cli.bundle import check_free, write_bundle
from studio.errors import StudioError
from studio.shop.database import check, open_shop
from studio.shop.place import shop_path
from studio.show.address import ingest_address
from studio.show.model import Destination, Show
from studio.show.wanted_store import WantedStore
from studio.system import sleep_guard
from studio.system.processes import launch
from studio.workspace.finding import Door, Finding
from studio.workspace.keys import keyring_name, read_key
from studio.workspace.paths import Workspace, open_workspace

_PROBE_S = 20.0  # a probe that takes longer hangs in a driver
_BYTES_AN_HOUR = (4500 + 128) * 1000 // 8 * 3600  # of a recording at the default rates
_HOURS = 4  # an artisan's day on air
_RING_BYTES = 256 * 2**20  # a few full-HD sources


def doctor(as_json: bool, report: Path | None = None) -> int:
    """Print what each check finds, in order, and bundle it with the logs into `report`; the exit status.

    Raises:
        InputError: there is no workspace, or the file cannot be made.
    """
    workspace = open_workspace()
    if report is not None:
        check_free(report)
    said = []
    with ThreadPoolExecutor() as pool:
        found = {name: pool.submit(_in_words, check) for name, check in _checks(workspace).items()}
        for name, findings in found.items():
            for finding in findings.result():
                typer.echo(_json(name, finding) if as_json else _line(name, finding))
                said.append(_plain_line("ok  " if finding.ok else "look", name, finding))
    if report is not None:
        inside = write_bundle(workspace, report, said)
        # Beside JSON lines only those may be on standard output.
        typer.echo("\n".join([f"\n{report} holds, for you to look through:", *inside]), err=as_json)
    return 0


def _checks(workspace: Workspace) -> dict[str, Callable[[], list[Finding]]]:
    return {
        "cameras": partial(_probe, "cameras"),
        "microphones": partial(_probe, "microphones"),
        "encoders": partial(_probe, "encoders"),
        "fonts": partial(_probe, "fonts"),
        "keyring": _keyring,
        "awake": _awake,
        "disk": partial(_disk, workspace),
        "database": partial(_database, workspace),
        "destinations": partial(_destinations, workspace),
    }


def _json(name: str, finding: Finding) -> str:
    return msgspec.json.encode({"check": name, **msgspec.structs.asdict(finding)}).decode()


def _line(name: str, finding: Finding) -> str:
    mark = typer.style("ok  ", fg="green") if finding.ok else typer.style("look", fg="yellow", bold=True)
    return _plain_line(mark, name, finding)


def _plain_line(mark: str, name: str, finding: Finding) -> str:
    return f"{mark}  {name:<12}  {finding.detail}" + (f"\n{'':20}→ {finding.do}" if finding.do else "")


def _in_words(check: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return check()
    except StudioError as error:
        return [Finding(ok=False, detail=error.what, do=error.do)]


def _probe(name: str, told: bytes = b"") -> list[Finding]:
    """What a process of its own finds: a driver that hangs or crashes takes nothing of ours with it."""
    with launch("_probe", name, stdin=PIPE, stdout=PIPE) as process:
        try:
            said, _ = process.communicate(told, timeout=_PROBE_S)
        except TimeoutExpired:
            process.kill()
            hangs = Finding(
                ok=False,
                detail=f"no answer within {_PROBE_S:g} s: a driver hangs",
                do="unplug the newest device, or restart the computer",
            )
            return [hangs]
    if process.returncode != 0:
        return [
            Finding(
                ok=False,
                detail=f"looking for them ended with {process.returncode}: a driver or a library is broken",
                do="unplug the newest device, or install Benchcast again",
            )
        ]
    return [msgspec.json.decode(line, type=Finding) for line in said.splitlines()]


def _keyring() -> list[Finding]:
    return [Finding(ok=True, detail=keyring_name())]


def _awake() -> list[Finding]:
    if problem := sleep_guard():
        detail = f"the computer may fall asleep in mid-show: {problem}"
        return [Finding(ok=False, detail=detail, do="switch automatic suspend off for a long show")]
    return [Finding(ok=True, detail="the computer does not fall asleep while a show is on air")]


def _disk(workspace: Workspace) -> list[Finding]:
    free = shutil.disk_usage(workspace.recordings).free
    hours = free / _BYTES_AN_HOUR
    detail = f"room for {hours:.0f} hours of recording in {workspace.recordings}"
    if not os.access(workspace.recordings, os.W_OK):
        yours = "set BENCHCAST_HOME to a folder that you may write to"
        return [Finding(ok=False, detail=f"{workspace.recordings} cannot be written", do=yours)]
    if hours < _HOURS:
        return [Finding(ok=False, detail=detail, do="free some space, or set BENCHCAST_HOME to a larger disk")]
    if shutil.disk_usage(workspace.runtime).free < _RING_BYTES:
        small = f"{workspace.runtime} has less than {_RING_BYTES // 2**20} MB left, which pictures pass through"
        return [Finding(ok=False, detail=small, do="end other programs, or give the computer more shared memory")]
    return [Finding(ok=True, detail=detail)]


def _database(workspace: Workspace) -> list[Finding]:
    check(shop_path(workspace), new=True)
    open_shop(workspace).close()
    return [Finding(ok=True, detail="catalogue and order log can be read and written")]


def _show(workspace: Workspace) -> Show | None:
    store = WantedStore(workspace.wanted_db)
    try:
        return store.read()[1].show
    finally:
        store.close()


def _destinations(workspace: Workspace) -> list[Finding]:
    """Those of the show on air, or last on air."""
    show = _show(workspace)
    if show is None or not show.destinations:
        return [Finding(ok=True, detail="none yet: they come with the show file")]
    doors = list(_doors(show.destinations))
    reached = _probe("destinations", msgspec.json.encode(doors)) if doors else []
    return reached + [finding for one in show.destinations if (finding := _key(workspace, one)) is not None]


def _doors(destinations: tuple[Destination, ...]) -> Iterator[Door]:
    for one in destinations:
        if one.url.startswith(("rtmp://", "rtmps://")):
            address = ingest_address(one.url, one.name)
            yield Door(one.name, address.host, address.port, address.scheme == "rtmps")


def _key(workspace: Workspace, destination: Destination) -> Finding | None:
    """What is wrong with a destination's key, if anything is."""
    name = destination.name
    if destination.key_from == "env" and not os.environ.get(destination.key_env):
        unset = f"set the environment variable {destination.key_env} to its stream key"
        return Finding(ok=False, detail=f"{name}: {destination.key_env} is not set", do=unset)
    if destination.key_from == "keyring":
        try:
            read_key(workspace.id, name)
        except StudioError as error:
            return Finding(ok=False, detail=f"{name}: {error.what}", do=error.do)
    return None
