"""Parts of a person's desktop: sound server, keyring, screen. Each in a folder and an environment of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.services.program import Program, find
from tests.services.waiting import wait_for


class PulseAudio:
    """A sound server with one microphone, `bench.monitor`, that hears what is played into it.

    Attributes:
        env: for processes that are to use it. PortAudio lists it as `pulse`.
    """

    def __init__(self, folder: Path) -> None:
        runtime = folder / "run"
        runtime.mkdir(parents=True, mode=0o700)
        socket = runtime / "native"
        self._folder = folder
        self.env = {
            "PULSE_SERVER": f"unix:{socket}",
            "PULSE_RUNTIME_PATH": str(runtime),
            "PULSE_STATE_PATH": str(runtime),
            "PULSE_COOKIE": str(runtime / "cookie"),
            "PULSE_SOURCE": "bench.monitor",
        }
        self.program = Program(
            [
                "pulseaudio",
                *["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes"],
                *["-L", f"module-native-protocol-unix socket={socket} auth-anonymous=1"],
                *["-L", "module-null-sink sink_name=bench rate=48000"],
            ],
            folder,
            env=self.env,
        )
        self._players: list[Program] = []

        def answers() -> bool:
            assert self.program.running, self.program.log
            return self._pactl("info").returncode == 0

        wait_for(answers, what="PulseAudio")

    def play(self, lavfi: str = "sine=frequency=440:sample_rate=48000") -> None:
        """Let the microphone hear a sound, as ffmpeg's lavfi describes it, until `stop_playing`."""
        sound = ["-re", "-f", "lavfi", "-i", lavfi, "-ac", "2"]
        player = Program(
            ["ffmpeg", "-hide_banner", "-nostdin", *sound, "-f", "pulse", "-device", "bench", "test"],
            self._folder,
            env=self.env,
        )
        self._players.append(player)
        wait_for(lambda: b"test" in self._pactl("list", "sink-inputs").stdout, what="the sound to play")

    def stop_playing(self) -> None:
        while self._players:
            self._players.pop().stop()

    def unplug(self) -> None:
        """The microphone goes away."""
        assert self._pactl("unload-module", "module-null-sink").returncode == 0

    def plug_in(self) -> None:
        assert self._pactl("load-module", "module-null-sink", "sink_name=bench", "rate=48000").returncode == 0

    def stop(self) -> None:
        self.stop_playing()
        self.program.stop()

    def _pactl(self, *args: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [find("pactl"), *args], env={**os.environ, **self.env}, capture_output=True, timeout=10, check=False
        )


class SecretService:
    """gnome-keyring on a session bus of its own, unlocked.

    Attributes:
        env: for processes that are to find it.
    """

    def __init__(self, folder: Path) -> None:
        home = folder / "home"
        home.mkdir(parents=True, mode=0o700)
        bus = f"unix:path={folder / 'bus'}"
        self.env = {
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "HOME": str(home),
            "XDG_DATA_HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
        }
        self._bus = Program(
            ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={bus}"], folder, env=self.env
        )
        wait_for((folder / "bus").exists, what="the session bus")
        self._daemon = Program(
            ["gnome-keyring-daemon", "--unlock", "--components=secrets", "--foreground"],
            folder,
            env=self.env,
            stdin=b"test",
        )

        def owned() -> bool:
            assert self._daemon.running, self._daemon.log
            return self._bus_call("NameHasOwner", "string:org.freedesktop.secrets").endswith("true")

        wait_for(owned, what="gnome-keyring")

    def pause(self) -> None:
        """It is there and answers nobody, as one that waits for a password."""
        self._daemon.pause()

    def resume(self) -> None:
        self._daemon.resume()

    def stop(self) -> None:
        self._daemon.stop()
        self._bus.stop()

    def _bus_call(self, method: str, *args: str) -> str:
        bus = ["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/", f"org.freedesktop.DBus.{method}"]
        answer = subprocess.run(
            [find("dbus-send"), *bus, *args],
            env={**os.environ, **self.env},
            capture_output=True,
            timeout=10,
            check=True,
        )
        return answer.stdout.decode().strip()


class Xvfb:
    """A screen that nobody sees.

    Attributes:
        env: for processes that are to show their windows there.
    """

    def __init__(self, folder: Path, size: str = "1920x1080") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        read, write = os.pipe()
        with os.fdopen(read) as number:
            with os.fdopen(write, "wb") as out:
                screen = ["-screen", "0", f"{size}x24", "-nolisten", "tcp", "-displayfd", "1"]
                self.program = Program(["Xvfb", *screen], folder, stdout=out)
            self.display = f":{number.readline().strip()}"
        assert self.display != ":", self.program.log
        self.env = {"DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}

    def stop(self) -> None:
        self.program.stop()
