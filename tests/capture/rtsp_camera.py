"""An RTSP camera: ffmpeg's own RTP packets, handed to one viewer at a time within its RTSP connection.

RFC 2326 §10 (the requests) and §10.12 (interleaved data); Debian has no small server that speaks it so.
"""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from pathlib import Path

from tests.services.program import Program, free_port
from tests.services.waiting import wait_for


class RtspCamera:
    """H.264 with a key frame each half second."""

    def __init__(self, folder: Path, clip: Path, *, port: int = 0) -> None:
        """`port`: where it listens; default: any that is free."""
        self._rtp = socket.socket(type=socket.SOCK_DGRAM)
        self._rtp.bind(("127.0.0.1", 0))
        self._rtp.settimeout(0.1)
        sdp = folder / "camera.sdp"
        coded = [
            "-an",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-tune",
            "zerolatency",
            "-g",
            "12",
            "-sdp_file",
            str(sdp),
        ]
        to = ["-f", "rtp", f"rtp://127.0.0.1:{self._rtp.getsockname()[1]}?rtcpport={free_port()}"]
        clip_again = ["-re", "-stream_loop", "-1", "-i", str(clip)]
        self._ffmpeg = Program(["ffmpeg", "-hide_banner", "-nostdin", *clip_again, *coded, *to], folder)
        self._sdp = wait_for(lambda: sdp.read_text() if sdp.exists() and "a=fmtp" in sdp.read_text() else "")
        self._listener = socket.create_server(("127.0.0.1", port))
        self._listener.settimeout(0.1)
        self.url = f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}/cam"
        self.requests: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._ffmpeg.stop()
        self._listener.close()
        self._rtp.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(TimeoutError):
                viewer, _ = self._listener.accept()
                with viewer, suppress(OSError):
                    self._serve(viewer)

    def _serve(self, viewer: socket.socket) -> None:
        playing = False
        viewer.settimeout(0.01)
        while not self._stop.is_set():
            with suppress(TimeoutError):
                request = viewer.recv(4096).decode("latin-1")
                if not request:
                    return
                if not request.startswith("$"):  # else RTCP from the viewer
                    playing = self._answer(viewer, request) or playing
            with suppress(TimeoutError):
                packet = self._rtp.recv(65536)
                if playing:
                    viewer.sendall(b"$\0" + len(packet).to_bytes(2, "big") + packet)

    def _answer(self, viewer: socket.socket, request: str) -> bool:
        """Whether the viewer wants it to play now."""
        method = request.split(" ", 1)[0]
        self.requests.append(method)
        sequence = re.search(r"CSeq: *(\d+)", request, re.IGNORECASE)
        assert sequence
        extra, body = "", ""
        if method == "OPTIONS":
            extra = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
        elif method == "DESCRIBE":
            body = re.sub(r"m=video \d+", "m=video 0", self._sdp.removeprefix("SDP:\n")) + "a=control:track\r\n"
            extra = f"Content-Base: {self.url}/\r\nContent-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
        elif method == "SETUP":
            extra = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
        answer = f"RTSP/1.0 200 OK\r\nCSeq: {sequence.group(1)}\r\nSession: 1\r\n{extra}\r\n{body}"
        viewer.sendall(answer.encode())
        return method == "PLAY"
