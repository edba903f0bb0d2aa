"""Traffic as requests per second: built-in shapes, and readers of the files in which people keep theirs.

:class:`.trace.Trace` is what all of them give; :func:`.reader.read_trace` recognises a file's format and
:func:`.source.load` also understands the name of a shape.
"""
