"""Benchcast: a broadcasting studio for people who sell live from a workbench."""

__version__ = "0.1.0"
