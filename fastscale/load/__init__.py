"""Open-loop load: arrivals follow a rate over time and are sent whether or not earlier ones were answered.

A closed loop (users that wait for an answer before they ask again) slows down together with the server it measures
and so hides overload. Here the offered rate is a function of time alone (:mod:`fastscale.load.shape`), and latency
counts from the moment a request was due, not from when it could be sent.

``python -m fastscale.load --host URL`` is the generator, a process of its own driven by Locust; this package's
other modules are pure and do not import Locust. :class:`fastscale.load.driver.LoadDriver` runs it as a child.
"""
