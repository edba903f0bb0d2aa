"""Outcomes as a table, JSON, CSV, and one self-contained page."""
