"""The ffmpeg command line as a second RTMP server, and as a network camera."""

from __future__ import annotations

from pathlib import Path

from tests.services.program import Program, free_port


class FfmpegListener:
    """Takes one RTMP publish, of any key, into a file, and ends with it."""

    def __init__(self, folder: Path, *, key: str = "key") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.received = folder / "received.mkv"
        self.app_url = f"rtmp://127.0.0.1:{self.port}/live"
        listen = ["-listen", "1", "-i", f"{self.app_url}/{key}"]
        self.program = Program(
            ["ffmpeg", "-hide_banner", "-nostdin", "-y", *listen, "-c", "copy", str(self.received)], folder
        )
        self.program.wait_listening(self.port)

    def url(self, key: str) -> str:
        return f"{self.app_url}/{key}"

    def finish(self) -> Path:
        """Wait until the publish is over; what was received."""
        self.program.wait_ended()
        return self.received

    def stop(self) -> None:
        self.program.stop()


class MjpegCamera:
    """A phone as a camera: motion JPEG over HTTP. Takes one viewer at a time; `start` again for the next.

    Its pictures begin with the viewer: ffmpeg's HTTP server opens nothing before.
    """

    def __init__(
        self, folder: Path, *, clip: Path | None = None, size: str = "640x480", fps: int = 25, port: int | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}/video"
        test_picture = ["-re", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate={fps}"]
        self._input = ["-re", "-stream_loop", "-1", "-i", str(clip)] if clip else test_picture
        self.start()

    def start(self) -> None:
        jpeg = ["-an", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "3", "-f", "mpjpeg"]
        kind = ["-content_type", "multipart/x-mixed-replace;boundary=ffmpeg"]  # as real cameras say
        self.program = Program(
            ["ffmpeg", "-hide_banner", "-nostdin", *self._input, *jpeg, *kind, "-listen", "1", self.url], self._folder
        )
        self.program.wait_listening(self.port)

    def pause(self) -> None:
        """It keeps the connection and sends nothing."""
        self.program.pause()

    def resume(self) -> None:
        self.program.resume()

    def kill(self) -> None:
        self.program.kill()

    def stop(self) -> None:
        self.program.stop()
