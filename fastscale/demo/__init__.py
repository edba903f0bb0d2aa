"""The demonstration: drive a surge at a running service, watch it through the AWS API, and say what happened.

:func:`fastscale.demo.run.run_demo` is the whole of it. What is seen is recorded first (:mod:`.records`) and judged
afterwards by pure functions (:mod:`.timeline`, :mod:`.phases`, :mod:`.verdict`), so that a recording can be
judged again.
"""
