"""The microphone goes and comes, at a sound server of its own."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from studio.bench.media import sound
from studio.bench.result import Result, judged
from tests.faults.arrivals import longest_gap_s, longest_step_ms
from tests.faults.ground import Trial
from tests.faults.recorded import pictures_of
from tests.faults.results import back
from tests.faults.stage import on_air
from tests.faults.untouched import untouched
from tests.services.desktop import PulseAudio

_LOUD = 0.02  # of full scale: the tone is far above, noise far below
_BLOCK = 480
_GAP_MS = 25  # a piece of AAC lasts 21⅓ ms, and servers stamp whole ones


def microphone(trial: Trial) -> list[Result]:
    """The sound server's only source is removed, and added again."""
    service = PulseAudio(trial.ground.place("sound"))
    try:
        service.play()
        with on_air(trial, voice='kind = "microphone"\ndevice = "pulse"', env=service.env) as stage:
            before = stage.mark()
            service.unplug()
            stage.wait(trial.times.away)
            said = next((one.reason or one.state for one in stage.studio.status.sources if one.name == "voice"), "")
            service.stop_playing()
            service.plug_in()
            service.play()
            again_ns = trial.now_ns()
            stage.wait(trial.times.after + 5)
            after = stage.mark()
            stage.end()
            account = stage.account()
            recording = stage.recording()
            begin_s = pictures_of(recording)[0].show_s
            samples, sound_s, rate = sound(recording)
            recorded_ms = _sound_gap_ms(recording)
            arrived = [list(tail.sounds) for tail in stage.tails]
    finally:
        service.stop()
    gone_s, again_s = ((at_ns - account.started_ns) / 1e9 + begin_s - sound_s for at_ns in (before.at_ns, again_ns))
    heard = loud_from_s(samples, rate, gone_s, again_s)
    steps_ms = [recorded_ms, *(longest_step_ms(one) for one in arrived)]
    waited_s = max(longest_gap_s(one, before.at_ns, after.at_ns) for one in arrived)
    return [
        back(
            "microphone", "microphone gone and back: sound again", [heard], 3, trial.times.back, f"meanwhile: {said}"
        ),
        *untouched("microphone.pictures", "… frames lost", account, before, after, recording=True),
        judged(
            "microphone.gap",
            "… longest gap in the sound's time stamps, in the recording and at the servers",
            max(steps_ms) if all(arrived) else float("inf"),
            "ms",
            bound=_GAP_MS,
            detail=f"each: {', '.join(f'{one:.1f}' for one in steps_ms)} ms; longest without sound at a server "
            f"{waited_s:.2f} s",
        ),
    ]


def loud_from_s(samples: NDArray[np.float32], rate: int, gone_s: float, again_s: float) -> float | None:
    """Seconds after `again_s` at which it is loud again, after it was silent since `gone_s`. Pure."""
    whole = len(samples) // _BLOCK * _BLOCK
    loud = np.abs(samples[:whole]).reshape(-1, _BLOCK).max(axis=1) > _LOUD
    first = int(again_s * rate) // _BLOCK
    silent = ~loud[int(gone_s * rate) // _BLOCK : first]
    if not silent.any():
        return 0.0
    later = np.flatnonzero(loud[first:])
    return float(later[0]) * _BLOCK / rate if len(later) else None


def _sound_gap_ms(path: Path) -> float:
    """The longest step between two sound packets of a file."""
    with av.open(str(path)) as container:
        times = [
            float(one.pts * one.time_base)
            for one in container.demux(audio=0)
            if one.pts is not None and one.time_base is not None
        ]
    return float(np.diff(np.sort(times)).max()) * 1000
