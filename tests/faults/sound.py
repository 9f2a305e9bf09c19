"""The microphone goes and comes, at a sound server of its own."""

from __future__ import annotations

import av
import numpy as np
from numpy.typing import NDArray

from studio.bench.media import sound
from studio.bench.result import Result, judged
from tests.faults.ground import Trial
from tests.faults.results import back, lost
from tests.faults.stage import on_air
from tests.services.desktop import PulseAudio

_LOUD = 0.02  # of full scale: the tone is far above, noise far below
_BLOCK = 480


def microphone(trial: Trial) -> list[Result]:
    """The sound server's only source is removed, and added again."""
    service = PulseAudio(trial.ground.place("sound"))
    try:
        service.play()
        with on_air(trial, voice='kind = "microphone"\ndevice = "pulse"', env=service.env) as stage:
            before, at_ns = stage.studio.status, trial.now_ns()
            service.unplug()
            stage.wait(trial.times.away)
            said = next((one.reason or one.state for one in stage.studio.status.sources if one.name == "voice"), "")
            service.stop_playing()
            service.plug_in()
            service.play()
            again_ns = trial.now_ns()
            stage.wait(trial.times.after + 5)
            until_ns = trial.now_ns()
            skipped = stage.skipped(before)
            stage.end()
            counts = stage.losses(at_ns, until_ns)[:2]
            recording, start_ns = stage.recordings()[-1], stage.started_ns()
    finally:
        service.stop()
    samples, begin_s, rate = sound(recording)
    heard = loud_from_s(samples, rate, (at_ns - start_ns) / 1e9 - begin_s, (again_ns - start_ns) / 1e9 - begin_s)
    return [
        back(
            "microphone", "microphone gone and back: sound again", [heard], 3, trial.times.back, f"meanwhile: {said}"
        ),
        lost("microphone.pictures", "… frames lost at the servers", counts, detail=f"{skipped} ticks skipped"),
        judged(
            "microphone.gap",
            "… longest gap in the sound's time stamps",
            _sound_gap_ms(str(recording)),
            "ms",
            bound=25,
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


def _sound_gap_ms(path: str) -> float:
    """The longest step between two sound packets."""
    with av.open(path) as container:
        times = [
            float(one.pts * one.time_base)
            for one in container.demux(audio=0)
            if one.pts is not None and one.time_base is not None
        ]
    return float(np.diff(np.sort(times)).max()) * 1000
