"""Stream keys go into the system's keyring, and nowhere else."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.errors import StudioError
from studio.system.secret import Secret
from studio.workspace.keys import forget_key, keyring_name, read_key, set_key
from tests.services.desktop import SecretService

CANARY = "canary-7f3a-key"


def test_a_key_is_kept_replaced_and_forgotten(secret_service: SecretService) -> None:
    set_key("w1", "youtube", Secret("first"))
    set_key("w1", "youtube", Secret(CANARY))
    assert read_key("w1", "youtube").reveal() == CANARY
    assert forget_key("w1", "youtube")
    assert not forget_key("w1", "youtube")
    with pytest.raises(StudioError, match="benchcast key set youtube"):
        read_key("w1", "youtube")
    with pytest.raises(StudioError) as caught:
        read_key("w1", "na me")
    assert "`benchcast key set 'na me'`" in caught.value.do


def test_a_key_belongs_to_its_workspace_alone(secret_service: SecretService) -> None:
    set_key("w1", "youtube", Secret(CANARY))
    with pytest.raises(StudioError):
        read_key("w2", "youtube")


def test_a_key_is_in_no_file_in_clear(secret_service: SecretService, tmp_path: Path) -> None:
    set_key("w1", "youtube", Secret(CANARY))
    assert keyring_name() == "SecretService"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if CANARY.encode() in path.read_bytes()]


def test_a_keyring_that_waits_for_its_password_is_not_waited_for(secret_service: SecretService) -> None:
    set_key("w1", "youtube", Secret(CANARY))
    secret_service.pause()
    with pytest.raises(StudioError, match=r"did not answer within 0.2 s"):
        read_key("w1", "youtube", deadline_s=0.2)
    secret_service.resume()
    assert read_key("w1", "youtube").reveal() == CANARY


def test_a_keyring_that_starts_after_us_is_found(
    secret_service: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before_its_start:
        before_its_start.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
        with pytest.raises(StudioError, match="no keyring"):
            keyring_name()
    assert keyring_name() == "SecretService"


@pytest.mark.parametrize("backend", ["null", "fail"])
def test_a_backend_that_protects_nothing_counts_as_none(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"keyring.backends.{backend}.Keyring")
    with pytest.raises(StudioError, match="no keyring") as caught:
        set_key("w1", "youtube", Secret(CANARY))
    assert CANARY not in str(caught.value)
    assert "GNOME Keyring" in caught.value.do


def test_a_chain_without_a_real_keyring_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.chainer.ChainerBackend")
    with pytest.raises(StudioError, match="no keyring"):
        read_key("w1", "youtube")


def test_without_any_keyring_the_person_is_told_what_to_do() -> None:
    with pytest.raises(StudioError, match="none is running") as caught:
        read_key("w1", "youtube")
    assert "key_env" in caught.value.do


def test_a_keyring_has_five_seconds_for_whatever_it_is_asked() -> None:
    acts: list[Callable[..., object]] = [read_key, set_key, forget_key, keyring_name]
    assert [inspect.signature(act).parameters["deadline_s"].default for act in acts] == [5.0] * 4
