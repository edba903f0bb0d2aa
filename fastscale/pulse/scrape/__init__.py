"""Reads the load of many tasks each second: their Prometheus text, over connections that stay open.

:mod:`.fetcher` asks many addresses at once, :mod:`.answer` understands HTTP, :mod:`.samples` the text and
:mod:`.labels` which of it counts, :mod:`.panel` says which tasks are asked, :mod:`.beginnings` whether their counters
can be compared, :mod:`.estimate` what those that answered say of all, and :mod:`.scraper` joins them.
"""

from fastscale.pulse.scrape.scraper import Scraper

__all__ = ["Scraper"]
