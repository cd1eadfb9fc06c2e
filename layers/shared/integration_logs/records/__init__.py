"""A record becomes a row: parsed, with its fingerprint and remedy."""
