"""nginx with its RTMP module: the server that the studio and its peer publish to."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from studio.bench.ground import Ground
from studio.bench.programs import Program, free_port
from studio.errors import StudioError

_MODULES = (
    Path("/usr/lib/nginx/modules/ngx_rtmp_module.so"),
    Path("/usr/lib64/nginx/modules/ngx_rtmp_module.so"),
    Path("/usr/local/libexec/nginx/ngx_rtmp_module.so"),
)

_CONFIG = """
load_module {module};
daemon off;
master_process off;
{user}
error_log stderr warn;
pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
rtmp {{
    server {{
        listen 127.0.0.1:{port};
        application live {{ live on; }}
        application kept {{ live on; record all; record_path {folder}; record_unique on; }}
    }}
}}
"""


class Ingest:
    """An RTMP server of our own. What is published to `kept` lies in `folder` afterwards, as FLV."""

    def __init__(self, ground: Ground) -> None:
        """Start it. Raises StudioError when it or its module is not installed."""
        module = next((one for one in _MODULES if one.exists()), None)
        if module is None:
            raise StudioError(
                "nginx's RTMP module is not installed", do="make bench installs it on Debian and Ubuntu"
            )
        self._folder = ground.place("ingest")
        self.port = free_port()
        config = self._folder / "nginx.conf"
        # Without a master process there is no worker that could be left behind.
        user = "user root;" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
        config.write_text(_CONFIG.format(module=module, user=user, folder=self._folder, port=self.port), "utf-8")
        log = self._folder / "nginx.log"
        self._program = Program(["nginx", "-e", "stderr", "-p", str(self._folder), "-c", str(config)], log)
        if not ground.wait_for(self._answers, 10):
            self.stop()
            raise StudioError(f"nginx does not start: {self._program.last_words}", do="see docs/bench.md")

    def live(self, key: str) -> str:
        """Where to publish what nobody needs afterwards."""
        return f"rtmp://127.0.0.1:{self.port}/live/{key}"

    def kept(self, key: str) -> str:
        """Where to publish what will be looked at."""
        return f"rtmp://127.0.0.1:{self.port}/kept/{key}"

    def received(self, key: str) -> Path:
        """What was published to `kept` under that key. Raises StudioError when nothing was."""
        found = sorted(self._folder.glob(f"{key}-*.flv"), key=lambda path: path.stat().st_mtime_ns)
        if not found:
            raise StudioError("The server received nothing", do="see docs/bench.md")
        return found[-1]

    def stop(self) -> None:
        self._program.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        if not self._program.running:
            return True
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True
