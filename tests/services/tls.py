"""TLS in front of a plain server, by stunnel, under a certificate authority of the test's own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import trustme

from tests.services.program import Program, free_port


class TlsFront:
    """Listens with TLS and passes on to a plain port of the loopback.

    Attributes:
        ca_file: the authority that signed it. A process that is to trust it gets `SSL_CERT_FILE` set to it.
    """

    def __init__(
        self,
        folder: Path,
        target_port: int,
        *,
        host: str = "localhost",
        authority: trustme.CA | None = None,
        not_after: datetime | None = None,
    ) -> None:
        """`host` is whom the certificate names; ask for another to see it refused."""
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        authority = authority or trustme.CA()
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        certificate = authority.issue_cert(host, not_after=not_after)
        certificate.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
        config = folder / "stunnel.conf"
        config.write_text(
            f"foreground = yes\npid =\nsyslog = no\n[front]\naccept = 127.0.0.1:{self.port}\n"
            f"connect = 127.0.0.1:{target_port}\ncert = {folder / 'server.pem'}\n",
            encoding="utf-8",
        )
        self.program = Program(["stunnel", str(config)], folder)
        self.program.wait_listening(self.port)

    def url(self, key: str, host: str = "localhost") -> str:
        return f"rtmps://{host}:{self.port}/live/{key}"

    def stop(self) -> None:
        self.program.stop()
