from __future__ import annotations

from studio.bench.tap import PictureWatch
from studio.outputs.chunks import ChunkWriter, Kind, Message


def _wire(*bodies: tuple[int, bytes]) -> bytes:
    writer = ChunkWriter()
    return bytes(3073) + b"".join(writer.write(Message(4, kind, 1, 0, body)) for kind, body in bodies)


def test_the_first_coded_picture_is_noticed_when_it_is_whole() -> None:
    header, sound, picture = b"\x17\0\0\0\0abc", b"\xaf\1xyz", b"\x17\1\0\0\0" + bytes(400)
    data = _wire((Kind.VIDEO, header), (Kind.AUDIO, sound), (Kind.VIDEO, picture))
    watch = PictureWatch()
    seen = [watch.feed(data[at : at + 1]) for at in range(len(data))]
    assert seen.index(True) == len(data) - 1


def test_headers_and_sound_are_no_picture() -> None:
    assert not PictureWatch().feed(_wire((Kind.VIDEO, b"\x17\0\0\0\0abc"), (Kind.AUDIO, b"\xaf\1xyz")))
