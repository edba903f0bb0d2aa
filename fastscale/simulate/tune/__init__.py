"""Search a plan's thresholds, steps and cooldowns for the cheapest plan that keeps a goal.

:mod:`.knobs` says what may be turned and makes the plan of a setting, :mod:`.search` looks for the best setting, and
:func:`fastscale.simulate.tune.tuning.tune` judges it on traffic that the search has not seen.
"""
