"""Merges what landed into the archive, one Parquet object for each integration and day, and answers from it."""
