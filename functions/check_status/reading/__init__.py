"""Reads stored checks and states for the API's routes."""
