"""Joins the answers of both APIs into one verdict with its sentence."""
