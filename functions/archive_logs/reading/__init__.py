"""Reads the archive back, for the API."""
