"""Brings what landed into the archive's objects."""
