"""The window: shows what is actual, writes what is wanted."""
