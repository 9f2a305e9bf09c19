"""The files of a workspace: databases, status map, locks, keyring."""
