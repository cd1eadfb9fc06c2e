"""One stream, from Sendcloud's page to landing."""
