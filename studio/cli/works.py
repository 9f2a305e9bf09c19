"""Commands that examine the computer: doctor, demo, bench."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add the commands. Each one's modules are loaded only when it runs."""

    @app.command()
    def demo(
        seconds: float = typer.Option(20.0, min=3.0, max=600.0, help="How long the sample show is on air."),
        out: str = typer.Option("demo-out", help="The folder for the recording, the received stream and pictures."),
    ) -> None:
        """Put the bundled sample show on air to a receiver on this computer, and check what arrived."""
        from studio.cli.demo import run_demo

        raise typer.Exit(run_demo(seconds, out))

    @app.command()
    def doctor(
        as_json: bool = typer.Option(False, "--json", help="One JSON object a line."),
        report: Path | None = typer.Option(
            None, help="Bundle crash reports, logs and what is found into this new zip file."
        ),
    ) -> None:
        """Check cameras, microphones, encoders, keyring, disk, database and destinations."""
        from studio.cli.doctor import doctor as run

        raise typer.Exit(run(as_json, report))

    @app.command()
    def bench(
        as_json: bool = typer.Option(False, "--json", help="One JSON object a line."),
        only: str = typer.Option("", metavar="NAMES", help="Only these, with commas between: cpu,change …"),
        quick: bool = typer.Option(False, "--quick", help="About three minutes: shorter rounds, rougher numbers."),
        memory_s: float = typer.Option(0.0, "--memory-seconds", min=0.0, help="How long memory is watched; 0: 600."),
    ) -> None:
        """Measure this computer, beside the ffmpeg command line in the same run."""
        from studio.cli.bench import run_bench

        raise typer.Exit(run_bench(as_json=as_json, only=only, quick=quick, memory_s=memory_s))
