"""The rings of one process of a source: made anew each time, named by its generation."""

from __future__ import annotations

from dataclasses import dataclass

from studio.media.picture import Size
from studio.media.ring import PictureRingWriter, SoundRingWriter
from studio.show.plan import SourcePlan
from studio.workspace.paths import Workspace, slug


@dataclass(frozen=True, slots=True)
class Rings:
    """Where the source writes; a path is empty where the plan asks for nothing of the kind."""

    pictures: PictureRingWriter | None
    pictures_path: str
    sound: SoundRingWriter | None
    sound_path: str


def make_rings(workspace: Workspace, plan: SourcePlan, generation: int) -> Rings:
    """Make the rings that the plan needs and remove older ones of the source. Raises OSError."""
    stem = f"source-{slug(plan.source.name)}"
    for old in workspace.source_rings(plan.source.name):
        try:
            old.unlink()
        except OSError:
            continue  # Windows keeps a file that a reader still maps; the next process tries again
    pictures = workspace.runtime / f"{stem}.{generation}.pictures.ring"
    sound = workspace.runtime / f"{stem}.{generation}.sound.ring"
    sizes = [Size(request.width, request.height) for request in plan.pictures]
    return Rings(
        PictureRingWriter(pictures, sizes) if sizes else None,
        str(pictures) if sizes else "",
        SoundRingWriter(sound) if plan.sound else None,
        str(sound) if plan.sound else "",
    )
