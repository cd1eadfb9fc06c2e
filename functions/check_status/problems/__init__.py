"""Exceptions of one fingerprint, and how they begin, get worse and end."""
