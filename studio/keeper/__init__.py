"""The keeper: starts, watches and restarts the engine and its sources; hands over keys."""
