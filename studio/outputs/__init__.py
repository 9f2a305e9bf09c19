"""Packets out: RTMP publishers and the recorder."""
