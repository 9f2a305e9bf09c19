"""nginx with its RTMP module: an ingest like those of the platforms."""

from __future__ import annotations

import os
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.services.program import Program, free_port

_MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")

_CONFIG = """
load_module {module};
daemon off;
{user}
worker_processes 1;
error_log stderr notice;
pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
rtmp {{
    server {{
        listen {host}:{port};
        notify_method get;
        ping 5s;
        ping_timeout 5s;
        application live {{
            live on;
            {record}
            {access}
            on_publish http://127.0.0.1:{http}/publish;
        }}
    }}
}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{http};
        location /stat {{ rtmp_stat all; }}
        location /publish {{
            access_log {folder}/publishes.log;
            if ($arg_name = "{bad_key}") {{ return 403; }}
            return 200;
        }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class StreamStat:
    """One stream as the server itself counts it."""

    name: str
    publishing: bool
    bytes_in: int
    video_bits_per_s: int
    audio_bits_per_s: int
    width: int
    height: int
    fps: float
    video_codec: str
    audio_codec: str
    clients: int
    dropped: int


class NginxRtmp:
    """A server at one port; it may be stopped, killed and started again there.

    Attributes:
        bad_key: the one stream key that it refuses.
        recordings_folder: one FLV for each publish, when it records.
    """

    bad_key = "bad-key"

    def __init__(
        self,
        folder: Path,
        *,
        record: bool = False,
        port: int | None = None,
        host: str = "127.0.0.1",
        may_publish: bool = True,
    ) -> None:
        """`host` is the address of this computer at which it listens. Without `may_publish` it hangs up on all."""
        self._folder, self._host = folder, host
        self.recordings_folder = folder / "recordings"
        self.recordings_folder.mkdir(parents=True)
        self.port = port or free_port()
        self.http_port = free_port()
        records = f"record all; record_path {self.recordings_folder}; record_unique on;"
        (folder / "nginx.conf").write_text(
            _CONFIG.format(
                module=_MODULE,
                user="user root;" if os.geteuid() == 0 else "",
                folder=folder,
                host=host,
                port=self.port,
                http=self.http_port,
                record=records if record else "record off;",
                bad_key=self.bad_key,
                access="" if may_publish else "deny publish all;",
            ),
            encoding="utf-8",
        )
        self.start()

    @property
    def app_url(self) -> str:
        """The address without a key."""
        return f"rtmp://{self._host}:{self.port}/live"

    def url(self, key: str) -> str:
        return f"{self.app_url}/{key}"

    def start(self) -> None:
        """Start it (again), at the same port."""
        assert _MODULE.exists(), "libnginx-mod-rtmp is not installed; `make setup` names the packages"
        config = str(self._folder / "nginx.conf")
        self.program = Program(["nginx", "-e", "stderr", "-p", str(self._folder), "-c", config], self._folder)
        self.program.wait_listening(self.port)
        self.program.wait_listening(self.http_port)

    def streams(self) -> dict[str, StreamStat]:
        """What it counts, by stream key."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/stat", timeout=5) as answer:
            root = ElementTree.parse(answer).getroot()
        return {stat.name: stat for stat in map(_read_stat, root.iterfind("./server/application/live/stream"))}

    def asked(self, key: str) -> int:
        """How many times somebody wanted to publish under a key, refused or not."""
        log = self._folder / "publishes.log"
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
        return sum(f"name={key}&" in line for line in lines)

    def recordings(self, key: str) -> list[Path]:
        """What it recorded of a key, oldest first."""
        found = self.recordings_folder.glob(f"{key}-*.flv")
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)

    def pause(self) -> None:
        """It keeps its connections and takes nothing."""
        self.program.pause()

    def resume(self) -> None:
        self.program.resume()

    def kill(self) -> None:
        self.program.kill()

    def stop(self) -> None:
        self.program.stop()


def _read_stat(stream: ElementTree.Element) -> StreamStat:
    def number(path: str) -> float:
        return float(stream.findtext(path) or 0)

    return StreamStat(
        name=stream.findtext("name") or "",
        publishing=stream.find("publishing") is not None,
        bytes_in=int(number("bytes_in")),
        video_bits_per_s=int(number("bw_video")),
        audio_bits_per_s=int(number("bw_audio")),
        width=int(number("meta/video/width")),
        height=int(number("meta/video/height")),
        fps=number("meta/video/frame_rate"),
        video_codec=stream.findtext("meta/video/codec") or "",
        audio_codec=stream.findtext("meta/audio/codec") or "",
        clients=int(number("nclients")),
        dropped=sum(int(one.text or 0) for one in stream.iterfind("client/dropped")),
    )
