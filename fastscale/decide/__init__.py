"""Decisions, pure: values in, values out; no clock, no log, no lock, no I/O."""
