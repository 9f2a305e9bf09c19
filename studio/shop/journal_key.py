"""The key of the order journal: whoever may write the workspace seals a record, only the key's holder opens it.

Sealing is HPKE's base mode (RFC 9180) with a public key that lies beside the journal, so an order never waits for a
keyring. The private key is asked for only when records have to be read.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import StudioError
from studio.system.durable import write_durably
from studio.system.secret import Secret
from studio.workspace.keys import NoSuchKey, read_key, set_key
from studio.workspace.paths import Workspace

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.hpke import Suite

_NAME = "order-journal"


class KeyLost(StudioError):
    """The key is nowhere any more: what it sealed stays sealed."""


class JournalKeys:
    """The pair of one journal. Its public half is a file; the other is in the keyring, else a private file."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self._workspace = workspace
        self._public, self._private = folder / f"{_NAME}.public", folder / f"{_NAME}.private"

    def seal(self, plain: bytes, header: bytes) -> bytes:
        """Seal a record together with its header; the first time a pair is made. Raises StudioError or OSError."""
        public = self._read_public() or self.make()
        return _suite().encrypt(plain, public, info=header)

    def opener(self) -> Opener:
        """What opens records. May take a keyring's deadline. Raises StudioError (KeyLost: no hope of it)."""
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        public = self._read_public()
        with contextlib.suppress(OSError, ValueError):
            own = X25519PrivateKey.from_private_bytes(bytes.fromhex(self._private.read_text(encoding="ascii")))
            if public == own.public_key():
                return Opener(own)
        try:
            kept = read_key(self._workspace.id, _NAME).reveal()
        except NoSuchKey:
            raise _lost() from None
        try:
            own = X25519PrivateKey.from_private_bytes(bytes.fromhex(kept))
        except ValueError:
            raise _lost() from None
        if public != own.public_key():
            raise _lost()
        return Opener(own)

    def make(self) -> X25519PublicKey:
        """A new pair in the place of whatever is there. Raises OSError when it cannot be written."""
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        own = X25519PrivateKey.generate()
        kept = own.private_bytes_raw().hex()
        try:
            set_key(self._workspace.id, _NAME, Secret(kept))
            self._private.unlink(missing_ok=True)
        except StudioError:
            # Without a keyring: it opens nothing that does not lie in clear in the database beside it.
            write_durably(self._private, kept.encode("ascii"))
        write_durably(self._public, own.public_key().public_bytes_raw())
        return own.public_key()

    def _read_public(self) -> X25519PublicKey | None:
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

        try:
            return X25519PublicKey.from_public_bytes(self._public.read_bytes())
        except (OSError, ValueError):
            return None


class Opener:
    """Opens what was sealed for its key."""

    def __init__(self, own: X25519PrivateKey) -> None:
        self._own = own

    def open(self, sealed: bytes, header: bytes) -> bytes | None:
        """The record; None: it is another key's, or not what was written."""
        from cryptography.exceptions import InvalidTag

        try:
            return _suite().decrypt(sealed, self._own, info=header)
        except (InvalidTag, ValueError):
            return None


def _suite() -> Suite:
    # Here and not above: most commands need none of it.
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _lost() -> KeyLost:
    return KeyLost(
        "the order journal's key is not in this computer's keyring",
        do="log in as the user who took the orders; orders that only the journal has cannot be read without it",
    )
