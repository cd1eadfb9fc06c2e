"""Deliberate breakages of fetch_logs' guards, and the named tests that each must fail."""
