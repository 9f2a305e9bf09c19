from __future__ import annotations

import struct
import subprocess
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from studio.capture.convert import Converter
from studio.capture.file import FileSource
from studio.capture.source import READ_NS, Opening, Shot
from studio.errors import StudioError
from studio.media.picture import Picture, Size
from studio.media.ring import SoundRingReader, SoundRingWriter
from studio.media.sound import Block
from studio.show.model import Source
from studio.show.plan import PictureRequest
from tests.capture.conftest import make_plan
from tests.capture.manual_clock import ManualClock


def flash_and_beep(path: Path, *, rate: str = "25", seconds: float = 2.0, options: tuple[str, ...] = ()) -> Path:
    """Black; at each whole second a white picture and a beep, both 80 ms long."""
    picture = f"color=black:s=64x48:r={rate}:d={seconds},drawbox=c=white:t=fill:enable='lt(mod(t,1),0.08)'"
    sound = f"aevalsrc='if(lt(mod(t,1),0.08),sin(6283*t)*0.5,0)':s=44100:d={seconds}"
    lavfi = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *lavfi, *options, str(path)], check=True)
    return path


def ffmpeg(*options: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *options], check=True)


class Played:
    """A clip that is read with a clock of our own."""

    def __init__(self, path: Path, ring: Path | None = None, *, loop: bool = True, late_ns: int = 0) -> None:
        self.clock, self.stop = ManualClock(late_ns), threading.Event()
        writer = SoundRingWriter(ring) if ring else None
        source = Source(name="clip", kind="file", path=str(path), loop=loop)
        self.source = FileSource(Opening(make_plan(source, sound=ring is not None), self.clock, self.stop, writer))
        self.began_ns = self.clock.now
        self._ring = SoundRingReader(ring) if ring else None
        self.blocks: list[Block] = []

    def shots(self, seconds: float) -> list[Shot]:
        found = []
        until = self.began_ns + int(seconds * 1e9)
        while self.clock.now < until:
            before = self.clock.now
            shot = self.source.read()
            assert self.clock.now - before <= READ_NS + self.clock.late_ns
            if shot is not None:
                shot.planes()
                found.append(shot)
            if self._ring is not None:
                self.blocks += self._ring.read_from(len(self.blocks))
        return found


@pytest.fixture
def flash(tmp_path: Path) -> Path:
    return flash_and_beep(tmp_path / "flash.mp4")


def test_a_clip_plays_at_its_own_rate_and_is_stamped_when_due(clips: Path) -> None:
    played = Played(clips / "bikes.mp4")
    shots = played.shots(2)
    steps = {later.stamp_ns - earlier.stamp_ns for earlier, later in pairwise(shots)}
    assert steps == {40_000_000}
    assert played.source.got == "640x272 H264 25"
    assert shots[0].planes().size == (640, 272)


def test_a_loop_goes_on_without_a_jump_in_time(flash: Path) -> None:
    shots = Played(flash).shots(9)
    steps = np.diff([shot.stamp_ns for shot in shots])
    assert len(shots) > 200
    # The clip's sound is a few milliseconds longer than its pictures: the last one stays for them.
    assert steps.min() >= 39_000_000
    assert steps.max() <= 80_000_000


def test_sound_and_pictures_stay_in_step_over_many_rounds(flash: Path, tmp_path: Path) -> None:
    assert_in_step(Played(flash, tmp_path / "ring"))


@pytest.mark.parametrize("begins", [(0, 0), (0, 1000), (1000, 0)], ids=["again", "leap", "fall"])
@pytest.mark.parametrize("repeats", [False, True])
def test_joined_clips_are_one_without_a_jump_in_time(
    tmp_path: Path, begins: tuple[int, int], *, repeats: bool
) -> None:
    parts = {
        begin: flash_and_beep(tmp_path / f"{begin}.ts", options=("-output_ts_offset", str(begin))).read_bytes()
        for begin in set(begins)
    }
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(parts[begin] for begin in begins) * (1 if repeats else 3))
    steps = assert_in_step(Played(path, tmp_path / "ring", loop=repeats))
    assert steps.min() >= 39_000_000
    assert steps.max() <= 130_000_000


def test_a_stream_without_any_time_stamps_is_repeated_without_a_jump_in_time(tmp_path: Path) -> None:
    path = tmp_path / "bare.h264"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=1", "-c:v", "libx264", str(path))
    stamps = [shot.stamp_ns for shot in Played(path).shots(3.5)]
    assert set(np.diff(stamps)) == {40_000_000}


def test_a_clip_whose_sound_comes_first_in_the_file_is_shown_to_its_end(flash: Path, tmp_path: Path) -> None:
    path = tmp_path / "turned.mkv"
    ffmpeg("-i", str(flash), "-map", "0:a", "-map", "0:v", "-c", "copy", str(path))
    shots = Played(path, loop=False).shots(2.1)
    assert len({shot.stamp_ns for shot in shots}) == 50


def assert_in_step(played: Played) -> np.ndarray:
    """Five rounds of two seconds of flashes and beeps. The steps between pictures."""
    shots = played.shots(9.5)
    assert len(shots) > 200
    flashes = [one.stamp_ns for one in shots if one.planes().y.mean() > 128]
    starts_seen = [one for one, before in zip(flashes, [0, *flashes], strict=False) if one - before > 500_000_000]
    heard = [
        block.stamp_ns + int(np.argmax(np.abs(block.samples[:, 0]) > 0.05)) * 10**9 // block.rate
        for block in played.blocks
        if np.abs(block.samples).max() > 0.05
    ]
    starts_heard = [one for one, before in zip(heard, [0, *heard], strict=False) if one - before > 500_000_000]
    assert len(starts_seen) == len(starts_heard) == 10
    assert max(abs(a - b) for a, b in zip(starts_seen, starts_heard, strict=True)) < 20_000_000
    return np.diff([shot.stamp_ns for shot in shots])


def test_sound_is_stereo_at_48_kHz_and_without_gaps(flash: Path, tmp_path: Path) -> None:
    played = Played(flash, tmp_path / "ring")
    played.shots(1.9)
    assert {block.rate for block in played.blocks} == {48_000}
    ends = [block.stamp_ns + len(block.samples) * 10**9 // 48_000 for block in played.blocks]
    assert max(abs(later.stamp_ns - end) for end, later in zip(ends, played.blocks[1:], strict=False)) < 1_000


def test_a_clip_that_is_not_repeated_stays_on_its_last_picture(flash: Path) -> None:
    shots = Played(flash, loop=False).shots(5)
    last = [shot.stamp_ns for shot in shots if shot.stamp_ns > shots[0].stamp_ns + 2_500_000_000]
    assert len(last) >= 5
    assert max(np.diff(last)) <= 400_000_000


def test_pictures_far_apart_are_shown_again_until_the_next(tmp_path: Path) -> None:
    path = tmp_path / "slides.mkv"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=1/2:d=6", "-c:v", "mjpeg", str(path))
    shots = Played(path).shots(13)
    steps = np.diff([shot.stamp_ns for shot in shots])
    assert steps.min() >= 240_000_000  # never so soon before the next that its feed would leave that out
    assert steps.max() <= 500_000_000  # a second without a picture would be "frozen"
    first_seen = {shot.planes().y.tobytes(): shot.stamp_ns for shot in reversed(shots)}
    assert np.diff(sorted(first_seen.values())).tolist() == [2_000_000_000] * 2


def test_sound_with_a_cover_shows_the_cover_all_the_time(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    cover = ("-f", "lavfi", "-i", "testsrc=s=64x48:d=0.04", "-c:v", "mjpeg", "-disposition:v", "attached_pic")
    ffmpeg("-f", "lavfi", "-i", "sine=d=3", *cover, "-map", "0", "-map", "1", str(path))
    shots = Played(path, tmp_path / "ring").shots(7)
    assert np.diff([shot.stamp_ns for shot in shots]).max() <= 500_000_000


@pytest.mark.parametrize("rate", ["5", "30000/1001", "60", "120"])
def test_any_rate_is_played_in_its_own_time(tmp_path: Path, rate: str) -> None:
    path = flash_and_beep(tmp_path / "clip.mkv", rate=rate, seconds=1, options=("-an", "-c:v", "mjpeg"))
    shots = Played(path).shots(2.5)
    count, seconds = len(shots) - 1, (shots[-1].stamp_ns - shots[0].stamp_ns) / 1e9
    expected = float(rate.split("/")[0]) / float((rate + "/1").split("/")[1])
    assert count / seconds == pytest.approx(expected, rel=0.03)


def test_the_rate_may_change_in_mid_stream(tmp_path: Path) -> None:
    path = tmp_path / "rates.mkv"
    parts = ("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=1", "-f", "lavfi", "-i", "testsrc=s=64x48:r=30:d=1")
    ffmpeg(*parts, "-filter_complex", "concat", "-fps_mode", "passthrough", "-c:v", "mjpeg", str(path))
    steps = np.diff([shot.stamp_ns for shot in Played(path).shots(4.3)])[:80]
    assert np.abs(steps - ([100_000_000] * 10 + [33_333_333] * 30) * 2).max() < 2_000_000  # it counts milliseconds


def test_a_computer_that_slept_goes_on_from_now(flash: Path) -> None:
    played = Played(flash)
    played.shots(1)
    played.clock.now += 60 * 10**9
    shot = next(one for one in iter(played.source.read, object()) if isinstance(one, Shot))
    assert abs(shot.stamp_ns - played.clock.now) < 100_000_000


def test_an_odd_size_is_read(tmp_path: Path) -> None:
    lavfi = ["-f", "lavfi", "-i", "testsrc=s=333x251:r=10:d=1", "-c:v", "mjpeg", "-pix_fmt", "yuvj422p"]
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *lavfi, str(tmp_path / "odd.mkv")], check=True)
    assert Played(tmp_path / "odd.mkv").shots(0.5)[0].planes().size == (332, 250)


def test_a_phones_clip_that_was_held_upright_stands_upright(tmp_path: Path) -> None:
    path = tmp_path / "phone.mp4"
    right_is_white = "color=black:s=64x48:r=25:d=1,drawbox=x=32:c=white:t=fill"
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", right_is_white, str(path)], check=True)
    data = bytearray(path.read_bytes())
    # ISO/IEC 14496-12 §8.3.2: the track header's matrix, here "turn clockwise by a quarter to show".
    at = data.index(b"tkhd") + 44
    data[at : at + 20] = struct.pack(">5i", 0, 1 << 16, 0, -(1 << 16), 0)
    path.write_bytes(data)
    planes = Played(path).shots(0.2)[0].planes()
    slot = Picture.black(Size(48, 64))
    assert Converter([PictureRequest(48, 64, "cover")]).convert(planes, [slot]) == [(0, 0, 48, 64)]
    assert slot.y[4, 24] < 30
    assert slot.y[60, 24] > 200


@pytest.mark.parametrize("coded", [("-c:v", "libx264"), ("-c:v", "ffv1", "-f", "matroska")])
def test_pixels_that_are_not_square_are_told(tmp_path: Path, coded: tuple[str, ...]) -> None:
    path = tmp_path / "wide.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=1,setsar=4/3", *coded, str(path))
    assert {shot.planes().pixel_aspect for shot in Played(path).shots(0.5)} == {4 / 3}


def test_what_the_container_says_of_its_pixels_goes_before_what_they_say(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=1", "-c:v", "libx264", str(tmp_path / "plain.mp4"))
    ffmpeg("-i", str(tmp_path / "plain.mp4"), "-c", "copy", "-aspect", "2:1", str(tmp_path / "wide.mp4"))
    assert {shot.planes().pixel_aspect for shot in Played(tmp_path / "wide.mp4").shots(0.5)} == {1.5}


def test_the_shape_of_pixels_may_change_in_mid_stream(tmp_path: Path) -> None:
    path, joined = tmp_path / "part.ts", b""
    for shape in ("1", "4/3", "1"):
        ffmpeg("-f", "lavfi", "-i", f"testsrc=s=64x48:r=25:d=1,setsar={shape}", "-c:v", "libx264", str(path))
        joined += path.read_bytes()
    path.write_bytes(joined)
    found = [shot.planes().pixel_aspect for shot in Played(path).shots(3)][:75]
    assert found == [1.0] * 25 + [4 / 3] * 25 + [1.0] * 25


def test_a_damaged_clip_goes_on_behind_the_damage(tmp_path: Path) -> None:
    av_clip = tmp_path / "damaged.mkv"
    lavfi = ["-f", "lavfi", "-i", "testsrc=s=320x240:r=25:d=2", "-c:v", "mjpeg"]
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *lavfi, str(av_clip)], check=True)
    data = bytearray(av_clip.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    av_clip.write_bytes(data)
    shots = Played(av_clip).shots(1.9)
    assert len(shots) > 20


def broken(tmp_path: Path) -> Path:
    (tmp_path / "text.mp4").write_text("not a clip", encoding="utf-8")
    return tmp_path / "text.mp4"


def sound_only(tmp_path: Path) -> Path:
    with av.open(str(tmp_path / "sound.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), "s16", "mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
    return tmp_path / "sound.wav"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "gone.mp4", "The clip gone.mp4 cannot be opened"),
        (broken, "The clip text.mp4 cannot be opened"),
        (sound_only, "The clip sound.wav holds no pictures"),
    ],
)
def test_a_file_that_is_no_clip_is_said_in_words(tmp_path: Path, make: Callable[[Path], Path], words: str) -> None:
    with pytest.raises(StudioError, match=words):
        Played(make(tmp_path))


def test_a_sound_file_can_be_a_source_that_is_only_heard(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="holds only sound"):
        Played(sound_only(tmp_path), tmp_path / "ring")
