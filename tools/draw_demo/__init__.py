"""Draws the demo's workbench into resources/demo: `python -m tools.draw_demo [folder]`. The program never runs it.

Everything is a height field under one warm light from the upper left: wood, leather, tools and hands are shaded
alike, so they belong together. Coordinates are pixels of a 1920x1080 picture; colours are R'G'B' of 0-1.
"""
