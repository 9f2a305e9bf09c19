"""The processes that the keeper starts and watches. An earlier keeper's are adopted by the locks they hold."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable
from subprocess import PIPE, Popen, TimeoutExpired

import msgspec

from studio.keeper.deaths import Deaths
from studio.keeper.heartbeat import Pulse
from studio.media.clock import Clock
from studio.show.beat import read_beat
from studio.show.plan import REPORT_BYTES, SourceOrder, SourcePlan, SourceReport
from studio.system import abort, kill, terminate
from studio.system.locks import is_held
from studio.system.processes import launch
from studio.system.restarts import Restarts
from studio.workspace.crashes import Death, left_behind
from studio.workspace.link import Link, Message
from studio.workspace.logs import error_file
from studio.workspace.paths import Workspace
from studio.workspace.slots import SlotReader, SlotWriter

log = logging.getLogger(__name__)

# A source's work loop without a sign of life. Its next process needs a second for its libraries: three seconds after
# its last picture there is a new one.
HUNG_NS = 1_500_000_000
WELL_NS = 3_000_000_000  # a source that ran for so long is started at once again
OPENING_NS = 15_000_000_000  # opening may take a driver longer
REOPENING_NS = 3_000_000_000  # but not one that has opened it before; and longer each time, for some are slow
LAST_WORDS_NS = 300_000_000  # for an engine that hangs to say where, before it is ended without a question
_LOOKS = 5
_DEATH_S = 1.0
CRASHES = 3  # in a row before anything came: it does not open


class EngineChild:
    """The engine: ours, or one that a keeper before us started and that has linked itself to us."""

    def __init__(self, workspace: Workspace, clock: Clock, on_message: Callable[[Message, Link], None]) -> None:
        self._workspace, self._clock, self._on_message = workspace, clock, on_message
        self._process: Popen[bytes] | None = None
        self._link: Link | None = None
        self.deaths = Deaths(workspace, clock)
        self._said_from = 0  # where its words begin in the error file
        self._restarts = Restarts()
        self._started_ns = 0
        self._pulse = Pulse(clock.now_ns())
        self._aborted_ns = 0  # when it was told to end, for it hangs
        self._reaped = 0  # the last one of ours that ended

    @property
    def running(self) -> bool:
        if self._process is not None and self._process.poll() is None:
            if self._clock.now_ns() - self._started_ns > 10_000_000_000:
                self._restarts.fine()
            return True
        return is_held(self._workspace.lock("engine"))

    def start(self) -> None:
        """Start it, unless it has just failed."""
        now = self._clock.now_ns()
        if not self._restarts.may_start(now):
            return
        self._restarts.started(now)
        self._started_ns, self._aborted_ns = now, 0
        self._pulse.anew(now)
        self.reap()  # one that ended since it was last looked for
        self._tell_of_others()
        errors = error_file(self._workspace, "engine")
        self._said_from = errors.tell() if errors is not None else 0
        try:
            self._process = launch("_engine", stdin=PIPE, stdout=PIPE, stderr=errors)
        except OSError as error:
            log.error("the engine cannot be started: %s", error)
            return
        finally:
            if errors is not None:
                errors.close()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps({"home": str(self._workspace.home)}).encode() + b"\n")
            self._process.stdin.flush()
        # The pipe to read from is closed by the thread that reads, once the other end is gone.
        self._link = link = Link(
            self._process.stdout,
            self._process.stdin,
            lambda message: self._on_message(message, link),
            self._process.stdout.close,
        )
        link.start()
        log.info("started the engine, process %d", self._process.pid)

    def tend(self) -> None:
        """Kill it when it ticks no more. To be called while it is `running`."""
        now, beat = self._clock.now_ns(), read_beat(self._workspace.beat)
        pid = self._process.pid if self._process is not None else 0
        if self._aborted_ns and now - self._aborted_ns > LAST_WORDS_NS:
            end, self._aborted_ns = kill, 0
        elif self._pulse.is_dead(beat, pid, now):
            log.error("the engine gives no sign of life, and is started anew")
            end, self._aborted_ns = abort, now
            self._pulse.anew(now)
        else:
            return
        if pid:
            end(pid)
        elif beat is not None and is_held(self._workspace.lock("engine")):
            end(beat.pid)  # its lock is held, so the process that wrote this number lives

    def woke(self) -> None:
        """Nobody was awake until now: it may take its time for a first tick."""
        self._pulse.anew(self._clock.now_ns())

    def reap(self) -> None:
        self.deaths.look()
        if self._process is not None and self._process.poll() is not None:
            log.info("the engine ended with %s", self._process.returncode)
            self.deaths.note(Death("engine", self._process.pid, self._process.returncode, self._said_from))
            self._reaped = self._process.pid
            self._process = None
            if self._link is not None:
                self._link.close()

    def _tell_of_others(self) -> None:
        """Those that a keeper before us had started: nobody waited for them, so that their status is not known."""
        try:
            for death in left_behind(self._workspace, "engine"):
                if death.pid != self._reaped:
                    self.deaths.note(death)
        except OSError as error:
            log.warning("how the last engine ended cannot be looked at: %s", error)


class SourceChild:
    """One source's process."""

    def __init__(self, plan: SourcePlan, workspace: Workspace, clock: Clock) -> None:
        self.plan = plan
        self._workspace, self._clock = workspace, clock
        self._process: Popen[bytes] | None = None
        self._restarts = Restarts()
        self._started_ns = 0
        self._said: SourceReport | None = None
        self._crashes = 0  # in a row
        self._worked = self._killed = 0  # the newest process that gave pictures or sound, and that we ended ourselves
        self._reopenings = 0  # that were too slow, since it last worked
        self.deaths = Deaths(workspace, clock)
        self._said_from = 0  # where its words begin in the error file
        self._known_ns = clock.now_ns()  # since when we look at it
        self._woke_ns = 0

    def tend(self) -> None:
        """Start it when it is not there; kill it when it hangs or follows another plan."""
        now = self._clock.now_ns()
        self.deaths.look()
        if self._process is not None and (status := self._process.poll()) is not None:
            log.warning("source %s ended with %s", self.plan.source.name, status)
            self.deaths.note(Death("source", self._process.pid, status, self._said_from, self.plan.source.name))
            self._count_crash(self._process.pid, status, now)
            self._process = None
        if not is_held(self._workspace.source_lock(self.plan.source.name)):
            if self._process is None or now - self._started_ns > OPENING_NS:
                self.stop()
                self._start(now)
            return
        report = self._report()
        if report is None or not self._is_of_holder(report, now):
            if self._process is not None and now - self._started_ns > OPENING_NS:
                self.stop()
            return
        if report.state == "ok":
            self._worked, self._reopenings = report.pid, 0
        silent_ns = now - max(report.beat_ns, self._woke_ns)
        opening = report.opening or report.state == "opening"
        patience_ns = self._opening_ns() if opening else HUNG_NS
        if report.plan_hash != self.plan.digest or silent_ns > patience_ns:
            log.warning("source %s is started anew (silent for %d ms)", self.plan.source.name, silent_ns // 1_000_000)
            self._started_ns = now
            self._killed = report.pid
            self._reopenings += opening
            kill(report.pid)  # its lock is held, so the process that wrote this number lives
        elif now - self._started_ns > WELL_NS:
            self._restarts.fine()

    def woke(self) -> None:
        """Nobody was awake until now: that it was silent means nothing."""
        self._woke_ns = self._clock.now_ns()

    def stop(self) -> None:
        """End it, whoever started it."""
        if self._process is not None:
            self._process.kill()
            with contextlib.suppress(TimeoutExpired):  # a driver may hold it in the kernel for longer
                self._process.wait(_DEATH_S)
            self._process = None
        elif is_held(self._workspace.source_lock(self.plan.source.name)):
            report = self._report()
            if report is not None and self._is_of_holder(report, self._clock.now_ns()):
                terminate(report.pid)

    def retire(self) -> None:
        """End it for good: the memory of its rings is given back."""
        self.stop()
        self.deaths.tell()
        for ring in self._workspace.source_rings(self.plan.source.name):
            with contextlib.suppress(OSError):  # Windows keeps what an engine still maps; the next start removes it
                ring.unlink()

    def _is_of_holder(self, report: SourceReport, now: int) -> bool:
        """Whether the process that holds the source's lock wrote this, and not one before it, whose number is free.

        One that was there before us, and has said nothing since, may only just be starting, or may hang.
        """
        if self._started_ns:
            return report.beat_ns >= self._started_ns
        return report.beat_ns >= self._known_ns or now - self._known_ns > OPENING_NS

    def _opening_ns(self) -> int:
        """How long opening may take now. One that worked in this show opens fast again, unless its driver hangs."""
        return min(OPENING_NS, REOPENING_NS << self._reopenings) if self._worked else OPENING_NS

    def _count_crash(self, pid: int, status: int, now: int) -> None:
        """Say in its place that it does not open, once it has died several times before it gave anything."""
        report = self._report()
        if pid == self._killed:
            return
        gave = pid == self._worked or (report is not None and report.pid == pid and report.state == "ok")
        self._crashes = 0 if gave else self._crashes + 1
        if self._crashes < CRASHES or is_held(self._workspace.source_lock(self.plan.source.name)):
            return
        reason = f"its process crashed each time it was opened (exit status {status}): choose another device or file"
        said = SourceReport(pid, self.plan.digest, 0, state="lost", reason=reason, beat_ns=now)
        try:
            writer = SlotWriter(self._workspace.source_status(self.plan.source.name), [REPORT_BYTES])
        except OSError as error:
            log.warning("that source %s does not open cannot be told: %s", self.plan.source.name, error)
            return
        writer.write(0, msgspec.json.encode(said))
        writer.close()

    def _start(self, now: int) -> None:
        if not self._restarts.may_start(now):
            return
        self._restarts.started(now)
        self._started_ns = now
        order = SourceOrder(str(self._workspace.home), self.plan)
        errors = error_file(self._workspace, "source")
        self._said_from = errors.tell() if errors is not None else 0
        try:
            self._process = launch("_source", stdin=PIPE, stderr=errors)
            assert self._process.stdin is not None
            self._process.stdin.write(msgspec.json.encode(order) + b"\n")
            self._process.stdin.close()
        except OSError as error:
            log.error("source %s cannot be started: %s", self.plan.source.name, error)
        finally:
            if errors is not None:
                errors.close()

    def _report(self) -> SourceReport | None:
        """What the source last said; None: nothing since this keeper has known it."""
        try:
            reader = SlotReader(self._workspace.source_status(self.plan.source.name))
        except (OSError, ValueError):
            return None
        try:
            for _ in range(_LOOKS):  # now and then one meets it half written
                if payload := reader.read(0):
                    self._said = msgspec.json.decode(payload, type=SourceReport)
                    break
        except msgspec.MsgspecError:
            log.debug("source %s reports what cannot be read", self.plan.source.name)
        finally:
            reader.close()
        return self._said
