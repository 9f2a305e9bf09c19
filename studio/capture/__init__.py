"""Pictures and sound in: one process for each source."""
