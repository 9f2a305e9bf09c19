"""Draw, and save what was drawn."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np

from tools.draw_demo.carving import HALF, on_leather, strokes, taps
from tools.draw_demo.hands import holding_hand, tool_and_hand
from tools.draw_demo.leather import leather
from tools.draw_demo.light import graded, lamplight
from tools.draw_demo.props import props
from tools.draw_demo.surfaces import Field
from tools.draw_demo.wood import wood

OUT = Path(__file__).resolve().parents[2] / "resources" / "demo"


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(7)
    bench = props(random, wood(random))
    done, todo = strokes()
    # Twice the same leather, but for the carving.
    fresh = lamplight(leather(np.random.default_rng(11), bench, done, todo))
    random = np.random.default_rng(11)
    carved = lamplight(leather(random, bench, [*done, *todo], []))
    save(folder / "bench.webp", fresh)
    corners = on_leather(np.array([[40, -HALF[1] + 60], [HALF[0] - 50, HALF[1] - 60]], float))
    low, high = corners.min(0).astype(int) // 2 * 2, (corners.max(0).astype(int) + 1) // 2 * 2
    save(folder / "carved.webp", carved[low[1] : high[1], low[0] : high[0]])
    right, right_alpha = tool_and_hand(random, 960, (60, 60))
    save(folder / "right.webp", graded(right * 0.98), right_alpha, 90)
    left, left_alpha = holding_hand(random, (620, 640), (150, 590))
    save(folder / "left.webp", graded(left * 1.02), left_alpha, 90)
    motion = {
        "carved_at": [int(low[0]), int(low[1])],
        "right_tip": [60, 60],
        "left_at": [70, 480],
        "taps": taps(todo, 15),
    }
    (folder / "motion.json").write_text(json.dumps(motion, separators=(",", ":")) + "\n", encoding="utf-8")


def save(file: Path, colour: Field, alpha: Field | None = None, quality: int = 92) -> None:
    bgr = np.round(np.clip(colour, 0, 1)[..., ::-1] * 255).astype(np.uint8)
    if alpha is not None:
        bgr = np.dstack([bgr, np.round(np.clip(alpha, 0, 1) * 255).astype(np.uint8)])
    cv2.imwrite(str(file), bgr, [cv2.IMWRITE_WEBP_QUALITY, quality])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else OUT)
