"""``python -m fastscale``: the same as the console script."""

from fastscale.cli.main import main

main()
