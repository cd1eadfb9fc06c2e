"""Asks WeMaSy what it believes of each account's Sendcloud integration, and keeps every answer."""
