"""Fetches the exception logs: plans a walk for each account, walks its pages, and stores them redacted."""
