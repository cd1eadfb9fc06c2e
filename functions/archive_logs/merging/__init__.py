"""Merges landed records into the archive's objects."""
