"""The README's lines for a service of one's own, in an application: `python -m tests.examples.readme /metrics`.

It answers requests, is asked for the path as Pulse asks, ends as under a server, and prints what it answered there.
"""

import re
import sys
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

README = Path(__file__).parents[2] / "README.md"
REQUESTS = 3
#: Pulse's questions have this header (fastscale/pulse/scrape/scraper.py).
ACCEPT = "text/plain;version=0.0.4"


def snippet() -> str:
    """The code block that adds the meter."""
    (found,) = [code for code in re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL) if "Meter(" in code]
    return str(found)


if __name__ == "__main__":
    from starlette.testclient import TestClient

    scope: dict[str, Any] = {"app": Starlette(routes=[Route("/", lambda _request: PlainTextResponse("hello"))])}
    exec(snippet(), scope)  # noqa: S102 - the document's own example
    with TestClient(scope["app"]) as client:
        assert [client.get("/").status_code for _ in range(REQUESTS)] == [200] * REQUESTS
        print(client.get(sys.argv[1], headers={"Accept": ACCEPT}).text)
