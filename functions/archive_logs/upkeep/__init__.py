"""Looks after what is archived: completeness of each day, replay, release."""
