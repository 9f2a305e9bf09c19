"""Stream keys in the operating system's keyring: the only place where Benchcast keeps one."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as DeadlineError
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from studio.errors import StudioError
from studio.system.secret import Secret

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

DEADLINE_S = 5.0

# Those that keep a secret encrypted under the person's login. Others (plain files, null) count as none.
_TRUSTED = (
    "keyring.backends.macOS.Keyring",
    "keyring.backends.Windows.WinVaultKeyring",
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
)


class NoSuchKey(StudioError):
    """The keyring answered: it has no key of that name."""


def read_key(workspace_id: str, name: str, *, deadline_s: float = DEADLINE_S) -> Secret:
    """The key of a destination. Takes up to `deadline_s`: not on a thread that anybody waits for.

    Raises:
        StudioError: there is no keyring, it does not answer, or (NoSuchKey) it has no such key.
    """
    service = _service(workspace_id, name)
    found = _by_deadline(lambda keyring: keyring.get_password(service, name), deadline_s)
    if not found:
        raise NoSuchKey(
            f"the keyring has no stream key named {name}", do=f"store it with `benchcast key set {shlex.quote(name)}`"
        )
    return Secret(found)


def set_key(workspace_id: str, name: str, key: Secret, *, deadline_s: float = DEADLINE_S) -> None:
    """Store or replace a key. Raises StudioError as `read_key` does."""
    service = _service(workspace_id, name)
    _by_deadline(lambda keyring: keyring.set_password(service, name, key.reveal()), deadline_s)


def forget_key(workspace_id: str, name: str, *, deadline_s: float = DEADLINE_S) -> bool:
    """Remove a key; False: there was none. Raises StudioError when there is no keyring or it does not answer."""
    service = _service(workspace_id, name)

    def forget(keyring: KeyringBackend) -> bool:
        if keyring.get_password(service, name) is None:
            return False
        keyring.delete_password(service, name)
        return True

    return _by_deadline(forget, deadline_s)


def keyring_name(*, deadline_s: float = DEADLINE_S) -> str:
    """What keeps the keys on this computer, for `doctor`. Raises StudioError when nothing does."""
    return _by_deadline(lambda keyring: type(keyring).__module__.rpartition(".")[2], deadline_s)


def _service(workspace_id: str, name: str) -> str:
    return f"benchcast/{workspace_id}/{name}"


def _by_deadline(act: Callable[[KeyringBackend], T], deadline_s: float) -> T:
    """Run `act` on a thread of its own: a locked keyring waits for the person's password as long as it takes."""
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(act(_keyring()))
        except BaseException as error:  # noqa: BLE001 - handed over to who waits
            answer.set_exception(error)

    threading.Thread(target=run, name="keyring", daemon=True).start()
    try:
        return answer.result(deadline_s)
    except StudioError:
        raise
    except DeadlineError:
        raise StudioError(
            f"the keyring did not answer within {deadline_s:g} s", do="unlock it (it may be asking for its password)"
        ) from None
    except Exception as error:  # noqa: BLE001 - each back-end raises what lies below it
        # Only the kind of error: its words are not ours, and a key may be in them.
        raise StudioError(f"the keyring failed ({type(error).__name__})", do="unlock it, or log in again") from None


def _keyring() -> KeyringBackend:
    """The keyring to use, looked for anew each time: it may start, or be unlocked, after us."""
    from keyring import core  # a tenth of a second to import, and only needed here
    from keyring.backends.chainer import ChainerBackend

    chosen = core.load_env() or core.load_config()
    if chosen is not None and not isinstance(chosen, ChainerBackend):
        if _name(chosen) not in _TRUSTED:
            raise _no_keyring(f"the configured one, {_name(chosen)}, does not protect it")
        return chosen
    found = []
    for name in _TRUSTED:
        with suppress(Exception):  # not on this system, or not running
            found.append(core.load_keyring(name))
    if not found:
        raise _no_keyring("none is running")
    return max(found, key=lambda keyring: float(keyring.priority))


def _name(keyring: KeyringBackend) -> str:
    return f"{type(keyring).__module__}.{type(keyring).__name__}"


def _no_keyring(why: str) -> StudioError:
    return StudioError(
        f"this computer has no keyring for a stream key ({why})",
        do="use GNOME Keyring, KWallet, Keychain or the Windows Credential Manager, or key_env in the show file",
    )
