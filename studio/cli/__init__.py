"""The commands: write what is wanted, print what is actual."""
