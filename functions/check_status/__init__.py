"""Joins what Sendcloud, WeMaSy and the archive say of each integration into one verdict, and reports what changed."""
