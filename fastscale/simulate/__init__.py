"""Compare scaling strategies on real traffic, on a virtual clock.

:mod:`.traffic` reads or makes the load, :mod:`.world` is the service that meets it, :mod:`.peers` are the strategies,
and :func:`fastscale.simulate.run.simulate` puts the three together. Decisions come from :mod:`fastscale.decide`, the
code that ships. What is modelled and what is not: docs/simulator.md.
"""
