"""Maintains the archive: how complete each day is, replay, release."""
