"""Each door in a process of its own: one that crashes or hangs is a finding, not the end."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from tests.hostile.limits import Held, newest
from tests.hostile.run import Outcome, heard, kept

_NOTHING = Held(0, 0, 0, 0, 0)
_EXECUTED = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)
_ERROR = re.compile(r"\s*[\w.]*(Error|Exception|Timeout)\b")
_NO_WORDS = re.compile(r"^(INFO:|stat::|#\d|MS: |Base64: |artifact_prefix|0x|\\x|\s*$)")


@dataclass(frozen=True, slots=True)
class Job:
    """One door, and what is thrown at it. `guided`: by what it reaches, instead of at random."""

    name: str
    inputs: int
    seed: int
    patience_s: float
    findings: Path
    guided: bool = False


def do(job: Job) -> Outcome:
    """Run it to its end."""
    sys.stderr.write(f"{job.name}{', guided' if job.guided else ''}: {job.inputs} inputs\n")
    with tempfile.TemporaryDirectory(prefix="benchcast-hostile-") as folder:
        outcome = _guided(job, Path(folder)) if job.guided else _at_random(job, Path(folder))
    sys.stderr.write(f"{outcome.name}: {outcome.inputs} inputs, {outcome.problem or 'took all'}; {outcome.left}\n")
    return outcome


def _at_random(job: Job, folder: Path) -> Outcome:
    again = [sys.executable, "-m", "tests.hostile", "--door", job.name, "--inputs", str(job.inputs)]
    again += ["--seed", str(job.seed), "--patience", str(job.patience_s)]
    again += ["--findings", str(job.findings), "--noted", str(folder / "newest")]
    done = subprocess.run(again, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        return _dead(job, job.name, folder, done)
    return heard(done.stdout.strip().splitlines()[-1])


def _guided(job: Job, folder: Path) -> Outcome:
    again = [sys.executable, "-m", "tests.hostile.guided", job.name, str(job.inputs), str(folder)]
    again += [str(job.patience_s), str(job.seed)]
    done = subprocess.run(again, capture_output=True, text=True, errors="replace", check=False)
    name = f"{job.name}, guided"
    report = folder / "report.json"
    if done.returncode != 0 or not report.exists():
        return _dead(job, name, folder, done)
    executed = _EXECUTED.search(done.stderr)
    outcome = heard(report.read_bytes())
    return replace(outcome, inputs=int(executed[1])) if executed else outcome


def _dead(job: Job, name: str, folder: Path, done: subprocess.CompletedProcess[str]) -> Outcome:
    """It died of its newest input, which is kept with all that it said."""
    path = kept(job.findings, job.name, newest(folder / "newest"))
    said = done.stdout + done.stderr
    path.with_name(f"{path.name}.txt").write_text(said, encoding="utf-8")
    lines = [line for line in said.splitlines() if not _NO_WORDS.match(line)]
    telling = [line for line in lines if _ERROR.match(line)] + [line for line in lines if "ERROR: libFuzzer" in line]
    what = next(iter(telling), "no words")
    report = folder / "report.json"
    inputs = heard(report.read_bytes()).inputs if report.exists() else 0
    failure = f"its process ended with {done.returncode}: {what.strip()[:200]} ({path})"
    return Outcome(name, inputs, 0, 0, 0, _NOTHING, failure)
