"""Merges landed records into the archive, one Parquet object for each integration and day, and answers queries."""
