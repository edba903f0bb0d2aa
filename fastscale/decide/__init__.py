"""AWS's scaling decisions, pure: values in, values out; no clock, no log, no lock, no I/O.

Each mechanism has one shape: ``(policy, what it sees, memory, now) -> (proposal, memory)``. Memory is a frozen value
that the caller keeps between calls, ``now`` is in epoch seconds, and a proposal says what to do; another part does it.
"""
