"""Takes credentials and personal data out of records."""
