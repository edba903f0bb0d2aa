"""Pulse, the program: reads tasks once a second, decides, acts, and tells what it did.

The decision is :mod:`fastscale.decide.pulse`, one tick is :mod:`fastscale.control`, AWS is :mod:`fastscale.aws`; here
are the reader of tasks, what is published, and the wiring. ``python -m fastscale.pulse`` runs it from the environment.
"""
