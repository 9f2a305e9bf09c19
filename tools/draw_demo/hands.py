"""Two hands: one that holds the leather, one that works it with a stamping tool."""

from __future__ import annotations

import numpy as np

from tools.draw_demo.light import cast_shadow, lit, with_shadow
from tools.draw_demo.rods import End, Frame, Joint, capsule, lengthwise
from tools.draw_demo.skin import Fingers, Skin
from tools.draw_demo.surfaces import Colour, Field, Random, blur, fractal, noise, over, shifted, smoothstep, tint

RIGHT_HAND: Fingers = {
    "pinky": [(172, 116, 6, 15), (196, 146, 26, 17), (252, 170, 38, 19), (352, 184, 52, 27)],
    "ring": [(138, 78, 10, 17), (168, 110, 36, 20), (232, 136, 54, 22), (346, 146, 66, 31)],
    "middle": [(106, 40, 22, 18), (152, 68, 50, 20), (222, 92, 72, 23), (338, 104, 80, 33)],
    "thumb": [(112, -30, 34, 19), (172, -68, 54, 23), (262, -92, 52, 28), (392, -52, 50, 46)],
    "index": [(98, 6, 46, 17), (150, 22, 72, 19), (222, 42, 92, 23), (334, 56, 90, 33)],
}
RIGHT_WRIST: Joint = (540, 62, 56, 62)
RIGHT_ELBOW: Joint = (1150, 30, 84, 96)

LEFT_HAND: Fingers = {
    "pinky": [(346, -124, 10, 14), (306, -116, 26, 16), (256, -102, 40, 18), (172, -78, 46, 27)],
    "ring": [(412, -70, 10, 16), (366, -62, 28, 18), (304, -52, 48, 21), (198, -32, 52, 31)],
    "middle": [(432, 2, 10, 17), (384, 5, 29, 19), (318, 9, 50, 22), (208, 14, 55, 33)],
    "index": [(400, 80, 10, 17), (356, 78, 28, 19), (298, 72, 48, 22), (196, 62, 52, 32)],
    "thumb": [(268, 172, 12, 19), (214, 150, 28, 22), (150, 116, 40, 27), (66, 60, 42, 44)],
}
LEFT_WRIST: Joint = (0, 0, 46, 60)
LEFT_ELBOW: Joint = (-560, -40, 70, 92)


def tool_and_hand(random: Random, size: int, tip: tuple[float, float]) -> tuple[Field, Field]:
    """Colour and alpha of the working hand with its stamping tool, shadow included."""
    frame = Frame(*tip, 42, 1.3, flip=True)
    colour, alpha, ground = hand(
        random, (size, size), frame, RIGHT_HAND, RIGHT_WRIST, RIGHT_ELBOW, ("index", "thumb")
    )
    pieces: list[tuple[Joint, Joint, Colour, float]] = [
        ((0, 0, 3, 4.2), (20, 0, 9, 3.6), (0.55, 0.56, 0.58), 0.7),
        ((20, 0, 9, 3.6), (96, 0, 36, 6.5), (0.66, 0.66, 0.67), 0.95),
        ((96, 0, 38, 9), (108, 0, 42, 9.5), (0.82, 0.62, 0.28), 0.8),
        ((110, 0, 44, 10), (330, -8, 112, 13.5), (0.52, 0.26, 0.14), 0.55),
        ((330, -8, 112, 13.5), (396, -12, 128, 15), (0.46, 0.22, 0.12), 0.55),
    ]
    tool_colour = np.zeros_like(colour)
    tool_alpha, tool_ground = np.zeros_like(alpha), np.full_like(alpha, -99)
    for a, b, paint, gloss in pieces:
        height, inside = np.zeros_like(alpha), np.zeros_like(alpha)
        capsule(height, inside, frame(a), frame(b))
        shade, shine = lit(height, 0.32, gloss, 26)
        tool_colour = over(tool_colour, tint(shade, paint) + tint(shine, (1, 0.96, 0.88)), inside)
        tool_ground = np.where(inside > 0.5, np.maximum(tool_ground, height), tool_ground)
        tool_alpha = np.maximum(tool_alpha, inside)
    above = smoothstep(-2, 4, tool_ground - ground)  # where the tool lies over the fingers, or they over it
    shaded = colour * (1 - 0.45 * blur(shifted(tool_alpha, 5, 6), 5) * (1 - tool_alpha))[..., None]
    colour = over(shaded, tool_colour, tool_alpha * np.where(alpha > 0.5, above, 1))
    under = blur(shifted(alpha, 3, 3), 4) * tool_alpha
    colour = colour * (1 - 0.35 * under * np.where(alpha > 0.5, 0, 1))[..., None]
    whole = np.maximum(alpha, tool_alpha)
    cast = cast_shadow(np.where(whole > 0.3, np.maximum(np.maximum(ground, tool_ground), 1), 0))
    return with_shadow(colour, whole, cast)


def holding_hand(random: Random, size: tuple[int, int], wrist: tuple[float, float]) -> tuple[Field, Field]:
    frame = Frame(*wrist, -54, 1.24, flip=False)
    nails = ("pinky", "ring", "middle", "index", "thumb")
    colour, alpha, ground = hand(random, size, frame, LEFT_HAND, LEFT_WRIST, LEFT_ELBOW, nails)
    return with_shadow(colour, alpha, cast_shadow(np.where(alpha > 0.3, np.maximum(ground, 1), 0)))


def hand(
    random: Random,
    size: tuple[int, int],
    frame: Frame,
    fingers: Fingers,
    wrist: Joint,
    elbow: Joint,
    nails: tuple[str, ...],
) -> tuple[Field, Field, Field]:
    """Colour, alpha and height of a hand and its sleeve."""
    skin = Skin(size, frame)
    skin.back(fingers, wrist, elbow)
    for name, joints in fingers.items():
        skin.finger(joints)
        if name in nails:
            skin.fingernail(joints)
    ground = np.where(skin.alpha > 0, np.maximum(skin.height, 0), 0)
    colour = skin.coloured(random, ground, skin.relief(random, ground, fingers, wrist))
    colour, alpha, ground = sleeved(random, colour, skin.alpha, ground, frame, wrist, elbow)
    return np.clip(colour, 0, 1), alpha, ground


def sleeved(
    random: Random, colour: Field, alpha: Field, ground: Field, frame: Frame, wrist: Joint, elbow: Joint
) -> tuple[Field, Field, Field]:
    """A rolled sleeve of indigo linen."""
    h, w = alpha.shape
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)

    def at(share: float, radius: float, lift: float) -> End:
        x, y, z = (a + (b - a) * share for a, b in zip(wrist[:3], elbow[:3], strict=True))
        return frame((x, y, z + (lift if lift > 1 else 0), radius))

    start = 0.30
    for first, last, r0, r1, lift in ((start + 0.13, 1.4, 104, 150, 1), (start, start + 0.17, 102, 110, 14)):
        height, inside = np.full((h, w), -99, np.float32), np.zeros((h, w), np.float32)
        a, b = at(first, r0, lift), at(last, r1, lift)
        capsule(height, inside, a, b, flat=0.85)
        along, aside = lengthwise(xx, yy, a, a, b)
        hem = along + 0.0016 * aside**2 * (1 if lift < 5 else 0.4) + 2.5 * noise(random, h, w, 60, 60)
        inside = inside * smoothstep(-1, 1, hem)
        cloth = np.where(height > -50, height, 0)
        folds = 7 * fractal(random, h, w, 90, 60, 2) + 5 * np.sin(
            along * 0.055 + 1.5 * noise(random, h, w, 120, 90)
        ) * (lift < 5)
        weave = 0.42 * np.sin(along * 1.9) + 0.42 * np.sin(aside * 1.9) + 0.5 * noise(random, h, w, 1.5, 1.5)
        roll = -12 * np.exp(-np.clip(hem, 0, None) / 5) - 1.2 * np.exp(-(((hem - 16) / 1.3) ** 2))
        shade, _ = lit(blur(cloth, 3) + blur(folds, 4) * frame.scale + weave + roll, 0.36)
        linen = tint(np.clip(shade, 0, 1.5), (0.225, 0.275, 0.36)) * (1 + 0.05 * noise(random, h, w, 2, 2))[..., None]
        shadow = blur(shifted(inside, -6, -6), 9)
        colour = colour * (1 - 0.5 * shadow * (1 - inside))[..., None]
        colour = over(colour, linen, inside)
        ground = np.where(inside > 0.5, np.maximum(ground, cloth), ground)
        alpha = np.maximum(alpha, inside)
    return colour, alpha, ground
