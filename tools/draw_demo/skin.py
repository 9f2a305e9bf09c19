"""Skin over bones: fingers, folds, nails and tendons, and the light in and on them."""

from __future__ import annotations

import itertools

import cv2
import numpy as np

from tools.draw_demo.light import LIGHT, highlight, normals
from tools.draw_demo.rods import Frame, Joint, capsule, lengthwise
from tools.draw_demo.surfaces import Field, Random, blur, fractal, over, smoothstep, tint

Fingers = dict[str, list[Joint]]  # each from its tip to its knuckle


class Skin:
    """A hand as fields of the picture: its shape in pixels, and where the skin is red, folded or nail (0-1)."""

    def __init__(self, size: tuple[int, int], frame: Frame) -> None:
        self.frame = frame
        self.soft = 7.0 * frame.scale
        self.height, self.alpha = np.full(size, -99, np.float32), np.zeros(size, np.float32)
        self.red, self.crease, self.nail, self.nail_rim = (np.zeros(size, np.float32) for _ in range(4))
        self.yy, self.xx = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)

    def back(self, fingers: Fingers, wrist: Joint, elbow: Joint) -> None:
        for name, joints in fingers.items():
            knuckle = joints[-1]
            sink = (knuckle[0], knuckle[1], knuckle[2] - 6, knuckle[3] * (1.12 if name != "thumb" else 1.0))
            capsule(self.height, self.alpha, self.frame(sink), self.frame(wrist), self.soft * 2.6, flat=0.72)
        capsule(self.height, self.alpha, self.frame(wrist), self.frame(elbow), self.soft * 2.6, flat=0.8)

    def finger(self, joints: list[Joint]) -> None:
        own, inside = np.full_like(self.height, -99), np.zeros_like(self.alpha)
        for a, b in itertools.pairwise(joints):
            capsule(own, inside, self.frame(a), self.frame(b), self.soft * 0.55, flat=0.92)
        for index, joint in enumerate(joints):
            x, y, _, r = self.frame(joint)
            d2 = (self.xx - x) ** 2 + (self.yy - y) ** 2
            self.red += (0.55, 0.35, 0.6, 0.5)[index] * np.exp(-d2 / (r * (1.0 if index != 3 else 1.2)) ** 2)
            if index in (1, 2):
                self._fold(joints[index - 1], joint, joints[index + 1])
        k = np.clip(0.5 + 0.5 * (own - self.height) / (self.soft * 0.5), 0, 1)
        mixed = self.height * (1 - k) + own * k + self.soft * 0.5 * k * (1 - k)
        # Towards its knuckle a finger melts into the back of the hand; at its end it lies over what is below.
        self.height = np.where(inside > 0, np.where(self.height > -50, mixed, own), self.height)
        self.alpha = np.maximum(self.alpha, inside)

    def _fold(self, before: Joint, joint: Joint, after: Joint) -> None:
        """Three folds over a joint."""
        at = self.frame(joint)
        r = at[3]
        along, aside = lengthwise(self.xx, self.yy, at, self.frame(before), self.frame(after))
        for offset in (-0.26, -0.05, 0.17):
            bend = along - r * (offset + 0.2 * (aside / r) ** 2 * np.sign(offset + 0.05))
            self.crease += 0.8 * np.exp(-((bend / 1.25) ** 2)) * np.exp(-((aside / (0.72 * r)) ** 4))

    def fingernail(self, joints: list[Joint]) -> None:
        tip, following = self.frame(joints[0]), self.frame(joints[1])
        r = tip[3]
        along, aside = lengthwise(self.xx, self.yy, tip, tip, following)
        along, aside = (along + 0.2 * r) / (0.72 * r), aside / (0.6 * r)
        shape = (np.abs(along) ** 2.6 + np.abs(aside) ** 2.6) ** (1 / 2.6)
        self.nail = np.maximum(self.nail, 1 - smoothstep(0.94, 1.02, shape))
        self.nail_rim = np.maximum(self.nail_rim, np.exp(-(((shape - 1) * 0.6 * r / 1.4) ** 2)))

    def relief(self, random: Random, ground: Field, fingers: Fingers, wrist: Joint) -> Field:
        """What the light falls on: the shape with pores, folds and tendons."""
        smooth = blur(ground, 2.2 * self.frame.scale)
        height, width = ground.shape
        grain = fractal(random, height, width, 5, 5, 3)
        skin = smooth - 1.5 * self.crease * self.alpha - 1.6 * self.nail_rim + 0.16 * grain
        for name, joints in fingers.items():
            if name != "thumb":
                knuckle, (wx, wy, _, _) = self.frame(joints[-1]), self.frame(wrist)
                tendon = np.zeros_like(ground)
                end = (int(knuckle[0] * 0.4 + wx * 0.6), int(knuckle[1] * 0.4 + wy * 0.6))
                start = (int(knuckle[0]), int(knuckle[1]))
                cv2.line(tendon, start, end, 1.0, int(7 * self.frame.scale), cv2.LINE_AA)
                skin += 2.2 * blur(tendon, 5 * self.frame.scale)
        return np.asarray(skin)

    def coloured(self, random: Random, ground: Field, relief: Field) -> Field:
        """The skin in the lamp's light."""
        nx, ny, nz = normals(relief)
        facing = nx * LIGHT[0] + ny * LIGHT[1] + nz * LIGHT[2]
        wrap = np.clip((facing + 0.35) / 1.35, 0, None) / ((LIGHT[2] + 0.35) / 1.35)
        hollow = np.clip((blur(ground, 9 * self.frame.scale) - ground) / (22 * self.frame.scale), 0, 1)
        gleam = highlight(nx, ny, nz)
        shine = 0.10 * gleam**16
        shine += self.nail * 0.32 * gleam**22
        shade = (0.30 + 0.70 * wrap) * (1 - 0.62 * hollow)
        # Light that goes under the skin comes out red where it turns away.
        edge = np.exp(-(((facing - 0.12) / 0.22) ** 2))[..., None] * np.array([0.10, 0.02, 0.0], np.float32)
        albedo = self._albedo(random)
        return np.asarray(albedo * shade[..., None] + edge * albedo + tint(shine, (1, 0.93, 0.85)))

    def _albedo(self, random: Random) -> Field:
        height, width = self.alpha.shape
        mottle = 1 + 0.03 * fractal(random, height, width, 26, 26, 3)[..., None]
        albedo = np.array([0.775, 0.545, 0.425], np.float32) * mottle
        albedo = albedo * (1 - np.clip(self.red, 0, 1)[..., None] * np.array([0.02, 0.13, 0.14], np.float32))
        pale = np.broadcast_to(np.array([0.86, 0.64, 0.56], np.float32), albedo.shape)
        albedo = over(albedo, pale, 0.75 * self.nail)
        folded = (self.crease * 0.5 + self.nail_rim)[..., None].clip(0, 1)
        return albedo * (1 - 0.25 * folded * np.array([0.7, 1, 1], np.float32))
