"""Joins what Sendcloud, WeMaSy and the archive say of each integration into one verdict, and tells what has changed."""
